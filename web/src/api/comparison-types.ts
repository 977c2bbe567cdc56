/** Comparisons of policies and replayed days, as the server sends them. */
import type { Priority, Rule, SignalSeries } from "./types";

export interface ComparisonRow {
  name: string;
  title: string;
  note: string;
  simulated: boolean;
  made_at: string;
  patients: number;
  patient_days: number;
  events: number | null;
  policies: string[];
}

export interface Making {
  state: "not begun" | "working" | "done" | "failed";
  part: number;
  problem: string | null;
}

export interface ComparisonsAnswer {
  comparisons: ComparisonRow[];
  making: Making | null;
}

export interface Spread {
  median: number | null;
  q1: number | null;
  q3: number | null;
  worst_decile: number | null;
  mean: number | null;
}

export type Interval = [number, number] | null;

export interface HourLoad {
  hour: number;
  alerts: number;
  alerts_per_patient_hour: number | null;
  alerts_per_nurse_hour: number | null;
}

/** What is known of a policy at one setting; the truth's part is missing from a silent trial. */
export interface PolicyNumbers {
  alerts: number;
  alerts_per_patient_day: Spread;
  technical_alerts_per_patient_day: number;
  suppressed_per_patient_day: number;
  load_by_hour: HourLoad[];
  interval_95: Record<string, Interval>;
  events?: number;
  found?: number;
  missed?: number;
  sensitivity?: number | null;
  sensitivity_by_chance?: number | null;
  ppv?: number | null;
  added_delay_s?: { median: number | null; p95: number | null };
  lead_time_min?: { median: number | null; q1: number | null; q3: number | null };
}

export interface NamedPolicy extends PolicyNumbers {
  title: string;
  version: string;
  digest: string;
}

export interface SettingNumbers extends PolicyNumbers {
  factor: number;
  digest: string;
}

export interface ParetoRow {
  policy: string;
  alerts_per_patient_day: number;
  missed: number;
  on_front: boolean;
  beaten_by: string[];
}

export interface ComparisonNumbers {
  data: { patients: number; patient_days: number; start: string; end: string; events?: number };
  definitions: Record<string, unknown>;
  policies: Record<string, NamedPolicy>;
  pareto?: ParetoRow[];
  sweep?: { family: string; factors: number[]; policies: Record<string, SettingNumbers[]> };
}

export interface EventRow {
  patient: string;
  event: string;
  onset: string;
  end: string;
  /** By policy, by rising factor: when it first spoke in the window; null where it missed the event. */
  first: Record<string, (string | null)[]>;
}

export interface ComparedPatient {
  patient: string;
  start: string;
  end: string;
  days: number;
  usable: boolean;
  events: number;
  alerts: Record<string, number>;
}

export interface Comparison {
  name: string;
  title: string;
  note: string;
  simulated: boolean;
  made_at: string;
  factors: number[];
  events: EventRow[];
  patients: ComparedPatient[];
  document: ComparisonNumbers;
}

export interface SaidRaised {
  time: string;
  end: string | null;
  rule: string;
  title: string;
  priority: Priority;
  signal: string;
  value: number | null;
  is_true: boolean | null;
}

export interface SaidSuppressed {
  time: string;
  rule: string;
  title: string;
  reason: string;
}

export interface DayOfPolicy {
  name: string;
  title: string;
  version: string;
  digest: string;
  factor: number;
  rules: Rule[];
  raised: SaidRaised[];
  /** Null where the policy can no longer be replayed as it was. */
  suppressed: SaidSuppressed[] | null;
}

export interface TrueEvent {
  event: string;
  onset: string;
  end: string;
}

export interface Day {
  patient: string;
  pseudonym: string;
  comparison: string | null;
  simulated: boolean;
  day: number;
  days: number;
  factors: number[];
  start: string;
  end: string;
  series: Record<string, SignalSeries>;
  truth: TrueEvent[] | null;
  policies: DayOfPolicy[];
}
