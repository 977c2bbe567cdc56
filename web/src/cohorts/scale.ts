/** A straight scale: from values to places, with ticks at round values. */
export interface Scale {
  at: (value: number) => number;
  ticks: number[];
  low: number;
  high: number;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** A round step that gives about so many ticks. */
export function roundStep(span: number, count: number): number {
  const rough = Math.max(span, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (STEPS.find((each) => each * power >= rough * 0.999) ?? 10);
}

/** A scale from `low` to `high`, at the places `from` and `to`. */
export function scaleOf(low: number, high: number, from: number, to: number, count = 5): Scale {
  const step = roundStep(high - low, count);
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + 1e-9; i += 1)
    ticks.push(Math.round(i * step * 1e6) / 1e6 + 0); // + 0: no tick is called -0
  const span = high - low || 1;
  return { at: (value) => from + ((to - from) * (value - low)) / span, ticks, low, high };
}

/** The next round value at or above. */
export function roundUp(value: number, count = 5): number {
  const step = roundStep(value, count);
  return Math.ceil(value / step - 1e-9) * step;
}

/** Decimals that the ticks of a scale need. */
export function tickDecimals(ticks: number[]): number {
  return Math.max(
    0,
    ...ticks.map((tick) => {
      const [, after = ""] = String(tick).split(".");
      return after.length;
    }),
  );
}

/** A line through points; a point that is not known breaks it. */
export function linePath(points: { x: number; y: number | null }[]): string {
  let path = "";
  let pen = false;
  for (const { x, y } of points) {
    if (y === null) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return path;
}

/** The area between two lines, where both are known. */
export function bandPath(points: { x: number; low: number | null; high: number | null }[]): string {
  const known = points.filter((each) => each.low !== null && each.high !== null);
  if (known.length < 2) return "";
  const above = known.map(({ x, high }) => `${x.toFixed(1)} ${(high as number).toFixed(1)}`);
  const below = known.reverse().map(({ x, low }) => `${x.toFixed(1)} ${(low as number).toFixed(1)}`);
  return `M${above.join("L")}L${below.join("L")}Z`;
}
