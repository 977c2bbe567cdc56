import type { PatientExposures } from "../api/exposure-types";
import { Link } from "../app/Link";
import { exposuresAddress } from "../app/router";
import { t } from "../words";
import { Strip } from "./Strip";
import "./exposures.css";

/** A patient's exposures over the years, beneath the hours of the vital signs. */
export function ExposurePanel({ id, exposures }: { id: string; exposures: PatientExposures }) {
  const { entries } = exposures.ledger;
  const first = entries.find((one) => one.started)?.started;
  return (
    <section className="panel exposure-panel" aria-labelledby="exposures-title" data-testid="exposure-panel">
      <header className="exposure-panel-head">
        <h2 id="exposures-title">{t("exposures.title")}</h2>
        <p className="quiet small">
          {t("exposures.count", { count: entries.length })}
          {first && ` ${t("exposures.since", { date: first.slice(0, 10) })}`}
        </p>
        <Link href={exposuresAddress(id)}>{t("exposures.ledger_open")}</Link>
      </header>
      <Strip entries={entries} />
    </section>
  );
}
