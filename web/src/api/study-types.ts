/** Federated studies as GET /api/studies has them. */

export type StudyState =
  | "proposed"
  | "approved"
  | "declined"
  | "waiting"
  | "computing"
  | "refused"
  | "finished";

export interface StudyRow {
  id: string;
  name: string;
  method: string;
  digest: string;
  sites: string[];
  /** Who this hospital is in it; null where it only coordinates. */
  site: string | null;
  state: StudyState;
  round: number;
  begun: string | null;
  last: string | null;
  rows_isolable: number | null;
  problem: string | null;
}

export interface Forecast {
  /** Why this hospital's rules would refuse; null if they would not. */
  would_refuse: string | null;
  rows: number;
  rows_isolable: number;
  rows_in_small_groups: number;
  /** Rows that could be isolated if neither rules nor masks stood in between. */
  unguarded: number;
  reasons: string[];
  masked: boolean;
  rounds: number;
  numbers: number;
  columns: string[];
  rho: number;
  bytes: number;
  steps: string[];
  rules: Record<string, unknown>;
}

export interface StudyRound {
  round: number;
  step: string;
  asked: string;
  closed: string | null;
  answers: { site: string; at: string; bytes: number }[];
  left_out: Record<string, string>;
}

export interface LedgerEntry {
  at: string;
  study: string;
  name: string;
  round: number;
  step: string;
  question: string;
  rows: number;
  masked: boolean;
  numbers: number;
  columns: string[];
  groups: number;
  rho: number;
  isolable: number;
  of: number | null;
}

export interface LedgerSummary {
  entries: number;
  patients: number;
  studies: number;
  most_by_patient: number;
  rows_isolable: number;
  whole: boolean;
}

export interface Study extends StudyRow {
  options: Record<string, unknown>;
  rules: Record<string, unknown>;
  quorum: number;
  table: string | null;
  proposed_at: string | null;
  forecast: Forecast | null;
  decision: {
    decision: "approved" | "declined";
    by: string;
    at: string;
    reason: string;
    digest: string;
  } | null;
  rounds: StudyRound[];
  answered: string[];
  waiting_for: string[];
  waiting_since: string | null;
  refusals: Record<string, string>;
  left_out: Record<string, string>;
  bytes_by_site: Record<string, number>;
  result: Record<string, unknown> | null;
  transcript: string | null;
  ledger: LedgerEntry[];
}

export interface StudiesAnswer {
  studies: StudyRow[];
  ledger: LedgerSummary | null;
  problems: string[];
}
