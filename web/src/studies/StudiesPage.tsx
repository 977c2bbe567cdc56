import { useEffect } from "react";
import { api } from "../api/client";
import type { LedgerSummary, StudyRow } from "../api/study-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";
import { goesOn, StudyMark } from "./StudyMark";
import "./studies.css";

/** While a study goes on, the list asks again this often. */
export const ASK_MS = 2000;

export default function StudiesPage() {
  const list = useResource("studies", api.studies);
  const { reload } = list;
  const live = list.data?.studies.some(goesOn) ?? false;
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(reload, ASK_MS);
    return () => clearInterval(timer);
  }, [live, reload]);
  return (
    <div className="page studies" data-testid="studies">
      <div>
        <h1>{t("studies.title")}</h1>
        <p className="quiet">{t("studies.lead")}</p>
      </div>
      {list.status === "loading" && <Skeleton rows={3} height={56} />}
      {list.status === "failed" && !list.data && <Failed error={list.error} onRetry={reload} />}
      {list.data && list.data.problems.length > 0 && (
        <section className="panel" role="alert">
          <h2>{t("studies.problems", { count: list.data.problems.length })}</h2>
          <ul className="small">
            {list.data.problems.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      {list.data?.studies.length === 0 && <Message title={t("studies.none")} body={t("studies.none_body")} />}
      {list.data && list.data.studies.length > 0 && <Rows rows={list.data.studies} />}
      {list.data && <Ledger ledger={list.data.ledger} />}
    </div>
  );
}

function Rows({ rows }: { rows: StudyRow[] }) {
  const now = Date.now();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="panel table-frame" tabIndex={0} aria-label={t("studies.rows")}>
      <table className="table study-rows" data-testid="study-rows">
        <thead>
          <tr>
            <th scope="col">{t("studies.study")}</th>
            <th scope="col">{t("studies.state")}</th>
            <th scope="col">{t("studies.sites")}</th>
            <th scope="col" className="number">
              {t("studies.round")}
            </th>
            <th scope="col" className="number">
              {t("studies.isolable")}
            </th>
            <th scope="col">{t("studies.last")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <Link href={`/studies/${encodeURIComponent(row.id)}`}>{row.name}</Link>
                <span className="quiet">{row.method}</span>
              </th>
              <td>
                <StudyMark state={row.state} />
                {row.problem && <span className="quiet">{row.problem}</span>}
              </td>
              <td>
                {row.sites.join(", ")}
                <span className="quiet">
                  {row.site === null ? t("studies.coordinates") : t("studies.here_as", { site: row.site })}
                </span>
              </td>
              <td className="number">{formatNumber(row.round)}</td>
              <td className={row.rows_isolable === null ? "number hatched" : "number"}>
                {row.rows_isolable === null ? (
                  <span className="cell-not">{t("studies.not_weighed")}</span>
                ) : (
                  <strong>{formatNumber(row.rows_isolable)}</strong>
                )}
              </td>
              <td className="nowrap">
                {row.last === null ? t("app.unknown") : formatMoment(Date.parse(row.last), now)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Ledger({ ledger }: { ledger: LedgerSummary | null }) {
  return (
    <section className="panel" aria-labelledby="ledger-title" data-testid="ledger">
      <h2 id="ledger-title">{t("ledger.title")}</h2>
      {ledger === null ? (
        <p className="quiet">{t("ledger.none")}</p>
      ) : (
        <>
          <dl className="study-figures">
            <Figure
              value={ledger.rows_isolable}
              words={t("ledger.isolable")}
              loud={ledger.rows_isolable > 0}
            />
            <Figure value={ledger.entries} words={t("ledger.entries")} />
            <Figure value={ledger.studies} words={t("ledger.studies")} />
            <Figure value={ledger.patients} words={t("ledger.patients")} />
            <Figure value={ledger.most_by_patient} words={t("ledger.most")} />
          </dl>
          <p className={ledger.whole ? "quiet small" : "study-loud"}>
            {ledger.whole ? t("ledger.whole") : t("ledger.broken")}{" "}
            <a href="/api/studies/ledger.csv" download>
              {t("ledger.download")}
            </a>
          </p>
        </>
      )}
    </section>
  );
}

function Figure({ value, words, loud = false }: { value: number; words: string; loud?: boolean }) {
  return (
    <div>
      <dt>{words}</dt>
      <dd className={loud ? "study-loud" : undefined}>{formatNumber(value)}</dd>
    </div>
  );
}
