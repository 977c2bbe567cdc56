import type { ReactNode } from "react";
import type { ContextItem, Finding, News2, Tile } from "../api/types";
import type { Resource } from "../api/use-resource";
import { drawerStore, findingShown, isScore } from "../finding/drawer";
import { explanationRows, inputRows, spaced } from "../finding/inputs";
import { formatRisk } from "../finding/RiskParts";
import { isRisk, newestRisks, tileRisk } from "../finding/risk";
import { Failed, Skeleton } from "../look/Message";
import { serverNow } from "../state/clock";
import { openNews2 } from "../ward/Tile";
import { t, tMaybe } from "../words";
import { formatMoment, formatNumber, formatUnit, formatValue } from "../words/format";
import { RiskCard } from "./RiskCard";

interface FindingsProps {
  tile: Tile | null;
  findings: Resource<Finding[]>;
  context: ContextItem[];
  about: string;
  /** What stands between the answer of now and the earlier ones. */
  children?: ReactNode;
}

export function Findings({ tile, findings, context, about, children }: FindingsProps) {
  const live = tileRisk(tile);
  return (
    <aside className="findings" aria-label={t("patient.findings")}>
      {tile?.news2 && <News2Card news2={tile.news2} onOpen={() => openNews2(tile)} />}
      {newestRisks([...(findings.data ?? []), ...(live ? [live] : [])]).map((finding) => (
        <RiskCard key={finding.model.name} finding={finding} about={about} />
      ))}
      {children}
      <section className="panel">
        <h2 className="eyebrow">{t("finding.earlier")}</h2>
        {findings.status === "loading" && <Skeleton rows={5} height={24} />}
        {findings.status === "failed" && <Failed error={findings.error} onRetry={findings.reload} />}
        {findings.status === "ready" && findings.data.length === 0 && (
          <p className="quiet small">{t("patient.findings_none")}</p>
        )}
        {findings.data && <Earlier findings={findings.data} about={about} />}
      </section>
      {context.length > 0 && <Context items={context} />}
    </aside>
  );
}

/** The answer as it is now; a refusal is as large as a score. */
function News2Card({ news2, onOpen }: { news2: News2; onOpen: () => void }) {
  const scored = isScore(news2);
  const points = inputRows(news2.inputs, scored ? news2.explanation : null).filter(
    (row) => (row.points ?? 0) > 0,
  );
  const single =
    scored && explanationRows(news2.explanation).some(([name, on]) => /single/.test(name) && on === true);
  return (
    <section className={scored ? "panel finding live" : "panel finding finding-refused hatched live"}>
      <h2 className="eyebrow">{t("finding.news2")}</h2>
      <button type="button" className="finding-number" onClick={onOpen} data-testid="news2">
        <span className="news2-score">{scored ? formatNumber(news2.score) : t("finding.refused")}</span>
        <span className="hidden-text">{t("finding.open")}</span>
      </button>
      {scored ? (
        <>
          <p>
            {t("finding.band", { band: spaced(news2.band) })}
            {single && `, ${t("finding.single3")}`}
          </p>
          <ul className="finding-points">
            {points.map((row) => (
              <li key={row.name}>
                <span>{tMaybe(`signal.${row.name}`, spaced(row.name))}</span>
                <span className="finding-pips" aria-hidden="true">
                  {"●".repeat(row.points ?? 0)}
                </span>
                <strong>+{row.points}</strong>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="finding-why">{news2.refusal}</p>
      )}
      <p className="small quiet">
        {news2.model.name} {news2.model.version} ·{" "}
        <span className="mono">{news2.model.digest.slice(0, 12)}</span>
      </p>
    </section>
  );
}

function answerWords(finding: Finding): string {
  const { answer } = finding;
  if (answer.refusal !== undefined && answer.refusal !== null) return t("finding.refused");
  if (answer.category) return answer.category;
  if (isRisk(finding) && answer.value !== undefined) return formatRisk(answer.value);
  return `${formatValue(answer.value)} ${formatUnit(answer.unit)}`.trim();
}

/** Of an answer with many numbers (a diagnosis that was kept) one line: its own page has them all. */
function onePerAnswer(findings: Finding[]): Finding[] {
  const seen = new Map(findings.map((each) => [answerKey(each), each]));
  return [...seen.values()];
}

function answerKey({ model, time }: Finding): string {
  return `${model.name} ${model.version} ${time}`;
}

/** Only where the answer changed: twelve equal scores in a row are one line. */
export function changes(findings: Finding[]): Finding[] {
  const newestFirst = onePerAnswer([...findings].sort((a, b) => b.time.localeCompare(a.time)));
  return newestFirst.filter((finding, i) => {
    const older = newestFirst.slice(i + 1).find((each) => each.model.name === finding.model.name);
    return older === undefined || answerWords(older) !== answerWords(finding);
  });
}

const SHOWN = 12;

function Earlier({ findings, about }: { findings: Finding[]; about: string }) {
  return (
    <ol className="earlier">
      {changes(findings)
        .slice(0, SHOWN)
        .map((finding) => (
          <li key={answerKey(finding)}>
            <button type="button" onClick={() => drawerStore.set(findingShown(finding, about))}>
              <span className="quiet">{formatMoment(Date.parse(finding.time), serverNow())}</span>
              <span>{finding.model.name}</span>
              <strong>{answerWords(finding)}</strong>
            </button>
          </li>
        ))}
    </ol>
  );
}

function Context({ items }: { items: ContextItem[] }) {
  return (
    <section className="panel">
      <h2 className="eyebrow">{t("patient.context")}</h2>
      <dl className="context">
        {items.map((item) => (
          <div key={item.code}>
            <dt>{item.title}</dt>
            <dd>
              {item.value === null ? (
                <span className="inputs-status">
                  {tMaybe(`status.${item.status.replace(" ", "_")}`, item.status)}
                </span>
              ) : (
                <>
                  {tMaybe(`value.${item.code}.${item.value}`, formatValue(item.value))}{" "}
                  {formatUnit(item.unit)}
                </>
              )}{" "}
              {item.time && (
                <span className="quiet small">{formatMoment(Date.parse(item.time), serverNow())}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
