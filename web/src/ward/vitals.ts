import type { Notification, SignalStatus, SignalValue, Tile } from "../api/types";
import { formatSignal } from "../words/format";
import { mostUrgent } from "./order";

/** One cell of a tile: a signal, or the two pressures as one. */
export interface Vital {
  name: string;
  text: string;
  time: string | null;
  status: SignalStatus;
  atFault: Notification["priority"] | null;
}

export const VITALS = ["heart_rate", "respiratory_rate", "spo2", "blood_pressure", "temperature"] as const;

const PARTS: Record<string, string[]> = { blood_pressure: ["systolic_bp", "diastolic_bp"] };
const WORST: SignalStatus[] = ["unknown", "lost", "stale", "present"];

function worst(signals: (SignalValue | undefined)[]): SignalStatus {
  return (
    WORST.find((status) => signals.some((signal) => (signal?.status ?? "unknown") === status)) ?? "unknown"
  );
}

/** The five cells of a tile, with the one that the most urgent alarm is about marked. */
export function vitalsOf(tile: Tile): Vital[] {
  const alarm = mostUrgent(tile.notifications);
  return VITALS.map((name) => {
    const parts = PARTS[name] ?? [name];
    const signals = parts.map((part) => tile.signals[part]);
    const known = signals.some((signal) => signal?.value !== null && signal?.value !== undefined);
    return {
      name,
      text: known ? parts.map((part, i) => formatSignal(part, signals[i]?.value)).join("/") : "–",
      time: signals[0]?.time ?? null,
      status: worst(signals),
      atFault: alarm?.evidence.signal && parts.includes(alarm.evidence.signal) ? alarm.priority : null,
    };
  });
}

/** The spark line worth showing: of the signal that the alarm is about, otherwise the heart rate. */
export function sparkSignal(tile: Tile): string | null {
  const about = mostUrgent(tile.notifications)?.evidence.signal;
  if (about && tile.spark[about]) return about;
  return tile.spark.heart_rate ? "heart_rate" : (Object.keys(tile.spark)[0] ?? null);
}

/** The signals whose sensor says nothing: those with a technical alarm, and those that are about to have one. */
export function lostSignals(tile: Tile): string[] {
  const alarmed = tile.technical.map((n) => n.evidence.signal).filter((s) => typeof s === "string");
  const silent = Object.keys(tile.signals).filter((name) => tile.signals[name]?.status === "lost");
  return [...new Set([...alarmed, ...silent])];
}
