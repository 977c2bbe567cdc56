import { useEffect, useMemo, useState } from "react";
import type { Grouping } from "../api/exposure-types";
import { exposureApi, type LevelsAsked, levelsPath } from "../api/exposures";
import type { Session } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { exposuresAddress, go, useQuery } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { SearchField } from "../look/SearchField";
import { t, tMaybe } from "../words";
import { LevelRows } from "./LevelRows";
import { doseUnit, formatAmount, whenWords } from "./ledger";
import { type Outstanding, outstandingOf, sectionsOf, wantedOf } from "./levels";
import "./exposures.css";

const GROUPINGS: Grouping[] = ["protocol", "region"];
const MOST = 50;
/** Between two looks at how far the reading is; the server itself waits some seconds before it answers. */
const AGAIN_MS = 1_000;

/** The department's own doses beside the levels that it set, and what stands out. */
export default function LevelsPage({ session }: { session: Session }) {
  const by: Grouping = useQuery("by") === "region" ? "region" : "protocol";
  const since = useQuery("since") ?? "";
  const until = useQuery("until") ?? "";
  const asked: LevelsAsked = { by, since, until };
  const levels = useResource(`levels ${by} ${since} ${until}`, () => exposureApi.levels(asked));
  const [text, setText] = useState("");
  const [enough, setEnough] = useState(false);
  const every = levels.data?.levels;
  const reading = levels.data?.reading ?? null;
  const again = levels.reload;

  useEffect(() => {
    if (!reading) return;
    const timer = setTimeout(again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [reading, again]);
  const shown = useMemo(() => wantedOf(every ?? [], text, enough), [every, text, enough]);
  const sections = useMemo(() => sectionsOf(shown), [shown]);
  const outstanding = useMemo(() => outstandingOf(shown), [shown]);

  function ask(change: Partial<LevelsAsked>) {
    const next = { ...asked, ...change };
    const query = new URLSearchParams(Object.entries(next).filter(([, value]) => value !== ""));
    go(`/exposures?${query}`, true);
  }

  return (
    <div className="page levels">
      <div>
        <h1>{t("levels.title")}</h1>
        <p className="quiet">{t("levels.lead")}</p>
      </div>
      <div className="levels-tools">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("levels.by")}>
          {GROUPINGS.map((each) => (
            <button key={each} type="button" aria-pressed={each === by} onClick={() => ask({ by: each })}>
              {t(`levels.by.${each}`)}
            </button>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("levels.shown")}>
          <button type="button" aria-pressed={!enough} onClick={() => setEnough(false)}>
            {t("levels.all")}
          </button>
          <button type="button" aria-pressed={enough} onClick={() => setEnough(true)}>
            {t("levels.enough")}
          </button>
        </div>
        <label className="levels-day">
          {t("levels.since")}
          <input
            type="date"
            className="field"
            value={since}
            onChange={(event) => ask({ since: event.target.value })}
          />
        </label>
        <label className="levels-day">
          {t("levels.until")}
          <input
            type="date"
            className="field"
            value={until}
            onChange={(event) => ask({ until: event.target.value })}
          />
        </label>
        <SearchField label={t("levels.search")} text={text} onText={setText} onEnter={() => undefined} />
      </div>
      {levels.status === "loading" && <Skeleton rows={6} height={44} />}
      {levels.status === "failed" && <Failed error={levels.error} onRetry={levels.reload} />}
      {reading && (
        <div className="levels-reading" role="status">
          <Message
            title={t("levels.reading", {
              read: reading.read.toLocaleString("en"),
              of: reading.of.toLocaleString("en"),
            })}
            body={t("levels.reading_body")}
          />
          <progress aria-label={t("levels.title")} value={reading.read} max={reading.of} />
        </div>
      )}
      {levels.data && !reading && levels.data.levels.length === 0 && (
        <Message title={t("levels.empty")} body={t("levels.empty_body")} />
      )}
      {levels.data && levels.data.levels.length > 0 && (
        <>
          <p className="levels-counted" data-testid="counted">
            <strong>{t("levels.counted", { count: levels.data.examinations })}</strong>
            <span className="quiet">{t("levels.patients", { count: levels.data.patients })}</span>
            {levels.data.refused > 0 && (
              <span className="quiet">{t("levels.refused", { count: levels.data.refused })}</span>
            )}
            <a className="button small" href={levelsPath(asked, ".csv")} download>
              {t("levels.csv")}
            </a>
            <a className="button small" href={levelsPath(asked, ".svg")} download>
              {t("levels.svg")}
            </a>
          </p>
          <p className="quiet small">{t("levels.key")}</p>
          {session.simulated && <p className="small">{t("levels.demonstration")}</p>}
          {sections.length === 0 && <Message title={t("levels.none_found", { text })} />}
          {sections.map((section) => (
            <LevelRows key={section.key} section={section} by={by} />
          ))}
          {sections.length > 0 && <StandingOutTable rows={outstanding} />}
          <p className="quiet small">{levels.data.statement}</p>
        </>
      )}
    </div>
  );
}

function StandingOutTable({ rows }: { rows: Outstanding[] }) {
  return (
    <section className="panel" aria-labelledby="standing-out">
      <h2 id="standing-out">{t("levels.standing_out")}</h2>
      <p className="quiet small">{t("levels.standing_out_lead")}</p>
      {rows.length === 0 && <p className="quiet">{t("levels.standing_out_none")}</p>}
      {rows.length > 0 && (
        <div className="table-frame">
          <table className="table" data-testid="standing-out">
            <thead>
              <tr>
                <th scope="col">{t("levels.patient")}</th>
                <th scope="col">{t("exposures.when")}</th>
                <th scope="col">{t("levels.protocol")}</th>
                <th scope="col" className="number">
                  {t("levels.value")}
                </th>
                <th scope="col" className="number">
                  {t("levels.median")}
                </th>
                <th scope="col">{t("levels.device")}</th>
                <th scope="col">{t("levels.why")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST).map((one) => (
                <tr key={`${one.study_uid} ${one.level.quantity} ${one.level.of} ${one.value}`}>
                  <td>
                    <Link href={exposuresAddress(one.patient)}>{one.pseudonym}</Link>
                  </td>
                  <td className="ledger-when">{whenWords(one.started) || t("exposures.not_said")}</td>
                  <td>
                    {one.level.protocol}
                    <span className="ledger-more">
                      {tMaybe(`quantity.${one.level.quantity}`, one.level.quantity)}
                    </span>
                  </td>
                  <td className="number">
                    {formatAmount(one.value)} {doseUnit(one.level.unit)}
                  </td>
                  <td className="number">{formatAmount(one.level.median)}</td>
                  <td>{one.device}</td>
                  <td>
                    {[
                      one.is_outlier ? t("levels.outlier") : "",
                      one.is_above_level ? t("levels.above_level") : "",
                    ]
                      .filter(Boolean)
                      .join(", ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > MOST && <p className="quiet small">{t("levels.more", { count: rows.length - MOST })}</p>}
    </section>
  );
}
