import type { Comparison, EventRow, NamedPolicy, PolicyNumbers } from "../api/comparison-types";

/** A policy at one factor of its family: always one that was replayed and judged. */
export interface Setting {
  policy: string;
  factor: number;
  numbers: PolicyNumbers;
}

/** Every setting of a policy by rising factor; the policy as it is, where no others were tried. */
export function settingsOf(comparison: Comparison, policy: string): Setting[] {
  const swept = comparison.document.sweep?.policies[policy];
  if (swept) return swept.map((numbers) => ({ policy, factor: numbers.factor, numbers }));
  const numbers = comparison.document.policies[policy];
  return numbers ? [{ policy, factor: 1, numbers }] : [];
}

/** The setting at a factor, or the policy as it is. */
export function settingAt(comparison: Comparison, policy: string, factor: number): Setting | null {
  const all = settingsOf(comparison, policy);
  return all.find((each) => each.factor === factor) ?? all.find((each) => each.factor === 1) ?? null;
}

/** The policy to begin with: the quietest on the front, else the first. */
export function firstPolicy(comparison: Comparison): string {
  const names = Object.keys(comparison.document.policies);
  const front = (comparison.document.pareto ?? []).filter((row) => row.on_front);
  const best = front.toSorted(
    (a, b) => a.missed - b.missed || a.alerts_per_patient_day - b.alerts_per_patient_day,
  );
  return best[0]?.policy ?? names[0] ?? "";
}

export interface Interval {
  low: number;
  high: number;
}

/** The 95 % interval of the mean load. */
export function loadInterval(numbers: PolicyNumbers): Interval | null {
  const known = numbers.interval_95.alerts_per_patient_day_mean;
  return known ? { low: known[0], high: known[1] } : null;
}

/** The 95 % interval of how many events are missed, of as many as there are: that of the sensitivity, upside down. */
export function missedInterval(numbers: PolicyNumbers): Interval | null {
  const known = numbers.interval_95.sensitivity;
  const events = numbers.events;
  return known && events !== undefined
    ? { low: events * (1 - known[1]), high: events * (1 - known[0]) }
    : null;
}

export interface JudgedEvent {
  event: EventRow;
  /** Minutes from the true onset to the first notification; null where it was missed. */
  afterMin: number | null;
  /** Missed here, but found by the policy as it is. */
  lost: boolean;
  /** Found here, but missed by the policy as it is. */
  won: boolean;
}

/** Every event at a setting: those missed first, then by how long they took. */
export function eventsAt(comparison: Comparison, policy: string, factor: number): JudgedEvent[] {
  const place = comparison.factors.indexOf(factor);
  const asItIs = comparison.factors.indexOf(1);
  const judged = comparison.events.map((event): JudgedEvent => {
    const first = event.first[policy]?.[place] ?? null;
    const before = event.first[policy]?.[asItIs] ?? null;
    return {
      event,
      afterMin: first === null ? null : (Date.parse(first) - Date.parse(event.onset)) / 60_000,
      lost: first === null && before !== null,
      won: first !== null && before === null,
    };
  });
  const weight = (one: JudgedEvent) => (one.afterMin === null ? (one.lost ? -2e9 : -1e9) : -one.afterMin);
  return judged.sort((a, b) => weight(a) - weight(b) || a.event.onset.localeCompare(b.event.onset));
}

/** Which day of a patient a moment lies in, from 1: 24 hours each, from the first sample. */
export function dayOf(comparison: Comparison, patient: string, moment: string): number {
  const start = comparison.patients.find((each) => each.patient === patient)?.start;
  if (start === undefined) return 1;
  return Math.max(1, Math.floor((Date.parse(moment) - Date.parse(start)) / 86_400_000) + 1);
}

/** Alerts in an hour of one nurse: the mean over the day, and the worst hour. */
export function nurseLoad(numbers: PolicyNumbers): {
  mean: number | null;
  worst: number | null;
  hour: number | null;
} {
  const hours = numbers.load_by_hour.filter((each) => each.alerts_per_nurse_hour !== null);
  if (hours.length === 0) return { mean: null, worst: null, hour: null };
  const rate = (each: (typeof hours)[number]) => each.alerts_per_nurse_hour ?? 0;
  const mean = hours.reduce((sum, each) => sum + rate(each), 0) / hours.length;
  const worst = hours.reduce((most, each) => (rate(each) > rate(most) ? each : most));
  return { mean, worst: rate(worst), hour: worst.hour };
}

/** With fewer events than this, a percentage of them says little. */
export const FEW_EVENTS = 30;

/** Whether the truth was known: otherwise only the load was judged. */
export function isJudged(comparison: Comparison): boolean {
  return comparison.document.pareto !== undefined;
}

export function namedPolicies(comparison: Comparison): [string, NamedPolicy][] {
  return Object.entries(comparison.document.policies);
}
