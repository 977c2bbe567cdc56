/** What the server says of a patient's images, structures, doses and plans. Lengths in mm, doses in Gy, LPS. */

export interface ImagedPatient {
  id: string;
  pseudonym: string;
  studies: number;
  plans: number;
  newest: string | null;
}

export interface ViewSummary {
  id: string;
  title: string;
  volume_id?: string | null;
  structure_set_id?: string | null;
  dose_id?: string | null;
  plan_id?: string | null;
}

interface Part {
  id: string;
  problem?: string | null;
}

export interface ImagingStudy {
  study_uid: string;
  date: string | null;
  description: string | null;
  volumes: (Part & { modality: string; description: string | null; shape: Shape })[];
  structure_sets: (Part & { label: string | null; roi_count: number })[];
  doses: (Part & { summation: string | null; max_gy: number | null })[];
  plans: (Part & { label: string | null; prescription_gy?: number | null; fractions?: number | null })[];
  views: ViewSummary[];
}

export interface Imaging {
  studies: ImagingStudy[];
}

/** Slices, rows, columns. */
export type Shape = [number, number, number];

/** Rows of the matrix from `(k, j, i, 1)` to `(x, y, z, 1)`. */
export type Affine = number[][];

export interface VolumeHead {
  id: string;
  shape: Shape;
  affine: Affine;
  window: { center: number; width: number } | null;
  modality: string;
  unit: string;
  /** Where each slice lies along the normal of the slices, where they do not stand evenly. */
  z_positions?: number[] | null;
  missing?: number[] | null;
}

export interface DoseHead {
  id: string;
  shape: Shape;
  affine: Affine;
  max_gy: number;
  prescription_gy?: number | null;
}

export interface StructureHead {
  number: number;
  name: string;
  type: string | null;
  colour: string;
  contour_planes: number;
  z_range_mm: [number, number] | null;
}

export interface BeamHead {
  number: number;
  name: string | null;
  type?: string | null;
  radiation?: string | null;
  energy?: number | null;
  gantry_degrees?: number | null;
  gantry_end_degrees?: number | null;
  meterset?: number | null;
  meterset_unit?: string | null;
  control_points?: number | null;
}

export interface PlanHead {
  label: string | null;
  fractions: number | null;
  prescription_gy?: number | null;
  beams: BeamHead[];
}

export interface PlanView {
  title?: string;
  patient?: { id: string; pseudonym: string };
  volume: VolumeHead | null;
  dose: DoseHead | null;
  structures: StructureHead[];
  plan: PlanHead | null;
  notes: string[];
  problems?: string[];
  /** Which lines the server draws, and what 100 % of them is. */
  isodose_levels?: { gy: number; percent: number }[];
  isodose_reference?: "prescription" | "maximum" | null;
  /** Where to look first. */
  focus_mm?: [number, number, number] | null;
  /** Least and greatest x, y, z of everything that is drawn. */
  bounds_mm?: [[number, number, number], [number, number, number]] | null;
  /** Axial plane k, from `start` to below `end`, lies at `origin_mm + k * step_mm`, with a picture or without. */
  axial?: { origin_mm: number; step_mm: number; start: number; end: number } | null;
}

export interface ContoursOfAll {
  planes: {
    k: number;
    at_mm: number;
    structures: { number: number; loops: [number, number][][] }[];
  }[];
}

/** Where a plane cuts the structures. */
export interface Cut {
  structures: { number: number; loops: [number, number][][] }[];
}

export interface DvhOfStructure {
  number: number;
  name: string;
  /** Why there is no histogram of it; then nothing else is told. */
  problem?: string | null;
  volume_cm3?: number;
  min_gy?: number | null;
  mean_gy?: number | null;
  max_gy?: number | null;
  cumulative_cm3: number[];
  metrics?: Record<string, number | null>;
  metric_units?: Record<string, string>;
  notes?: string[];
}

export interface DvhAnswer {
  dose_gy: number[];
  structures: DvhOfStructure[];
}

/** Rows of voxels: slice, row, first column, the column after the last. */
export interface RunsAnswer {
  grid?: "volume" | "dose";
  runs: [number, number, number, number][];
}
