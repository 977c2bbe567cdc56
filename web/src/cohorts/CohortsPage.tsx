import { useEffect, useState } from "react";
import { api } from "../api/client";
import { useResource } from "../api/use-resource";
import type { FigureName, MakingValidations, SampleRow, ValidationRow } from "../api/validation-types";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t, tMaybe } from "../words";
import { formatDate, formatNumber } from "../words/format";
import { formatFigure, formatRange, horizonWords, rankName, type SortKey, sorted } from "./figures";
import "./cohorts.css";

/** While models are being judged, the list asks again this often. */
const ASK_MS = 2000;

export default function CohortsPage() {
  const list = useResource("validations", api.validations);
  const working = list.data?.making?.state === "working";
  const { reload } = list;
  useEffect(() => {
    if (!working) return;
    const timer = setInterval(reload, ASK_MS);
    return () => clearInterval(timer);
  }, [working, reload]);
  const rows = list.data?.validations ?? [];
  const problems = list.data?.problems ?? [];
  return (
    <div className="page cohorts" data-testid="cohorts">
      <div>
        <h1>{t("cohorts.title")}</h1>
        <p className="quiet">{t("cohorts.lead")}</p>
      </div>
      {list.status === "loading" && <Skeleton rows={4} height={48} />}
      {list.status === "failed" && !list.data && <Failed error={list.error} onRetry={reload} />}
      {problems.length > 0 && (
        <section className="panel validation-warnings" role="alert">
          <h2>{t("cohorts.damaged", { count: problems.length })}</h2>
          <ul>
            {problems.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      {list.data?.making && <Making making={list.data.making} />}
      {list.data && rows.length === 0 && !working && (
        <Message title={t("cohorts.none")} body={t("cohorts.none_body")} />
      )}
      {rows.length > 0 && <Rows rows={rows} />}
      {list.data && <Samples samples={list.data.samples} />}
    </div>
  );
}

const COLUMNS: { key: SortKey; words: string; number?: true }[] = [
  { key: "model", words: "cohorts.model" },
  { key: "cohort", words: "cohorts.cohort" },
  { key: "horizon", words: "cohorts.horizon" },
  { key: "rank", words: "cohorts.rank", number: true },
  { key: "slope", words: "figure.short.slope", number: true },
  { key: "e_over_o", words: "figure.short.e_over_o", number: true },
  { key: "ici", words: "figure.short.ici", number: true },
  { key: "net_benefit", words: "figure.short.net_benefit", number: true },
  { key: "date", words: "cohorts.date" },
  { key: "warnings", words: "cohorts.warnings" },
];

function Rows({ rows }: { rows: ValidationRow[] }) {
  const [key, setKey] = useState<SortKey>("date");
  const [descending, setDescending] = useState(true);
  function sortBy(to: SortKey) {
    setDescending(to === key ? !descending : to === "date" || to === "warnings");
    setKey(to);
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="panel table-frame" tabIndex={0} aria-label={t("cohorts.rows")}>
      <table className="table cohort-rows" data-testid="validations">
        <thead>
          <tr>
            {COLUMNS.map((column) => {
              const order = column.key === key ? (descending ? "descending" : "ascending") : undefined;
              const words = tMaybe(column.words, column.key);
              return (
                <th
                  key={column.key}
                  scope="col"
                  aria-sort={order}
                  className={column.number ? "number" : undefined}
                >
                  <button
                    type="button"
                    className="sort"
                    title={t("cohorts.sort", { column: words })}
                    onClick={() => sortBy(column.key)}
                  >
                    {words}
                    <span aria-hidden="true">{order ? (descending ? " ↓" : " ↑") : ""}</span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, key, descending).map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ row }: { row: ValidationRow }) {
  const { model, cohort } = row;
  return (
    <tr>
      <th scope="row">
        <Link href={`/cohorts/${encodeURIComponent(row.id)}`}>{model.title ?? model.name}</Link>
        <span className="quiet">
          {model.name} {model.version}
          {!model.current && ` · ${t("cohorts.not_current")}`}
        </span>
      </th>
      <td>
        {cohort.source}
        <span className="quiet">
          {t("cohorts.patients_events", {
            patients: cohort.patients ?? cohort.rows ?? t("app.unknown"),
            events: cohort.events ?? t("app.unknown"),
          })}
          {cohort.sample !== null && ` · ${t("cohorts.open_cohort")}`}
        </span>
      </td>
      <td className="nowrap">{horizonWords(row.horizon_years)}</td>
      <FigureCell row={row} name={rankName(row)} />
      <FigureCell row={row} name="slope" />
      <FigureCell row={row} name="e_over_o" />
      <FigureCell row={row} name="ici" />
      <FigureCell row={row} name="net_benefit" />
      <td className="nowrap">{formatDate(Date.parse(row.kept_at))}</td>
      <td className="nowrap">
        {row.warnings > 0 ? t("cohorts.warning_count", { count: row.warnings }) : t("app.none")}
      </td>
    </tr>
  );
}

function FigureCell({ row, name }: { row: ValidationRow; name: FigureName }) {
  const figure = row.figures[name];
  if (!figure)
    return (
      <td className="number hatched">
        <span className="cell-not">{t("cohorts.not")}</span>
      </td>
    );
  return (
    <td className="number">
      <strong>{formatFigure(name, figure.estimate)}</strong>
      <span className="quiet">{formatRange(name, figure)}</span>
    </td>
  );
}

/** The demonstration judges published models on open cohorts, and says how far it is and what it left out. */
function Making({ making }: { making: MakingValidations }) {
  if (making.state !== "working" && making.said.length === 0) return null;
  return (
    <section className="panel making" data-testid="making">
      {making.state === "failed" && <h2>{t("cohorts.making_failed")}</h2>}
      {making.state === "working" && (
        <>
          <h2>{t("cohorts.making")}</h2>
          <progress max={making.of} value={making.done} aria-label={t("cohorts.making")} />
          <p className="quiet small" role="status">
            {t("cohorts.making_part", { done: formatNumber(making.done), of: formatNumber(making.of) })}
          </p>
        </>
      )}
      {making.said.length > 0 && (
        <>
          {making.state !== "failed" && <h3>{t("cohorts.said")}</h3>}
          <ul className="small">
            {making.said.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What may be fetched, and how. */
function Samples({ samples }: { samples: SampleRow[] }) {
  if (samples.length === 0) return null;
  return (
    <section className="panel cohort-samples" aria-labelledby="samples-title">
      <h2 id="samples-title">{t("cohorts.samples")}</h2>
      <p className="quiet small">{t("cohorts.samples_lead")}</p>
      <dl>
        {samples.map((each) => (
          <div key={each.name}>
            <dt>{each.title}</dt>
            <dd>
              {each.here ? (
                t("cohorts.samples_here")
              ) : (
                <>
                  {t("cohorts.samples_not")} <code className="mono">fyr samples fetch {each.name}</code>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
