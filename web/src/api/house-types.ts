import type {
  News2,
  Override,
  Patient,
  Priority,
  RaisedAlarm,
  SignalName,
  SignalValue,
  State,
} from "./types";

/** Something that is wrong with the house itself, not with a patient. */
export interface Notice {
  id: string;
  title: string;
  detail: string;
  since: string;
  priority: Priority;
}

export interface HandedOver {
  bed: string;
  patient: Patient;
  state: State;
  signals: Record<SignalName, SignalValue>;
  news2: News2 | null;
  news2_before: { time: string; score: number | null; refusal: string | null } | null;
  raised: RaisedAlarm[];
  held_back: { title: string; reason: string; count: number }[];
  own_limits: Override[];
  sensors_lost: { signal: string; title: string; since: string; taken_by: string | null }[];
}

/** GET /api/wards/{ward}/handover?since= */
export interface Handover {
  ward: string;
  hospital: string;
  simulated: boolean;
  since: string;
  now: string;
  patients: HandedOver[];
}

export interface SensorGap {
  bed: string;
  patient: Patient;
  signal: string;
  title: string;
  since: string | null;
  taken_by: string | null;
  safety_rules: number;
  assessable_shift: number;
  assessable_day: number;
}

/** GET /api/wards/{ward}/sensor-gaps?since= */
export interface SensorGaps {
  ward: string;
  since: string;
  now: string;
  lacking: SensorGap[];
  lacked: SensorGap[];
}

export interface Source {
  name: string;
  kind: string;
  state: "starting" | "listening" | "connected" | "lost" | "stopped";
  detail: string;
  connections: number;
  messages: number;
  accepted: number;
  refused: number;
  samples: number;
  last_message_at: string | null;
  silent: boolean;
  silent_after_s: number | null;
}

export interface Sink {
  name: string;
  kind: string;
  state: "ok" | "waiting" | "lost";
  waiting: number;
  delivered: number;
  refused: number;
  last_delivered_at: string | null;
  problem: string | null;
}

export interface SourcesAnswer {
  sources: Source[];
  sinks: Sink[];
  refused_waiting: number;
}

export interface RefusedMessage {
  id: number;
  time: string;
  source: string;
  kind: string;
  what: string;
  where: string;
  mend: string;
  bytes: number;
}

export interface Device {
  device: string;
  clock: string;
  ahead_s: number;
  arrived: number;
  released: number;
  late: number;
  duplicate: number;
  ahead: number;
  strangers: number;
}

export interface DevicesAnswer {
  lateness_s: number;
  devices: Device[];
}
