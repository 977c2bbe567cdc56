import type { OutcomeAnswer } from "../api/outcome-types";
import { t } from "../words";
import { barWords, RiskBar } from "./RiskBar";
import { formatEstimate, formatPoint, intervalWords, isProbability, shortFrequency } from "./tell";

interface RowProps {
  answer: OutcomeAnswer;
  top: number;
  onOpen: (answer: OutcomeAnswer) => void;
}

/** One model's number about one structure: how many of a hundred, percent, and the interval as a bar. */
export function RiskRow({ answer, top, onOpen }: RowProps) {
  const { estimate, quantity, natural_frequency: told } = answer;
  if (!estimate) return null;
  const probable = isProbability(quantity);
  const words = formatEstimate(estimate, quantity);
  return (
    <li className="risk-row" data-testid={`risk-${answer.model.name}`}>
      <button type="button" className="risk-open" onClick={() => onOpen(answer)}>
        <span className="risk-what">{answer.endpoint}</span>
        <span className="risk-told">
          {told && <strong>{shortFrequency(told)}</strong>}
          <span className={told ? "quiet" : "risk-alone"}>{formatPoint(estimate, quantity)}</span>
        </span>
        <span className="hidden-text">{t("outcome.how", { model: answer.title })}</span>
      </button>
      <RiskBar
        ends={estimate}
        top={probable ? top : foldTop(estimate.high ?? estimate.value)}
        from={probable ? 0 : 1}
        words={barWords(estimate, words)}
        good={quantity === "tcp"}
      />
      <p className="risk-ends quiet">
        {intervalWords(estimate, quantity)}
        {answer.converted && <> · {t("outcome.is_converted")}</>}
      </p>
    </li>
  );
}

/** The end of an axis of how many times as often, that begins at once. */
function foldTop(most: number): number {
  return [1.1, 1.25, 1.5, 2, 3, 5, 10].find((top) => top >= most) ?? most;
}
