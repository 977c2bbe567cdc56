/** A patient's diagnosis as GET /api/patients/{hospital}/{local}/diagnosis has it. */

import type { Patient } from "./types";

export type Pathway = "breast" | "lung";
export type FactStatus = "present" | "unknown" | "not done" | "imputed";
export type FactValue = number | boolean | string | null;

export interface Fact {
  name: string;
  group: string;
  title: string;
  kind: "number" | "integer" | "boolean" | "category" | "text";
  unit: string | null;
  code: string | null;
  /** What is possible at all. */
  low: number | null;
  high: number | null;
  categories: string[];
  meaning: string;
  accepted: string;
  /** Which models take it, and which refuse without it. */
  models: string[];
  required_by: string[];
  value: FactValue;
  /** Null: nothing was ever said. */
  status: FactStatus | null;
  time: string | null;
  source: string | null;
  derived_from: string[];
}

/** Facts that contradict each other, or that call for a further test. */
export interface FactsThat {
  facts: string[];
  what: string;
}

export interface DiagnosisEstimate {
  output: string;
  title: string;
  value: number;
  unit: string;
  low: number | null;
  high: number | null;
  level: number | null;
  category: string | null;
  range: (number | null)[];
}

export interface ModelVersion {
  /** As GET /api/models has it. */
  model: string;
  name: string;
  version: string;
  digest: string;
  title: string;
  citation: string;
  available: boolean;
  refusal: string | null;
  concerned: string[];
  estimates: DiagnosisEstimate[];
  inputs: Record<string, unknown>;
  explanation: Record<string, unknown>;
  has_course: boolean;
  /** `validation` is what the words are about, where there is one. */
  here: { validated: boolean; words: string; validation: string | null };
}

export interface ModelFamily {
  name: string;
  versions: ModelVersion[];
}

export interface DiagnosisQuestion {
  question: string;
  title: string;
  models: ModelFamily[];
}

export interface Assessment {
  pathway: Pathway;
  at: string | null;
  facts: Fact[];
  contradictions: FactsThat[];
  needed: FactsThat[];
  questions: DiagnosisQuestion[];
}

export interface MovedAnswer {
  model: string;
  name: string;
  version: string;
  title: string;
  /** Why it refused; null: it answered. */
  before: string | null;
  after: string | null;
  estimates: {
    output: string;
    title: string;
    unit: string;
    before: number | string;
    after: number | string;
  }[];
  inputs: { name: string; title: string; before: FactValue; after: FactValue }[];
}

export interface Diagnosis {
  patient: Patient;
  now: string;
  simulated: boolean;
  applies: Pathway[];
  assessment: Assessment;
  since: { time: string; moved: MovedAnswer[] } | null;
  kept: string | null;
  may_write: boolean;
}

export interface FactRequest {
  name: string;
  value?: FactValue;
  status?: FactStatus;
  time?: string;
}

/** What would be if facts were kept. */
export interface Checked {
  problems: { name: string; what: string; mend: string }[];
  assessment: Assessment;
  moved: MovedAnswer[];
}

export interface CourseStep {
  given: string;
  planned: boolean;
  /** Percent, one number for each year. */
  alive: number[];
  died_of_cancer: number[];
  died_otherwise: number[];
}

export interface HundredPeople {
  year: number;
  alive_anyway: number;
  because_of: { given: string; people: number }[];
  died_otherwise: number;
  died_of_cancer: number;
}

export interface Course {
  model: string;
  version: string;
  years: number[];
  steps: CourseStep[];
  people: HundredPeople[];
}

export interface DiagnosisRow {
  id: string;
  pseudonym: string;
  age: number | null;
  reason: string | null;
  pathways: Pathway[];
}
