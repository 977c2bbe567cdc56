import { useState } from "react";
import type { Comparison } from "../api/comparison-types";
import { Link } from "../app/Link";
import { replayAddress } from "../app/router";
import { t } from "../words";
import { formatNumber } from "../words/format";

const SHOWN = 40;

/** Every patient: those of whom the chosen policy spoke most come first, for they make the load. */
export function PatientsTable({ comparison, policy }: { comparison: Comparison; policy: string }) {
  const [all, setAll] = useState(false);
  const sorted = comparison.patients.toSorted(
    (a, b) => (b.alerts[policy] ?? 0) - (a.alerts[policy] ?? 0) || a.patient.localeCompare(b.patient),
  );
  const names = Object.keys(comparison.document.policies);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="table-frame tall" tabIndex={0} aria-label={t("policies.patient_rows")}>
        <table className="table" data-testid="compared-patients">
          <thead>
            <tr>
              <th scope="col">{t("policies.patient")}</th>
              <th scope="col" className="number">
                {t("policies.days_short")}
              </th>
              <th scope="col" className="number">
                {t("policies.events_short")}
              </th>
              {names.map((name) => (
                <th key={name} scope="col" className="number" data-chosen={name === policy}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, all ? sorted.length : SHOWN).map((each) => (
              <tr key={each.patient}>
                <td>
                  <Link href={replayAddress(comparison.name, each.patient, { day: 1, policy })}>
                    {each.patient}
                  </Link>
                  {!each.usable && <span className="quiet"> {t("policies.unusable")}</span>}
                </td>
                <td className="number">{formatNumber(each.days, 1)}</td>
                <td className="number">{each.events || ""}</td>
                {names.map((name) => (
                  <td key={name} className="number" data-chosen={name === policy}>
                    {each.alerts[name] ?? 0}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {sorted.length > SHOWN && !all && (
        <p>
          <button type="button" className="button small" onClick={() => setAll(true)}>
            {t("policies.all_patients", { count: sorted.length })}
          </button>
        </p>
      )}
    </>
  );
}
