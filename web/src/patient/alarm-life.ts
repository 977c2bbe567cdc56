import type { AlarmStep, RaisedAlarm } from "../api/types";

/** The life of one notification as stretches and points on a line: pure. */

/** Between two steps a notification is one of these. */
export type Phase = "unanswered" | "waiting" | "taken" | "paused" | "latched";

export interface Stretch {
  phase: Phase;
  /** Epoch seconds. */
  from: number;
  to: number;
}

export interface Point {
  kind: "escalated" | "de_escalated" | "acknowledged" | "acted_on" | "re_raised";
  at: number;
}

export interface Life {
  from: number;
  to: number;
  over: boolean;
  stretches: Stretch[];
  points: Point[];
}

/** What a notification is after a step; a step that is not here changes nothing. */
const AFTER: Record<string, Phase> = {
  raised: "unanswered",
  re_raised: "unanswered",
  resumed: "unanswered",
  released: "unanswered",
  waiting: "waiting",
  acknowledged: "taken",
  acted_on: "taken",
  paused: "paused",
  latched: "latched",
};

const POINTS = new Set<string>(["escalated", "de_escalated", "acknowledged", "acted_on", "re_raised"]);

const seconds = (iso: string) => Date.parse(iso) / 1000;

/** The whole life until it was cleared, or until now. */
export function lifeOf(alarm: RaisedAlarm, now: number): Life {
  const steps = [...alarm.history].sort((a, b) => a.time.localeCompare(b.time));
  const from = seconds(alarm.raised_at);
  const cleared = steps.find((step) => step.kind === "cleared");
  const to = Math.max(cleared ? seconds(cleared.time) : now, from + 1);
  const stretches: Stretch[] = [];
  let phase: Phase = "unanswered";
  let since = from;
  for (const step of steps) {
    const next = AFTER[step.kind];
    const at = seconds(step.time);
    if (next === undefined || next === phase) continue;
    if (at > since) stretches.push({ phase, from: since, to: at });
    phase = next;
    since = at;
  }
  if (to > since) stretches.push({ phase, from: since, to });
  const points = steps.flatMap((step): Point[] =>
    POINTS.has(step.kind) ? [{ kind: step.kind as Point["kind"], at: seconds(step.time) }] : [],
  );
  return { from, to, over: cleared !== undefined, stretches, points };
}

/** How long nobody had taken it, in seconds: waiting and paused time does not count. */
export function unansweredFor(life: Life): number {
  return life.stretches
    .filter((each) => each.phase === "unanswered" || each.phase === "latched")
    .reduce((sum, each) => sum + each.to - each.from, 0);
}

/** Steps in order of time, without those that only say the same in other words. */
export function stepsShown(history: AlarmStep[]): AlarmStep[] {
  return history.filter((step) => step.kind !== "onset").sort((a, b) => a.time.localeCompare(b.time));
}
