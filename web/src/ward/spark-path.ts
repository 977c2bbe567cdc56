import type { SparkLine } from "../api/types";

export interface SparkShape {
  /** SVG path of the measured stretches, in a box of `width` by `height`; never a line across a gap. */
  line: string;
  /** Gaps as [x, width]. */
  gaps: [number, number][];
  low: number;
  high: number;
  /** The last measured point, if it is in the last step. */
  last: [number, number] | null;
}

/** The range that each signal's spark line shows at least, so that a calm patient's line looks calm. */
const AT_LEAST: Record<string, [number, number]> = {
  heart_rate: [50, 120],
  respiratory_rate: [8, 28],
  spo2: [86, 100],
};

/** Turn a spark line into a path; null when it holds no value at all. */
export function sparkShape(
  signal: string,
  spark: SparkLine,
  width: number,
  height: number,
): SparkShape | null {
  const { values } = spark;
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return null;
  const [least, most] = AT_LEAST[signal] ?? [known[0] ?? 0, known[0] ?? 0];
  const low = Math.min(least, ...known);
  const high = Math.max(most, ...known);
  const step = width / values.length;
  const x = (i: number) => Math.round((i + 0.5) * step * 10) / 10;
  const y = (value: number) =>
    Math.round((height - 1 - ((value - low) / (high - low || 1)) * (height - 2)) * 10) / 10;

  let line = "";
  const gaps: [number, number][] = [];
  let gapFrom: number | null = null;
  values.forEach((value, i) => {
    if (value === null) {
      gapFrom ??= i;
      return;
    }
    if (gapFrom !== null) gaps.push([gapFrom * step, (i - gapFrom) * step]);
    const starts = i === 0 || values[i - 1] === null;
    gapFrom = null;
    // A single value between two gaps is a dot: a line of no length with round ends.
    const alone = starts && (i === values.length - 1 || values[i + 1] === null);
    line += `${starts ? "M" : "L"}${x(i)} ${y(value)}${alone ? "h0" : ""}`;
  });
  if (gapFrom !== null) gaps.push([gapFrom * step, (values.length - gapFrom) * step]);
  const end = values.at(-1);
  const last: [number, number] | null =
    end === null || end === undefined ? null : [x(values.length - 1), y(end)];
  return { line, gaps, low: Math.min(...known), high: Math.max(...known), last };
}
