/** What the server says that a plan would do, and of plans side by side. */

export interface ModelReferenceOf {
  name: string;
  version: string;
  digest: string;
}

export interface Ends {
  value: number;
  low: number | null;
  high: number | null;
}

export interface OutcomeAnswer {
  structure: string;
  number: number | null;
  standard: string | null;
  organ: string | null;
  endpoint: string;
  model: ModelReferenceOf;
  title: string;
  citation: string;
  /** ntcp, tcp, or relative_rate, which is no probability. */
  quantity: string | null;
  estimate: (Ends & { level: number | null; unit: string }) | null;
  /** As 12 of 100 (5 to 22). */
  natural_frequency: string | null;
  interval_note: string;
  converted: string | null;
  inputs: Record<string, unknown>;
  explanation: Record<string, unknown>;
  refusal: { reason: string; inputs: string[] } | null;
}

export interface OutcomeStructure {
  name: string;
  number: number | null;
  standard: string | null;
  organ: string | null;
  said_by: string;
  note: string;
}

/** Something that a person may say of the patient or the tumour. */
export interface Question {
  name: string;
  title: string;
  kind: string;
  unit: string | null;
  categories: string[];
  low: number | null;
  high: number | null;
  models?: string[];
}

export interface Asked {
  patient: Question[];
  alpha_beta: { organ: string; models: string[] }[];
  organs: string[];
  tumour: { structures: string[]; inputs: Question[]; models: { name: string; title: string }[] };
}

export interface Together {
  any_complication: Ends;
  p_plus?: Ends | null;
  utcp?: Ends | null;
  of: { structure: string; model: string }[];
  assumes: string[];
}

export interface PlanOutcome {
  label: string;
  prescription_gy: number | null;
  fractions: number | null;
  structures: OutcomeStructure[];
  without_dose: Record<string, string>;
  complications: OutcomeAnswer[];
  no_model: { structure: string; reason: string }[];
  control: OutcomeAnswer | null;
  combined: Together | null;
  notes: string[];
}

export interface Outcome extends PlanOutcome {
  problem: string | null;
  warnings: string[];
  asked: Asked | null;
}

export type Value = string | number | boolean;

/** What was said of the patient, the tumour and the plan. */
export interface Said {
  patient: Record<string, Value>;
  tumour: Record<string, Value>;
  alpha_beta_gy: Record<string, number>;
  organs: Record<string, string | null>;
  prescription_gy: number | null;
  fractions: number | null;
}

export interface Pair {
  better: string;
  than: string;
  probability: number | null;
  difference: Ends | null;
  reason: string | null;
  note: string;
}

export interface ComparedAnswer {
  estimate: (Ends & { quantity: string }) | null;
  natural_frequency: string | null;
  reason: string | null;
}

export interface ComparedRisk {
  answers: Record<string, ComparedAnswer>;
  pairs: Pair[];
}

export interface ComparedEndpoint extends ComparedRisk {
  structure: string;
  organ: string | null;
  endpoint: string;
  model: ModelReferenceOf;
  title: string;
  citation: string;
  interval_note: string;
}

export interface ComparedStructure {
  structure: string;
  own_names: Record<string, string>;
  organ: string | null;
  metrics: Record<
    string,
    { unit: string; values: Record<string, number | null>; less_a: Record<string, number | null> }
  >;
  curve: { dose_gy: number[]; volume_percent: Record<string, number[]> };
}

export interface LimitRow {
  structure: string;
  metric: string;
  limit: string;
  variation: string | null;
  valid_for: string;
  unit: string;
  endpoint: string;
  source: string;
  plans: Record<string, { own_name: string | null; value: number | null; status: string; reason: string }>;
}

export interface ComparedPlans {
  plans: (PlanOutcome & { letter: string; view: string })[];
  comparison: {
    structures: ComparedStructure[];
    not_in_all: string[];
    endpoints: ComparedEndpoint[];
    control: (ComparedRisk & { model: ModelReferenceOf; citation: string }) | null;
    combined:
      | ({ of: { structure: string; model: string }[]; assumes: string[] } & Partial<
          Record<"any_complication" | "p_plus" | "utcp", ComparedRisk>
        >)
      | null;
    notes: string[];
  };
  constraints: {
    protocol: { name: string; version: string; title: string; source: string };
    summary: Record<string, Record<string, number>>;
    rows: LimitRow[];
  } | null;
  warnings: string[];
}

export interface ComparisonAsked extends Omit<Said, "fractions"> {
  views: string[];
  rescaled: { total_gy: number; fractions: number }[];
  refractioned: number[];
  protocol: string | null;
}

export interface ShippedProtocol {
  name: string;
  version: string;
  title: string;
}
