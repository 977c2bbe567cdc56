import type { Priority, SignalStatus, State, Tile } from "../api/types";
import { ageSeconds } from "../state/server-time";
import { isUnacknowledged, mostUrgent } from "../ward/order";
import { vitalsOf } from "../ward/vitals";
import { t } from "../words";
import { formatClock, formatNumber, signalShort } from "../words/format";

export interface WallValue {
  name: string;
  text: string;
  status: SignalStatus;
  /** How old, where it is old. */
  age: string;
  atFault: Priority | null;
}

/** What a cell of the wall says of a bed. */
export interface WallRow {
  bed: string;
  state: State | "free";
  priority: Priority | null;
  waiting: boolean;
  taken: boolean;
  escalated: boolean;
  news2: string;
  values: WallValue[];
  /** What is the matter and what comes next, in one short line. */
  words: string;
  /** How much of the time until the next step is left, in 32nds; null where none comes. */
  left: number | null;
}

/** A whole number as text, made once. */
const WHOLE = Array.from({ length: 400 }, (_, n) => formatNumber(n));

export function numberText(value: number): string {
  return Number.isInteger(value) && value >= 0 && value < 400
    ? (WHOLE[value] as string)
    : formatNumber(value);
}

/** An age in as few letters as a cell has room for. */
export function shortAge(seconds: number): string {
  const s = Math.floor(seconds);
  if (s < 60) return t("wall.seconds", { n: s });
  if (s < 3600) return t("wall.minutes", { n: Math.floor(s / 60) });
  if (s < 172_800) return t("wall.hours", { n: Math.floor(s / 3600) });
  return t("wall.days", { n: Math.floor(s / 86_400) });
}

/** The time until the next step of an escalation, in words; null where none comes. */
export function nextStep(
  alarm: { escalates_at: string | null; escalates_to: string | null; unanswered_since: string },
  nowMs: number,
): { words: string; left: number } | null {
  if (!alarm.escalates_at || !alarm.escalates_to) return null;
  const at = Date.parse(alarm.escalates_at);
  const since = Date.parse(alarm.unanswered_since);
  const seconds = Math.max(0, (at - nowMs) / 1000);
  const left = Math.min(1, Math.max(0, (at - nowMs) / Math.max(1, at - since)));
  return { words: t("wall.next", { to: alarm.escalates_to, left: shortAge(seconds) }), left };
}

function sign(operator: string | null | undefined): string {
  return (operator ?? "").replace(">=", "≥").replace("<=", "≤");
}

function sayings(tile: Tile, nowMs: number): Pick<WallRow, "words" | "left"> {
  const alarm = mostUrgent(tile.notifications) ?? mostUrgent(tile.technical);
  if (!alarm) return { words: "", left: null };
  const waiting = isUnacknowledged(alarm);
  const { signal, threshold } = alarm.evidence;
  const limit =
    typeof signal === "string" && typeof threshold === "number"
      ? `${signalShort(signal)} ${sign(alarm.evidence.operator)} ${numberText(threshold)}`
      : alarm.title;
  if (!waiting)
    return {
      words: `${limit} · ${alarm.by ?? t(`notification.${alarm.state}`)} ${formatClock(Date.parse(alarm.changed_at))}`,
      left: null,
    };
  const next = nextStep(alarm, nowMs);
  const to = alarm.escalated_to ? t("tile.escalated", { to: alarm.escalated_to }) : null;
  return {
    words: [limit, to, next?.words].filter(Boolean).join(" · "),
    left: next ? Math.round(next.left * 32) : null,
  };
}

/** What the wall says of a bed at a time. */
export function wallRow(tile: Tile, nowMs: number): WallRow {
  const alarm = mostUrgent(tile.notifications);
  const waiting = alarm !== undefined && isUnacknowledged(alarm);
  const { news2 } = tile;
  return {
    bed: tile.bed,
    state: tile.patient ? tile.state : "free",
    priority: alarm?.priority ?? null,
    waiting,
    taken: alarm !== undefined && !waiting,
    escalated: waiting && alarm.escalated_to !== null,
    news2: news2 === null ? "" : "score" in news2 && news2.score !== null ? numberText(news2.score) : "?",
    values: tile.patient
      ? vitalsOf(tile).map(({ name, text, time, status, atFault }) => ({
          name,
          text: status === "lost" ? "×" : text,
          status,
          age: status === "stale" && time ? shortAge(ageSeconds(Date.parse(time), nowMs)) : "",
          atFault,
        }))
      : [],
    ...sayings(tile, nowMs),
  };
}
