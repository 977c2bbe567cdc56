import type { DiagnosisEstimate, ModelVersion } from "../api/diagnosis-types";
import { t } from "../words";
import { formatNumber } from "../words/format";
import type { AnswerProps } from "./Answers";
import { formatEstimate, formatPlain, isProbability } from "./answers";
import { Here } from "./Here";
import { Refused } from "./Refused";

/** What one model says: a number or a category, or as large, that it does not answer and why. */
export function AnswerCard({ version, facts, onOpen, onFill }: AnswerProps & { version: ModelVersion }) {
  const [first, ...others] = version.estimates;
  return (
    <li
      className={version.refusal === null ? "panel answer-card" : "panel answer-card refused hatched"}
      data-testid={`model-${version.model}`}
      data-refused={version.refusal !== null}
    >
      <h3>{version.title}</h3>
      {version.refusal !== null ? (
        <Refused version={version} facts={facts} onOpen={onOpen} onFill={onFill} />
      ) : (
        <>
          {first && <Main version={version} estimate={first} onOpen={onOpen} />}
          {others.length > 0 && (
            <dl className="answer-others">
              {others.map((each) => (
                <div key={each.output}>
                  <dt>{each.title}</dt>
                  <dd>
                    <button type="button" className="number-button" onClick={() => onOpen(version, each)}>
                      {formatEstimate(each)}
                      <span className="hidden-text">{t("answers.how", { title: each.title })}</span>
                    </button>
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </>
      )}
      <p className="answer-foot quiet">
        {t("models.version", { version: version.version })} · <Here here={version.here} />
      </p>
    </li>
  );
}

interface MainProps {
  version: ModelVersion;
  estimate: DiagnosisEstimate;
  onOpen: AnswerProps["onOpen"];
}

function Main({ version, estimate, onOpen }: MainProps) {
  return (
    <div className="answer-main">
      <button type="button" className="number-button answer-number" onClick={() => onOpen(version, estimate)}>
        {formatEstimate(estimate)}
        <span className="hidden-text">{t("answers.how", { title: estimate.title })}</span>
      </button>
      <p className="quiet small">{estimate.title}</p>
      {isProbability(estimate) && (
        <p className="small">{t("answers.frequency", { n: Math.round(100 * estimate.value) })}</p>
      )}
      <Interval estimate={estimate} />
    </div>
  );
}

/** The interval as a bar under the number; where a model gives none, nothing is drawn. */
function Interval({ estimate }: { estimate: DiagnosisEstimate }) {
  const { low, high, value } = estimate;
  if (low === null || high === null) return null;
  const ends = [estimate.range[0] ?? Math.min(0, low), estimate.range[1] ?? high + (high - low)] as const;
  const x = (at: number) => 2 + (196 * (at - ends[0])) / (ends[1] - ends[0] || 1);
  const words = t("answers.interval", {
    level: `${formatNumber(100 * (estimate.level ?? 0.95))} %`,
    low: formatPlain(low, estimate.unit),
    high: formatPlain(high, estimate.unit),
  });
  return (
    <svg className="interval" viewBox="0 0 200 14" role="img" aria-label={words}>
      <path className="interval-axis" d="M2 7H198" />
      <path className="interval-bar" d={`M${x(low)} 7H${x(high)}`} />
      <path className="interval-value" d={`M${x(value)} 1V13`} />
    </svg>
  );
}
