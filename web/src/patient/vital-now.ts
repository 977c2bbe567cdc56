import type { SignalStatus, Tile } from "../api/types";
import { formatSignal } from "../words/format";

export interface VitalNow {
  text: string;
  time: string | null;
  status: SignalStatus;
}

/** The newest value of a lane's signals, as one text. */
export function vitalOf(tile: Tile | null, signals: string[]): VitalNow {
  const values = signals.map((signal) => tile?.signals[signal]);
  const first = values[0];
  if (!first) return { text: "–", time: null, status: "unknown" };
  const text =
    first.value === null ? "–" : values.map((v, i) => formatSignal(signals[i] ?? "", v?.value)).join("/");
  return { text, time: first.time, status: first.status };
}
