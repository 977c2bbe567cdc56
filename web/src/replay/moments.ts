import type { Day, DayOfPolicy, SaidRaised, SaidSuppressed } from "../api/comparison-types";

/** Places of a day worth stopping at, and what was said there: pure. */

export interface Moment {
  /** Epoch seconds. */
  at: number;
  kind: "onset" | "end" | "raised";
  /** The event's kind, or the alarm's title. */
  words: string;
}

export const secondsOf = (iso: string) => Date.parse(iso) / 1000;

/** True events of the day and what one policy raised, in order of time. */
export function momentsOf(day: Day, policy: DayOfPolicy | null): Moment[] {
  const start = secondsOf(day.start);
  const end = secondsOf(day.end);
  const moments: Moment[] = [];
  for (const event of day.truth ?? []) {
    moments.push({ at: secondsOf(event.onset), kind: "onset", words: event.event });
    moments.push({ at: secondsOf(event.end), kind: "end", words: event.event });
  }
  for (const alarm of policy?.raised ?? [])
    moments.push({ at: secondsOf(alarm.time), kind: "raised", words: alarm.title });
  const order = ["onset", "raised", "end"];
  return moments
    .filter((each) => each.at >= start && each.at < end)
    .sort((a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** The moment after (or, with -1, before) a time; null where there is none. */
export function nextMoment(moments: Moment[], at: number | null, direction: 1 | -1): Moment | null {
  if (at === null) return (direction === 1 ? moments[0] : moments.at(-1)) ?? null;
  const beyond = moments.filter((each) => (direction === 1 ? each.at > at : each.at < at));
  return (direction === 1 ? beyond[0] : beyond.at(-1)) ?? null;
}

/** What was held back is of interest for so long, in seconds. */
const HELD_FOR_S = 15 * 60;

export interface SaidAt {
  policy: DayOfPolicy;
  standing: SaidRaised[];
  held: SaidSuppressed[];
}

/** What each policy says at a time: its alarms that stand, and what it held back in the quarter of an hour before. */
export function saidAt(day: Day, at: number): SaidAt[] {
  return day.policies.map((policy) => ({
    policy,
    standing: policy.raised.filter(
      (each) => secondsOf(each.time) <= at && (each.end === null || secondsOf(each.end) > at),
    ),
    held: (policy.suppressed ?? []).filter((each) => {
      const ago = at - secondsOf(each.time);
      return ago >= 0 && ago < HELD_FOR_S;
    }),
  }));
}

/** The true events that are under way at a time. */
export function eventsDuring(day: Day, at: number): string[] {
  return (day.truth ?? [])
    .filter((each) => secondsOf(each.onset) <= at && secondsOf(each.end) >= at)
    .map((each) => each.event);
}

/** The newest value of a signal at a time, unless it is older than it stands for. */
export function valueAt(
  series: { time: number[]; value: (number | null)[]; period_s: number | null } | undefined,
  at: number,
): { value: number; age: number } | null {
  if (!series) return null;
  let low = 0;
  let high = series.time.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((series.time[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const value = series.value[low - 1];
  const time = series.time[low - 1];
  if (value === null || value === undefined || time === undefined) return null;
  return { value, age: at - time };
}

/** A reason without how long and until when, so that like ones count together. */
export function briefReason(reason: string): string {
  return reason.split(/: | until | since |; /)[0] ?? reason;
}
