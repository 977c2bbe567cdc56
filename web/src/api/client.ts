import { currentSession, sessionEnded, takeSession } from "../state/session";
import { t } from "../words";
import type { Comparison, ComparisonsAnswer, Day, Making } from "./comparison-types";
import type { Checked, Course, Diagnosis, DiagnosisRow, FactRequest, Pathway } from "./diagnosis-types";
import type { DevicesAnswer, Handover, RefusedMessage, SensorGaps, SourcesAnswer } from "./house-types";
import type { StudiesAnswer, Study } from "./study-types";
import type {
  ActRequest,
  AlarmsAnswer,
  AuditAnswer,
  Board,
  Budget,
  Finding,
  ModelCard,
  ModelSummary,
  Notification,
  Override,
  OverrideRequest,
  OverridesAnswer,
  PatientDetail,
  PatientRow,
  SeriesAnswer,
  Session,
  WardsAnswer,
} from "./types";
import type { Validation, ValidationsAnswer } from "./validation-types";

/** The server's refusal, or its silence (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly what: string,
    readonly mend = "",
  ) {
    super(what);
    this.name = "ApiError";
  }
}

const TIMEOUT_MS = 15_000;

async function refusal(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as { error?: { what?: string; mend?: string } };
    return new ApiError(response.status, body.error?.what ?? response.statusText, body.error?.mend ?? "");
  } catch {
    return new ApiError(response.status, response.statusText || t("failed.network"));
  }
}

/** Ask the server for JSON. */
export async function request<T>(
  path: string,
  body?: object,
  method = "POST",
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  const init: RequestInit = { headers, credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs) };
  if (body) {
    init.method = method;
    init.body = JSON.stringify(body);
    headers["content-type"] = "application/json";
    headers["x-csrf-token"] = currentSession()?.csrf_token ?? "";
  }
  return (await (await answered(path, init)).json()) as T;
}

/** Ask the server for bytes, which come with what their headers say of them. */
export async function requestBytes(
  path: string,
  signal: AbortSignal,
): Promise<{ bytes: ArrayBuffer; headers: Headers }> {
  const headers = { accept: "application/octet-stream, application/json" };
  const response = await answered(path, { headers, credentials: "same-origin", signal });
  try {
    return { bytes: await response.arrayBuffer(), headers: response.headers };
  } catch {
    throw new ApiError(0, t("failed.network"));
  }
}

/** Ask the server to make a file of what is said. */
export async function requestFile(path: string, body: object, timeoutMs = TIMEOUT_MS): Promise<Blob> {
  const headers = { "content-type": "application/json", "x-csrf-token": currentSession()?.csrf_token ?? "" };
  const signal = AbortSignal.timeout(timeoutMs);
  const init: RequestInit = { method: "POST", headers, credentials: "same-origin", signal };
  const response = await answered(path, { ...init, body: JSON.stringify(body) });
  try {
    return await response.blob();
  } catch {
    throw new ApiError(0, t("failed.network"));
  }
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(0, t("failed.network"));
  }
  if (response.status === 401 && path !== "/api/sign-in") sessionEnded();
  if (!response.ok) throw await refusal(response);
  return response;
}

const part = encodeURIComponent;

/** "hospital/local" as a path of two parts. */
export function patientPath(id: string): string {
  const slash = id.indexOf("/");
  return `/api/patients/${part(id.slice(0, slash))}/${part(id.slice(slash + 1))}`;
}

export interface DayAsked {
  /** The kept comparison; null for a patient of the record, who is replayed on request. */
  comparison: string | null;
  patient: string;
  /** From 1; 0 for the last one of a recorded patient. */
  day: number;
  policy?: string | null;
  factor?: number | null;
}

/** Where a replayed day is; `said.csv` below it is the same as a table. */
export function dayPath(asked: DayAsked, below = ""): string {
  const whose = patientPath(asked.patient);
  const path =
    asked.comparison === null
      ? `${whose}/replay`
      : whose.replace("/api/patients", `/api/comparisons/${part(asked.comparison)}/patients`);
  const query = new URLSearchParams({ day: String(asked.day) });
  if (asked.policy && asked.factor) {
    query.set("policy", asked.policy);
    query.set("factor", String(asked.factor));
  }
  return `${path}${below}?${query}`;
}

export const api = {
  comparisons: () => request<ComparisonsAnswer>("/api/comparisons"),
  comparison: (name: string) => request<Comparison>(`/api/comparisons/${part(name)}`),
  makeComparison: () => request<Making>("/api/comparisons/demonstration", {}),
  diagnoses: async () => (await request<{ patients: DiagnosisRow[] }>("/api/diagnosis")).patients,
  diagnosis: (id: string, pathway: Pathway | null) =>
    request<Diagnosis>(`${patientPath(id)}/diagnosis${pathway ? `?pathway=${pathway}` : ""}`),
  course: (id: string, model: string) =>
    request<Course>(`${patientPath(id)}/diagnosis/course?model=${part(model)}`),
  checkFacts: (id: string, pathway: Pathway, facts: FactRequest[]) =>
    request<Checked>(`${patientPath(id)}/diagnosis/check`, { pathway, facts }),
  writeFacts: (id: string, pathway: Pathway, facts: FactRequest[]) =>
    request<Diagnosis>(`${patientPath(id)}/diagnosis/facts`, { pathway, facts }),
  keepDiagnosis: (id: string, pathway: Pathway) =>
    request<{ findings: number; time: string }>(`${patientPath(id)}/diagnosis/keep`, { pathway }),
  day: (asked: DayAsked) => request<Day>(dayPath(asked)),
  session: () => request<Session>("/api/session"),
  signIn: async (name: string, password: string) => {
    takeSession(await request<Session>("/api/sign-in", { name, password }));
  },
  signOut: async () => {
    await request<unknown>("/api/sign-out", {});
    takeSession(await request<Session>("/api/session"));
  },
  wards: () => request<WardsAnswer>("/api/wards"),
  board: (ward: string) => request<Board>(`/api/wards/${part(ward)}/board`),
  patients: async () => (await request<{ patients: PatientRow[] }>("/api/patients")).patients,
  patient: (id: string) => request<PatientDetail>(patientPath(id)),
  series: (id: string, hours: number) => request<SeriesAnswer>(`${patientPath(id)}/series?hours=${hours}`),
  alarms: (id: string, hours: number) => request<AlarmsAnswer>(`${patientPath(id)}/alarms?hours=${hours}`),
  findings: async (id: string, hours: number) =>
    (await request<{ findings: Finding[] }>(`${patientPath(id)}/findings?hours=${hours}`)).findings,
  validations: () => request<ValidationsAnswer>("/api/validations"),
  validation: (name: string) => request<Validation>(`/api/validations/${part(name)}`),
  studies: () => request<StudiesAnswer>("/api/studies"),
  study: (name: string) => request<Study>(`/api/studies/${part(name)}`),
  decideStudy: (
    name: string,
    wanted: { decision: "approved" | "declined"; digest: string; reason: string },
  ) => request<Study>(`/api/studies/${part(name)}/decision`, wanted),
  models: async () => (await request<{ models: ModelSummary[] }>("/api/models")).models,
  model: (name: string) => request<ModelCard>(`/api/models/${part(name)}`),
  audit: (limit: number) => request<AuditAnswer>(`/api/audit?limit=${limit}`),
  handover: (ward: string, since: string) =>
    request<Handover>(`/api/wards/${part(ward)}/handover?since=${part(since)}`),
  sensorGaps: (ward: string) => request<SensorGaps>(`/api/wards/${part(ward)}/sensor-gaps`),
  sources: () => request<SourcesAnswer>("/api/sources"),
  devices: () => request<DevicesAnswer>("/api/devices"),
  quarantine: (limit: number) => request<{ messages: RefusedMessage[] }>(`/api/quarantine?limit=${limit}`),
  onDuty: (ward: string, nurses: number) => request<Budget>(`/api/wards/${part(ward)}/on-duty`, { nurses }),
  overrides: (id: string) => request<OverridesAnswer>(`${patientPath(id)}/overrides`),
  setLimits: (id: string, wanted: OverrideRequest) =>
    request<Override>(`${patientPath(id)}/overrides`, wanted),
  endOverride: (id: string, override: string, reason: string) =>
    request<Override>(`${patientPath(id)}/overrides/${part(override)}`, { reason }, "DELETE"),
  act: (id: string, wanted: ActRequest) =>
    request<Notification>(`/api/notifications/${part(id)}/act`, wanted),
  acknowledge: (id: string) => request<Notification>(`/api/notifications/${part(id)}/acknowledge`, {}),
  pause: (id: string, minutes: number, reason: string) =>
    request<Notification>(`/api/notifications/${part(id)}/pause`, { minutes, reason }),
};
