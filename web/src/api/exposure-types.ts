/** What GET …/exposures, GET /api/exposures/reference-levels and GET …/hearing answer. */

export type Category = "diagnostic" | "nuclear medicine" | "therapy";

export interface Amount {
  quantity: string;
  value: number;
  unit: string;
  /** What makes two amounts of one quantity different things: a phantom, a side, a nuclide, a target. */
  of: string;
  /** Empty: the machine reported it. */
  source: string;
}

export interface LedgerEntry {
  category: Category;
  modality: string;
  /** As the machine wrote it: without a zone where it gave none. */
  started: string | null;
  what: string;
  uid: string;
  quantities: Amount[];
}

export interface LedgerSum extends Amount {
  category: Category;
  modality: string;
  exposures: number;
}

export interface Examination {
  study_uid: string;
  modality: string;
  protocol: string;
  device: { manufacturer: string; model: string };
  warnings: string[];
  /** Of an event `of` and `source` are left out where they are empty. */
  events: { quantities: { quantity: string; value: number; unit: string; of?: string }[] }[];
  effective_dose?: {
    coefficients: string;
    msv?: number;
    refused: { reason: string }[];
  };
  skin?: { level: string; asks_for: string };
  reference_levels?: {
    level: string;
    quantity: string;
    value: number;
    reference: number;
    unit: string;
    is_above: boolean;
  }[];
}

export interface Named {
  id: string;
  pseudonym: string;
}

export interface PatientExposures {
  patient: Named;
  ledger: { entries: LedgerEntry[]; sums: LedgerSum[]; statement: string };
  examinations: Examination[];
  courses: { plan_uid: string; label: string; fractions: number | null }[];
  refused: { object: string; reason: string; mend: string }[];
  objects: number;
  coefficients: string;
  statement: string;
}

export interface StandingOut {
  patient: string;
  pseudonym: string;
  study_uid: string;
  started: string | null;
  device: string;
  value: number;
  is_outlier: boolean;
  is_above_level: boolean;
}

export interface DepartmentLevel {
  modality: string;
  protocol: string;
  quantity: string;
  of: string;
  unit: string;
  examinations: number;
  median: number;
  p25: number;
  p75: number;
  lowest: number;
  highest: number;
  is_enough: boolean;
  fence: number;
  values: number[];
  level: { protocol: string; quantity: string; value: number; source: string } | null;
  is_median_above: boolean;
  standing_out: StandingOut[];
}

export type Grouping = "protocol" | "region";

export interface ReferenceLevels {
  /** While objects are read: how far it is; there are no figures yet. */
  reading: { read: number; of: number } | null;
  by: Grouping;
  since: string | null;
  until: string | null;
  examinations: number;
  patients: number;
  refused: number;
  levels: DepartmentLevel[];
  statement: string;
}

export type Ear = "right" | "left";
export type Conduction = "air" | "bone";

export interface Threshold {
  ear: Ear;
  frequency_hz: number;
  level_db: number;
  response: boolean;
  conduction: Conduction;
  masked: boolean;
}

export interface Grade {
  title: string;
  version: string;
  citation: string;
  grade?: string;
  grade_right?: string;
  grade_left?: string;
  change?: string;
  change_right?: string;
  change_left?: string;
  refused?: string;
  missing?: string[];
}

export interface Average {
  frequencies_hz: number[];
  level_db: number | null;
  is_at_least: boolean;
  missing_hz: number[];
}

export interface Audiogram {
  name: string;
  date: string;
  thresholds: Threshold[];
  is_compared: boolean;
  grades: Record<string, Grade>;
  averages: Record<Ear, { pure_tone_average: Average; high_frequency_average: Average }>;
  notes: string[];
}

export interface CochlearDose {
  name: string;
  ear: Ear | null;
  mean_gy: number | null;
  max_gy: number | null;
  volume_cm3: number | null;
  is_complete: boolean;
  problem: string | null;
}

export interface Hearing {
  patient: Named;
  is_simulated: boolean;
  baseline: string | null;
  conduction: Conduction;
  age_group: "adult" | "child" | null;
  audiograms: Audiogram[];
  problems: string[];
  cochlea: { view: string; title: string; cochleae: CochlearDose[] }[];
  may_write: boolean;
}

export interface AudiogramRequest {
  date: string;
  thresholds: Threshold[];
}
