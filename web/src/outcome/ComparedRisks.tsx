import { useMemo } from "react";
import type { ComparedAnswer, ComparedPlans, Pair } from "../api/outcome-types";
import { drawerStore } from "../finding/drawer";
import { Scrolled } from "../look/Scrolled";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { answerOf, lettersOf, pairWords, type RiskLine, refusalGroups, riskLines } from "./compared";
import { barWords, RiskBar } from "./RiskBar";
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
}

/** What would be expected of each plan, and how probably one is better; refusals as large. */
export function ComparedRisks({ compared, who }: RisksProps) {
  const lines = useMemo(() => riskLines(compared), [compared]);
  const refusals = useMemo(() => refusalGroups(compared), [compared]);
  const letters = lettersOf(compared);
  const pairs = lines[0]?.pairs ?? [];
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
        <Scrolled label={t("compare.outcome")}>
          <table className="table compare-risks" data-testid="compared-risks">
            <thead>
              <tr>
                <th scope="col">{t("compare.what")}</th>
                {letters.map((letter) => (
                  <th key={letter} scope="col">
                    {t("compare.plan")} {letter}
                  </th>
                ))}
                {pairs.map(({ better, than }) => (
                  <th key={`${better}${than}`} scope="col" className="number">
                    {t("compare.better", { one: better, other: than })}
                  </th>
                ))}
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
                  {line.pairs.map((pair) => (
                    <td key={`${pair.better}${pair.than}`} className="number">
                      <PairCell pair={pair} fold={isFold(line)} />
                    </td>
                  ))}
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
          {refusals.map(({ reason, who: several }) => (
            <li key={reason} className="risk-refused hatched">
              <div>
                <strong>{t("compare.refused")}</strong>
                <p className="small">{reason}</p>
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
      {estimate.low === null && <p className="quiet compare-none">{t("outcome.no_interval")}</p>}
    </div>
  );
}

function PairCell({ pair, fold }: { pair: Pair; fold: boolean }) {
  const { probability, difference, better, than } = pair;
  return (
    <>
      <strong>{probability === null ? t("compare.unknown") : formatProbability(probability)}</strong>
      {difference && (
        <span className="quiet compare-apart" title={t("compare.less", { one: better, other: than })}>
          {than} {"\u2212"} {better}:{" "}
          {fold ? formatNumber(difference.value, 2) : formatDifference(difference)}
        </span>
      )}
    </>
  );
}
