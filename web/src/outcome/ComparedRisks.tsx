import { useMemo } from "react";
import type { ComparedAnswer, ComparedPlans, OutcomeAnswer, Pair } from "../api/outcome-types";
import { drawerStore } from "../finding/drawer";
import { Scrolled } from "../look/Scrolled";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { answerOf, lettersOf, pairWords, type RiskLine, refusalGroups, riskLines } from "./compared";
import { barWords, RiskBar } from "./RiskBar";
import { type Field, missingFields } from "./said";
import {
  formatDifference,
  formatEstimate,
  formatProbability,
  isProbability,
  shortFrequency,
  shownAnswer,
  topOf,
} from "./tell";

interface RisksProps {
  compared: ComparedPlans;
  who: string;
  /** What can be said: titles by the names of inputs. */
  fields: Field[];
  onFill: (field: string) => void;
}

/** What would be expected of each plan, and how probably one is better; refusals as large. */
export function ComparedRisks({ compared, who, fields, onFill }: RisksProps) {
  const lines = useMemo(() => riskLines(compared), [compared]);
  const refusals = useMemo(() => refusalGroups(compared), [compared]);
  const letters = lettersOf(compared);
  const complications = lines.filter(({ good }) => !good);
  const top = topOf(
    complications.flatMap(({ answers }) =>
      Object.values(answers).flatMap(({ estimate }) =>
        estimate && isProbability(estimate.quantity) ? [estimate] : [],
      ),
    ),
  );
  const notes = [
    ...new Set(
      lines.flatMap((line) =>
        line.pairs.map(pairWords).flatMap((words) => (words ? [`${titleOf(line)}: ${words}`] : [])),
      ),
    ),
  ];
  return (
    <section className="panel compare-part" aria-labelledby="risks-title">
      <h2 id="risks-title">{t("compare.outcome")}</h2>
      {lines.length === 0 ? (
        <p>{t("compare.no_answer")}</p>
      ) : (
        <Scrolled label={t("compare.outcome_rows")}>
          <table className="table compare-risks" data-testid="compared-risks">
            <thead>
              <tr>
                <th scope="col">{t("compare.what")}</th>
                {letters.map((letter) => (
                  <th key={letter} scope="col">
                    {t("compare.plan")} {letter}
                  </th>
                ))}
                <th scope="col">{t("compare.order")}</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.key} data-testid={`line-${line.key}`}>
                  <th scope="row">
                    {titleOf(line)}
                    <span className="quiet">{line.kind === "endpoint" ? line.endpoint : ""}</span>
                    <span className="quiet compare-model">{line.model}</span>
                  </th>
                  {letters.map((letter) => (
                    <td key={letter}>
                      <Cell
                        line={line}
                        answer={line.answers[letter]}
                        top={line.good ? 1 : top}
                        words={`${t("compare.plan")} ${letter}, ${titleOf(line)}`}
                        onOpen={() => {
                          const plan = compared.plans.find((each) => each.letter === letter);
                          const found = plan && answerOf(plan, line);
                          if (found)
                            drawerStore.set(shownAnswer(found, `${t("compare.plan")} ${letter}, ${who}`));
                        }}
                      />
                    </td>
                  ))}
                  <td>
                    <ul className="compare-pairs">
                      {line.pairs.map((pair) => (
                        <li key={`${pair.better}${pair.than}`}>
                          <PairWords pair={pair} fold={isFold(line)} />
                        </li>
                      ))}
                    </ul>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
      {lines.length > 0 && <p className="quiet small">{t("compare.uncertainty")}</p>}
      {notes.length > 0 && (
        <ul className="compare-small quiet small">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {refusals.length > 0 && (
        <ul className="compare-refusals" data-testid="compared-refusals">
          {refusals.map(({ reason, who: several, answer }) => (
            <li key={reason} className="risk-refused hatched">
              <div>
                <strong>{t("compare.refused")}</strong>
                <Lacking answer={answer} reason={reason} fields={fields} onFill={onFill} />
                <p className="quiet small">
                  {several
                    .map(
                      ({ structure, model, letters: of }) =>
                        `${structure}, ${model} (${t("compare.refused_in", { letters: [...of].join(", ") })})`,
                    )
                    .join("; ")}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface LackingProps {
  answer: OutcomeAnswer;
  reason: string;
  fields: Field[];
  onFill: (field: string) => void;
}

/** What is missing and can be said, else the reason. */
function Lacking({ answer, reason, fields, onFill }: LackingProps) {
  const missing = missingFields(fields, answer);
  if (missing.length === 0) return <p className="small">{reason}</p>;
  return (
    <p className="small">
      {t("outcome.needs")}{" "}
      {missing.map(({ name, title }) => (
        <button key={name} type="button" className="risk-need" onClick={() => onFill(name)}>
          {title}
        </button>
      ))}
    </p>
  );
}

function titleOf(line: RiskLine): string {
  if (line.kind === "control") return t("compare.control");
  if (line.kind === "any_complication") return t("outcome.any");
  if (line.kind === "p_plus") return t("outcome.p_plus");
  return line.structure ?? "";
}

const isFold = (line: RiskLine) =>
  Object.values(line.answers).some(({ estimate }) => estimate && !isProbability(estimate.quantity));

interface CellProps {
  line: RiskLine;
  answer: ComparedAnswer | undefined;
  top: number;
  words: string;
  onOpen: () => void;
}

function Cell({ line, answer, top, words, onOpen }: CellProps) {
  const estimate = answer?.estimate;
  if (!answer || !estimate)
    return (
      <div className="compare-refused hatched" title={answer?.reason ?? ""}>
        {line.model === null ? (
          <span>{t("outcome.refused_short")}</span>
        ) : (
          <button type="button" onClick={onOpen}>
            {t("outcome.refused_short")}
            <span className="hidden-text">{words}</span>
          </button>
        )}
      </div>
    );
  const told = formatEstimate(estimate, estimate.quantity);
  const probable = isProbability(estimate.quantity);
  const number = (
    <>
      {answer.natural_frequency && <strong>{shortFrequency(answer.natural_frequency)}</strong>} {told}
    </>
  );
  return (
    <div className="compare-cell">
      {line.model === null ? (
        <p>{number}</p>
      ) : (
        <button type="button" onClick={onOpen}>
          {number}
          <span className="hidden-text">{words}</span>
        </button>
      )}
      <RiskBar
        ends={estimate}
        top={probable ? top : Math.max(1.1, (estimate.high ?? estimate.value) * 1.02)}
        from={probable ? 0 : 1}
        words={barWords(estimate, told)}
        good={line.good}
      />
      {estimate.low === null && <p className="quiet compare-none">{t("compare.no_interval")}</p>}
    </div>
  );
}

function PairWords({ pair, fold }: { pair: Pair; fold: boolean }) {
  const { probability, difference, better, than } = pair;
  return (
    <>
      <span>
        {t("compare.better", { one: better, other: than })}{" "}
        <strong>{probability === null ? t("compare.unknown") : formatProbability(probability)}</strong>
      </span>
      {difference && (
        <span className="quiet compare-apart" title={t("compare.less", { one: better, other: than })}>
          {fold
            ? t("compare.apart_fold", { one: better, other: than, told: formatNumber(difference.value, 2) })
            : t("compare.apart", { one: better, other: than, told: formatDifference(difference) })}
        </span>
      )}
    </>
  );
}
