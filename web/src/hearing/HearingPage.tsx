import { useState } from "react";
import type { Conduction, Hearing } from "../api/exposure-types";
import { exposureApi } from "../api/exposures";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { patientAddress } from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { AudiogramChart } from "./AudiogramChart";
import { AudiogramForm } from "./AudiogramForm";
import { Averages, Cochleae, Grades } from "./Grades";
import { Key } from "./Key";
import "../exposures/exposures.css";
import "./hearing.css";

const CONDUCTIONS: Conduction[] = ["air", "bone"];
const GROUPS = ["", "adult", "child"] as const;

/** A patient's audiograms: the newest beside the baseline, its grades, the dose to the cochlea. */
export default function HearingPage({ id }: { id: string }) {
  const [baseline, setBaseline] = useState("");
  const [conduction, setConduction] = useState<Conduction>("air");
  const [group, setGroup] = useState<(typeof GROUPS)[number]>("");
  const [chosen, setChosen] = useState("");
  const hearing = useResource(`hearing ${id} ${baseline} ${conduction} ${group}`, () =>
    exposureApi.hearing(id, { baseline, conduction, group }),
  );
  const [last, setLast] = useState<Hearing | null>(null);
  if (hearing.data && hearing.data !== last) setLast(hearing.data);
  const shown = hearing.data ?? last;

  if (!shown) {
    if (hearing.status === "loading")
      return (
        <div className="page">
          <Skeleton rows={1} height={48} />
          <Skeleton rows={1} height={520} />
        </div>
      );
    if (hearing.error?.status === 404) return <Message page title={t("patient.not_found")} body={id} />;
    return hearing.error && <Failed error={hearing.error} onRetry={hearing.reload} />;
  }
  const { audiograms } = shown;
  const one = audiograms.find(({ name }) => name === chosen) ?? audiograms.at(-1) ?? null;
  const before = audiograms.find(({ name }) => name === shown.baseline) ?? null;
  return (
    <div className="page hearing">
      <header className="exposures-head">
        <Link
          href={patientAddress(id)}
          className="icon-button"
          aria-label={t("exposures.back")}
          title={t("exposures.back")}
        >
          <Icon name="back" />
        </Link>
        <h1>{t("hearing.of", { name: shown.patient.pseudonym })}</h1>
        {shown.is_simulated && audiograms.length > 0 && (
          <p className="simulated hatched" data-testid="simulated-hearing">
            {t("hearing.simulated")}
          </p>
        )}
      </header>
      {hearing.status === "failed" && <Failed error={hearing.error} onRetry={hearing.reload} />}
      {!one && <Message title={t("hearing.none")} body={t("hearing.none_body")} />}
      {one && (
        <>
          <div className="levels-tools">
            <Choice label={t("hearing.audiogram")}>
              <select className="field" value={one.name} onChange={(event) => setChosen(event.target.value)}>
                {audiograms.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </Choice>
            <Choice label={t("hearing.baseline")}>
              <select
                className="field"
                value={shown.baseline ?? ""}
                onChange={(event) => setBaseline(event.target.value)}
              >
                {audiograms.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </Choice>
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
            <div className="segments" role="group" aria-label={t("hearing.conduction")}>
              {CONDUCTIONS.map((each) => (
                <button
                  key={each}
                  type="button"
                  aria-pressed={each === conduction}
                  onClick={() => setConduction(each)}
                >
                  {t(`hearing.${each}`)}
                </button>
              ))}
            </div>
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
            <div className="segments" role="group" aria-label={t("hearing.group")}>
              {GROUPS.map((each) => (
                <button key={each} type="button" aria-pressed={each === group} onClick={() => setGroup(each)}>
                  {t("hearing.group")}: {t(each === "" ? "hearing.group.both" : `hearing.group.${each}`)}
                </button>
              ))}
            </div>
          </div>
          <div className="hearing-columns">
            <section className="panel" aria-label={t("hearing.audiogram")}>
              <AudiogramChart shown={one} baseline={one.is_compared ? before : null} />
              <Key withBaseline={one.is_compared} />
            </section>
            <div className="hearing-side">
              <section className="panel" aria-labelledby="grades-title">
                <h2 id="grades-title">{t("hearing.grades")}</h2>
                <Grades shown={one} />
                {one.notes.map((words) => (
                  <p key={words} className="small">
                    {words}
                  </p>
                ))}
              </section>
              <section className="panel" aria-labelledby="cochlea-title">
                <h2 id="cochlea-title">{t("hearing.cochlea")}</h2>
                <Cochleae patient={id} plans={shown.cochlea} />
              </section>
              <section className="panel" aria-labelledby="averages-title">
                <h2 id="averages-title">{t("hearing.averages")}</h2>
                <Averages shown={one} />
              </section>
            </div>
          </div>
        </>
      )}
      {shown.problems.length > 0 && (
        <ul className="small" role="alert">
          {shown.problems.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      {shown.may_write && (
        <details className="panel" open={!one}>
          <summary>{t("hearing.type_in")}</summary>
          <AudiogramForm
            id={id}
            onKept={() => {
              setChosen("");
              hearing.reload();
            }}
          />
        </details>
      )}
    </div>
  );
}

function Choice({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className="levels-day">
      {label}
      {children}
    </label>
  );
}
