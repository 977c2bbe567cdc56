import type { SignalValue } from "../api/types";

/** Inputs and explanations arrive in a model's own terms; here they become rows that a person can read. */

export interface InputRow {
  name: string;
  value: unknown;
  unit: string | null;
  status: string;
  time: string | null;
  points: number | null;
}

type Loose = Record<string, unknown>;

function isRecord(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

function pointsOf(explanation: unknown): Loose {
  return isRecord(explanation) && isRecord(explanation.points) ? explanation.points : {};
}

/** Give rows the unit and the time of the signal that they were taken from, where the value is still the same one. */
export function withSignals(rows: InputRow[], signals: Record<string, SignalValue>): InputRow[] {
  return rows.map((row) => {
    const signal = signals[row.name];
    if (!signal) return row;
    const unit = row.unit ?? signal.unit;
    if (row.value === null) return { ...row, unit, status: signal.status, time: row.time ?? signal.time };
    return { ...row, unit, time: row.time ?? (row.value === signal.value ? signal.time : null) };
  });
}

/**
 * Rows from a mapping of name to value, or of name to {value, unit, status, time}, or from a list of such records
 * or of the bare names of what was missing. A missing value without a status is unknown, never normal.
 */
export function inputRows(inputs: unknown, explanation: unknown): InputRow[] {
  const points = pointsOf(explanation);
  const entries: [string, unknown][] = Array.isArray(inputs)
    ? inputs.map((each) => (isRecord(each) ? [String(each.name ?? ""), each] : [String(each), null]))
    : isRecord(inputs)
      ? Object.entries(inputs)
      : [];
  return entries.map(([name, raw]) => {
    const record = isRecord(raw) ? raw : { value: raw };
    const value = record.value ?? null;
    const scored = points[name];
    return {
      name,
      value,
      unit: text(record.unit),
      status: text(record.status) ?? (value === null ? "unknown" : "present"),
      time: text(record.time),
      points: typeof scored === "number" ? scored : null,
    };
  });
}

/** What the explanation says beside the points: pairs of words. */
export function explanationRows(explanation: unknown): [string, unknown][] {
  if (typeof explanation === "string") return [["", explanation]];
  if (!isRecord(explanation)) return [];
  return Object.entries(explanation).filter(([name, value]) => name !== "points" && value !== null);
}

/** `single_parameter_3` as a person reads it. */
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}
