import { patientPath, request, requestBytes, requestFile } from "./client";
import type {
  ContoursOfAll,
  Cut,
  DvhAnswer,
  ImagedPatient,
  Imaging,
  PlanView,
  RunsAnswer,
  Shape,
} from "./imaging-types";
import type { ComparedPlans, ComparisonAsked, Outcome, Said, ShippedProtocol } from "./outcome-types";

/** Histograms of a large set are worked out once, and that may take its time. */
const SLOW_MS = 120_000;

const part = encodeURIComponent;

function below(patient: string, rest: string): string {
  return `${patientPath(patient)}/imaging${rest}`;
}

/** Voxels as they are stored; what they mean is `stored * slope + intercept`. */
export interface Voxels {
  stored: Int16Array;
  slope: number;
  intercept: number;
}

function numberIn(headers: Headers, name: string, otherwise: number): number {
  const text = headers.get(name);
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : otherwise;
}

function voxelsOf(answer: { bytes: ArrayBuffer; headers: Headers }): Voxels {
  return {
    stored: new Int16Array(answer.bytes),
    slope: numberIn(answer.headers, "x-fyr-slope", 1),
    intercept: numberIn(answer.headers, "x-fyr-intercept", 0),
  };
}

function shapeIn(headers: Headers, name: string): Shape {
  const [z = 0, y = 0, x = 0] = (headers.get(name) ?? "").split(",").map(Number);
  return [z, y, x];
}

export const imagingApi = {
  patients: async () => (await request<{ patients: ImagedPatient[] }>("/api/imaging")).patients,
  imaging: (patient: string) => request<Imaging>(below(patient, "")),
  view: (patient: string, view: string) => request<PlanView>(below(patient, `/views/${part(view)}`)),
  contours: (patient: string, view: string) =>
    request<ContoursOfAll>(
      below(patient, `/views/${part(view)}/contours?plane=axial&all=1&isodoses=0`),
      undefined,
      "GET",
      SLOW_MS,
    ),
  cut: (patient: string, view: string, plane: string, at: number) =>
    request<Cut>(
      below(patient, `/views/${part(view)}/contours?plane=${plane}&at=${at}&isodoses=0`),
      undefined,
      "GET",
      SLOW_MS,
    ),
  dvh: async (patient: string, view: string): Promise<DvhAnswer> => {
    const answer = await request<DvhAnswer>(
      below(patient, `/views/${part(view)}/dvh`),
      undefined,
      "GET",
      SLOW_MS,
    );
    // A structure without a histogram has no curve.
    const structures = answer.structures.map((each) => ({
      ...each,
      cumulative_cm3: each.cumulative_cm3 ?? [],
    }));
    return { ...answer, structures };
  },
  voxelsBetween: (patient: string, view: string, structure: number, low: number, high: number) =>
    request<RunsAnswer>(
      below(patient, `/views/${part(view)}/voxels-between?structure=${structure}&low=${low}&high=${high}`),
    ),
  voxels: async (patient: string, volume: string, from: number, to: number, signal: AbortSignal) =>
    voxelsOf(
      await requestBytes(below(patient, `/volumes/${part(volume)}/voxels?from=${from}&to=${to}`), signal),
    ),
  preview: async (patient: string, volume: string, signal: AbortSignal) => {
    const answer = await requestBytes(below(patient, `/volumes/${part(volume)}/preview`), signal);
    return {
      ...voxelsOf(answer),
      shape: shapeIn(answer.headers, "x-fyr-shape"),
      stride: shapeIn(answer.headers, "x-fyr-stride"),
    };
  },
  dose: async (patient: string, dose: string, signal: AbortSignal) =>
    new Float32Array((await requestBytes(below(patient, `/doses/${part(dose)}/voxels`), signal)).bytes),
  /** What is said of a patient goes in the body: addresses are logged, bodies are not. */
  outcome: (patient: string, view: string, said: Said) =>
    request<Outcome>(below(patient, `/views/${part(view)}/outcome`), said, "POST", SLOW_MS),
  compare: (patient: string, asked: ComparisonAsked) =>
    request<ComparedPlans>(below(patient, "/comparison"), asked, "POST", SLOW_MS),
  report: (patient: string, asked: ComparisonAsked) =>
    requestFile(below(patient, "/comparison/report"), asked, SLOW_MS),
  protocols: async () => (await request<{ protocols: ShippedProtocol[] }>("/api/protocols")).protocols,
};
