/** Validations as GET /api/validations has them; the document is what `fyr learn validate --json` printed. */

export interface Figure {
  estimate: number;
  low: number | null;
  high: number | null;
}

/** Why a figure, or its interval (`NAME.interval`), is not there. */
export type Reasons = Record<string, string>;

export type FigureName =
  | "c_index"
  | "uno_c"
  | "auc"
  | "brier"
  | "scaled_brier"
  | "slope"
  | "intercept"
  | "in_the_large"
  | "e_over_o"
  | "ici"
  | "e50"
  | "e90"
  | "net_benefit";

export interface ValidationRow {
  id: string;
  kept_at: string;
  model: {
    name: string;
    version: string;
    digest: string;
    output: string | null;
    /** Null where no model of this name is installed. */
    title: string | null;
    /** Whether a model with exactly this digest is installed. */
    current: boolean;
  };
  cohort: {
    source: string;
    /** The open sample that it is; null for a cohort of one's own. */
    sample: string | null;
    rows: number | null;
    patients: number | null;
    events: number | null;
    answered: number | null;
    refused: number | null;
    hospitals: number | null;
  };
  horizon_years: number | null;
  figures: Record<FigureName, Figure | null>;
  warnings: number;
}

export interface SampleRow {
  name: string;
  title: string;
  here: boolean;
}

export interface MakingValidations {
  state: "not begun" | "working" | "done" | "failed";
  done: number;
  of: number;
  said: string[];
}

export interface ValidationsAnswer {
  validations: ValidationRow[];
  problems: string[];
  samples: SampleRow[];
  making: MakingValidations | null;
}

export interface CalibrationCurve {
  predicted: number[];
  observed: number[];
  low: (number | null)[];
  high: (number | null)[];
}

export interface CalibrationGroup {
  predicted: number;
  observed: number | null;
  low: number | null;
  high: number | null;
  rows: number;
}

export interface Distribution {
  edges: number[];
  event: number[];
  none: number[];
  unknown?: number[];
}

export interface BenefitPoint {
  threshold: number;
  estimate: number | null;
  low: number | null;
  high: number | null;
  treat_all: number | null;
}

export interface RiskGroup {
  name: string;
  rows: number;
  events: number;
  score: [number, number];
  predicted: number | null;
  observed: number | null;
  curve?: { years: number[]; incidence: number[]; low: (number | null)[]; high: (number | null)[] };
  at_risk?: { years: number[]; rows: number[] };
}

/** What is said of all patients, of a hospital, or of a group. */
export interface Judged {
  rows?: number;
  patients?: number;
  events?: number;
  competing?: number;
  events_by_horizon?: number;
  small?: boolean;
  c_index?: Figure | null;
  uno_c?: Figure | null;
  auc?: Figure | null;
  brier?: Figure | null;
  scaled_brier?: Figure | null;
  calibration?: {
    slope?: Figure | null;
    intercept?: Figure | null;
    in_the_large?: Figure | null;
    ici?: Figure | null;
    e50?: Figure | null;
    e90?: Figure | null;
    e_over_o?: Figure | null;
    curve?: CalibrationCurve | null;
    groups?: CalibrationGroup[] | null;
    distribution?: Distribution | null;
    not_assessable?: Reasons;
  };
  net_benefit?: {
    estimate: number | null;
    low: number | null;
    high: number | null;
    threshold: number | null;
    threshold_is?: string;
    treat_all?: number | null;
    curve?: BenefitPoint[];
    not_assessable?: Reasons;
  };
  warnings?: string[];
  not_assessable?: Reasons;
}

export interface MissingInput {
  name: string;
  title: string;
  required: boolean;
  in_table: boolean;
  missing: number;
  unreadable: number;
  share: number | null;
  taken_as: string;
}

export interface ComparedSide {
  rows: number;
  events: number;
  events_share: number | null;
}

export interface ValidationDocument extends Judged {
  model: { name: string; version: string; digest: string; output?: string | null };
  cohort: {
    source?: string;
    rows?: number;
    patients?: number;
    hospitals?: unknown;
    events?: number;
    competing?: number;
    answered?: number;
    refused?: number;
    refusal_reasons?: Record<string, number>;
    follow_up_years?: { median?: number | null; longest?: number | null };
  };
  horizon_years: number | null;
  resamples?: number;
  level?: number;
  risk_groups?: RiskGroup[];
  missing?: { rows?: number; inputs?: MissingInput[] };
  by?: Record<string, Record<string, Judged>>;
  tripod_ai?: { item: string; asks: string; filled: string; text: string }[];
  refused_compared?: {
    answered?: ComparedSide;
    refused?: ComparedSide;
    columns?: { name: string; answered: number; refused: number; standardised_difference: number | null }[];
  };
}

export interface Validation extends ValidationRow {
  sample_title: string | null;
  sample_source: string | null;
  document: ValidationDocument;
}
