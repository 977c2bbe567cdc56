import type { Ends } from "../api/outcome-types";
import { t } from "../words";

interface BarProps {
  ends: Ends;
  /** The end of the axis: 1 for a probability of all. */
  top: number;
  /** Where the axis begins. */
  from?: number;
  words: string;
  good?: boolean;
}

const WIDE = 200;
const IN = 3;

/** A number with its interval as a bar: the whisker is the interval, the mark the value. */
export function RiskBar({ ends, top, from = 0, words, good = false }: BarProps) {
  const x = (at: number) => {
    const share = (Math.min(Math.max(at, from), top) - from) / (top - from || 1);
    return IN + (WIDE - 2 * IN) * share;
  };
  const { value, low, high } = ends;
  return (
    <svg
      className="risk-bar"
      viewBox={`0 0 ${WIDE} 16`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
      data-good={good}
    >
      <path className="risk-bar-axis" d={`M${IN} 8H${WIDE - IN}`} />
      <path className="risk-bar-value" d={`M${x(from)} 8H${x(value)}`} />
      {low !== null && high !== null && (
        <path className="risk-bar-ends" d={`M${x(low)} 3V13M${x(low)} 8H${x(high)}M${x(high)} 3V13`} />
      )}
      <path className="risk-bar-mark" d={`M${x(value)} 1V15`} />
    </svg>
  );
}

/** What a bar says to whoever does not see it. */
export function barWords(ends: Ends, told: string): string {
  return ends.low === null ? t("outcome.bar_alone", { told }) : t("outcome.bar", { told });
}
