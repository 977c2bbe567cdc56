import type { DvhOfStructure } from "../api/imaging-types";

export type Axis = "percent" | "cm3";

export type Curve = Pick<DvhOfStructure, "number" | "name" | "cumulative_cm3" | "volume_cm3">;

/** What of a structure gets at least each dose, in the unit asked for. */
function volumes(curve: Curve, unit: Axis): number[] {
  // A structure that reaches beyond the dose begins below 100 %.
  const whole = curve.volume_cm3 || (curve.cumulative_cm3[0] ?? 1);
  const factor = unit === "percent" ? 100 / whole : 1;
  return curve.cumulative_cm3.map((cm3) => cm3 * factor);
}

export function tableOf(
  dose: readonly number[],
  curves: readonly Curve[],
  unit: Axis,
): [number[], ...number[][]] {
  return [dose as number[], ...curves.map((curve) => volumes(curve, unit))];
}

/** The volume that gets at least a dose, read off the curve between its points. */
export function volumeAt(dose: readonly number[], curve: Curve, gy: number, unit: Axis): number {
  const last = dose.length - 1;
  if (last < 0) return 0;
  let high = dose.findIndex((each) => each >= gy);
  if (high < 0) return 0;
  if (high === 0) high = Math.min(1, last);
  const [a, b] = [dose[high - 1] ?? 0, dose[high] ?? 0];
  const [from = 0, to = 0] = [curve.cumulative_cm3[high - 1], curve.cumulative_cm3[high]];
  const cm3 = b > a ? from + ((to - from) * (gy - a)) / (b - a) : from;
  return unit === "percent" ? (100 * cm3) / (curve.volume_cm3 || 1) : cm3;
}
