/** The HTTP API as the page reads it: snake_case, times as ISO 8601 UTC strings. */

import type { Notice } from "./house-types";

export type State = "act_now" | "look_soon" | "fine" | "cannot_tell";
export type Priority = "high" | "medium" | "low";
export type SignalStatus = "present" | "stale" | "lost" | "unknown";
export type SignalName = string;

export interface Person {
  name: string;
  title: string;
  role: string;
}

export interface Session {
  person: Person | null;
  /** What this person may do: act_on_notifications, set_own_limits, set_staff_on_duty, read_patients, read_models, … */
  permissions: string[];
  csrf_token: string;
  hospital: string;
  simulated: boolean;
  open_patients: string[]; // among simulated patients: open samples of real people
  version: string;
  roles: string[];
}

export interface Ward {
  ward: string;
  title: string;
  beds: number;
}

/** All wards; `hint` says what to do when nobody is admitted. */
export interface WardsAnswer {
  wards: Ward[];
  hint: string | null;
}

export interface Patient {
  id: string;
  pseudonym: string;
  age?: number | null;
  sex?: string | null;
  reason?: string | null;
}

export interface SignalValue {
  title: string;
  abbreviation: string;
  value: number | null;
  unit: string;
  time: string | null;
  age_s?: number | null;
  status: SignalStatus;
}

export interface SparkLine {
  start: string;
  step_s: number;
  values: (number | null)[];
}

export interface ModelReference {
  name: string;
  version: string;
  digest: string;
}

export interface News2Score {
  score: number;
  band: string;
  model: ModelReference;
  inputs: unknown;
  explanation?: unknown;
}

export interface News2Refusal {
  refusal: string;
  inputs: unknown;
  model: ModelReference;
}

export type News2 = News2Score | News2Refusal;

/** What the risk score last said, and what moved it; or why it said nothing. */
export interface Risk {
  time: string;
  model: ModelReference;
  value?: number | null;
  unit?: string | null;
  low?: number | null;
  high?: number | null;
  explanation?: unknown;
  inputs?: unknown;
  refusal?: string | null;
}

export interface Evidence {
  signal?: string;
  value?: number | null;
  unit?: string | null;
  threshold?: number | null;
  operator?: string | null;
  /** How long the deviation had lasted, and how long the rule asks. */
  duration_s?: number | null;
  asked_s?: number | null;
  [key: string]: unknown;
}

export type NotificationState =
  | "raised"
  | "waiting"
  | "acknowledged"
  | "paused"
  | "latched"
  | "escalated"
  | "cleared";

export interface Notification {
  id: string;
  patient: string;
  bed: string;
  rule: string;
  title: string;
  kind: "physiological" | "technical";
  priority: Priority;
  /** `safety`: nothing may silence it or make it wait. */
  tier: "safety" | "rules";
  state: NotificationState;
  /** In the words of IHE ACM. */
  alarm_state: "inactive" | "active" | "latched";
  raised_at: string;
  changed_at: string;
  by: string | null;
  assessable?: boolean;
  condition_present?: boolean;
  paused_until?: string | null;
  evidence: Evidence;
  /** From when escalation counts. */
  unanswered_since: string;
  escalated_to: string | null;
  escalation_step: number;
  /** When, and to whom, it goes further if nobody takes it. */
  escalates_at: string | null;
  escalates_to: string | null;
}

export interface SuppressedAlarm {
  time: string;
  end?: string | null;
  rule: string;
  title: string;
  reason: string;
  evidence?: Evidence;
}

export interface Tile {
  bed: string;
  patient: Patient | null;
  state: State;
  rank: number;
  signals: Record<SignalName, SignalValue>;
  spark: Record<SignalName, SparkLine>;
  news2: News2 | null;
  /** Null where no risk score runs, or none was asked yet. It orders the equally urgent, and does nothing else. */
  risk: Risk | null;
  notifications: Notification[];
  technical: Notification[];
  suppressed_last_hour: SuppressedAlarm[];
  /** Why this patient's limits are others than the ward's; empty where they are not. */
  own_limits: OwnLimit[];
  /** Set for a day where the patient came from a ward of another worker: nothing is known here of what was before. */
  watched_anew?: { moved_from: string; since: string } | null;
}

export type OwnLimit = { by: string; reason: string; until: string | null };

export interface PolicyReference {
  name: string;
  version: string;
  title: string;
}

export interface Board {
  ward: string;
  title: string;
  hospital: string;
  simulated: boolean;
  policy: PolicyReference;
  now: string;
  cursor: string;
  /** Null where the ward has none: everything is told at once. The stream sends `budget` when it changes. */
  budget: Budget | null;
  /** What is wrong with the house itself; the stream sends `notices` when it changes. */
  notices?: Notice[];
  beds: Tile[];
}

/** A notification that is listed, of which nobody is told yet, and why. */
export interface Waiting {
  notification: string;
  patient: string;
  bed: string;
  rule: string;
  title: string;
  priority: Priority;
  kind: "physiological" | "technical";
  since: string;
  why: string;
}

/** POST /api/wards/{ward}/on-duty takes {nurses, per_nurse_hour?} and answers this. */
export interface Budget {
  ward: string;
  nurses: number;
  per_nurse_hour: number;
  /** How many notifications an hour the nurses on duty can take, and how many were told in the last one. */
  capacity: number;
  load: number;
  /** In the order in which it will be told. */
  waiting: Waiting[];
}

export interface Heartbeat {
  now: string;
  cursor: string;
}

export interface PatientRow {
  id: string;
  pseudonym: string;
  ward: string;
  bed: string;
  state: State;
}

export interface ContextItem {
  code: string;
  title: string;
  value: string | number | boolean | null;
  unit: string | null;
  status: string;
  time: string | null;
  source: string | null;
}

export interface Rule {
  rule: string;
  title: string;
  signal: string;
  op: string;
  threshold: number;
  duration_s?: number | null;
  readings?: number | null;
  priority: Priority;
  group?: string | null;
}

export interface PatientDetail {
  patient: Patient;
  encounter: { ward?: string; bed?: string; start?: string; end?: string | null } | null;
  tile: Tile | null;
  context: ContextItem[];
  policy: PolicyReference;
  rules: Rule[];
}

export interface SignalSeries {
  title: string;
  unit: string;
  period_s: number | null;
  time: number[];
  value: (number | null)[];
}

export interface SeriesAnswer {
  start: string;
  end: string;
  series: Record<SignalName, SignalSeries>;
}

export interface AlarmStep {
  time: string;
  kind: string;
  /** In the words of IHE ACM: start, continue, update, escalate, de-escalate, end. */
  phase: string | null;
  by: string | null;
  /** Why; of `acted_on`, what was done. */
  reason: string | null;
  /** Of `escalated` and `de_escalated`: the role; empty is the bedside. */
  to: string | null;
  /** Of `paused`. */
  until: string | null;
  /** Of `acted_on`: when it was done. */
  done_at: string | null;
}

/** Who heard of a notification, when and why: the bedside staff, or a role of the policy's escalation. */
export interface Told {
  time: string;
  to: string;
  why: string | null;
}

/** What a person did about a notification. */
export interface Done {
  time: string;
  by: string;
  kind: "acknowledged" | "paused" | "acted_on";
  what: string | null;
  done_at: string;
}

/** GET /api/notifications/{id}, and the entries of GET …/alarms. */
export type RaisedAlarm = Notification & { history: AlarmStep[]; told: Told[]; done: Done[] };

/** POST /api/notifications/{id}/act; whoever acts has also taken it. */
export interface ActRequest {
  what: string;
  done_at?: string | null;
}

/** One thing that is other than on the ward: a rule's limit, a rule that is off, or the SpO2 scale of NEWS2. */
export interface LimitChange {
  rule: string | null;
  title: string | null;
  signal: string | null;
  unit: string | null;
  threshold: number | null;
  clear: number | null;
  ward_threshold: number | null;
  silent: boolean;
  spo2_scale: 1 | 2 | null;
}

export interface Override {
  id: string;
  patient: string;
  by: string;
  /** Whether a finding selected it, and no person; such a one cannot be ended by a person. */
  by_policy: boolean;
  reason: string;
  changes: LimitChange[];
  set_at: string;
  until: string | null;
  in_force: boolean;
  ended_at: string | null;
  ended_by: string | null;
  ended_why: string | null;
}

/** A rule of the ward's policy, and how far it may be changed for one patient. */
export interface WardRule {
  rule: string;
  title: string;
  signal: string;
  unit: string | null;
  op: string;
  threshold: number;
  clear: number;
  priority: Priority;
  tier: "safety" | "rules";
  plausible_low: number;
  plausible_high: number;
  /** The loosest limit that a safety rule may have; null: no such bound. */
  loosest: number | null;
  may_be_off: boolean;
}

/** GET /api/patients/{hospital}/{local}/overrides. */
export interface OverridesAnswer {
  patient: string;
  own: boolean;
  policy_digest: string;
  ward_policy_digest: string;
  in_force: Override[];
  ended: Override[];
  rules: WardRule[];
  spo2_scale: boolean;
}

export type LimitChangeRequest =
  | { rule: string; threshold: number; clear?: number }
  | { rule: string; silent: true }
  | { spo2_scale: 1 | 2 };

/** POST …/overrides answers an Override; DELETE …/overrides/{id} takes {reason} and answers it too. */
export interface OverrideRequest {
  changes: LimitChangeRequest[];
  reason: string;
  until?: string | null;
}

export interface NotAssessable {
  signal: string;
  start: string;
  end: string | null;
}

export interface AlarmsAnswer {
  raised: RaisedAlarm[];
  suppressed: SuppressedAlarm[];
  not_assessable: NotAssessable[];
}

export interface FindingAnswer {
  output?: string;
  value?: number;
  unit?: string;
  low?: number | null;
  high?: number | null;
  refusal?: string;
  inputs?: string[];
  /** What is estimated, where it is no number. */
  category?: string | null;
}

export interface Finding {
  time: string;
  model: ModelReference;
  answer: FindingAnswer;
  inputs: unknown;
  explanation?: unknown;
}

export interface ModelInput {
  name: string;
  title: string;
  kind: string;
  unit?: string | null;
  code?: string | null;
  low?: number | null;
  high?: number | null;
  categories?: string[];
  required?: boolean;
  missing?: string;
}

export interface ModelOutput {
  name: string;
  title: string;
  unit: string;
  interval?: boolean;
}

export interface ModelSummary {
  name: string;
  version: string;
  title: string;
  digest: string;
  intended_use: string;
}

export interface ModelCard extends ModelSummary {
  not_for: string;
  inputs: ModelInput[];
  outputs: ModelOutput[];
  citation: string;
  licence: string;
  validity: unknown;
  explanation?: unknown;
  parameters: unknown;
  evidence?: unknown;
  [key: string]: unknown;
}

export interface AuditEntry {
  [key: string]: unknown;
}

export interface AuditAnswer {
  entries: AuditEntry[];
  verdict: {
    ok: boolean;
    entries: number;
    first_problem?: string | null;
    sequence?: number | null;
    message?: string | null;
  };
}

/** GET /api/devices: a device, and what became of its samples. */
export interface Device {
  device: string;
  clock: "ahead" | "in step";
  ahead_s: number;
  arrived: number;
  released: number;
  late: number;
  duplicate: number;
  ahead: number;
  strangers: number;
}

export interface DevicesAnswer {
  /** How late a sample may come and still be taken; every alarm waits that long. */
  lateness_s: number;
  devices: Device[];
}
