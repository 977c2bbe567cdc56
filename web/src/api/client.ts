import { currentSession, sessionEnded, takeSession } from "../state/session";
import { t } from "../words";
import type {
  AlarmsAnswer,
  AuditAnswer,
  Board,
  Finding,
  ModelCard,
  ModelSummary,
  Notification,
  PatientDetail,
  PatientRow,
  SeriesAnswer,
  Session,
  WardsAnswer,
} from "./types";

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

async function request<T>(path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  const init: RequestInit = { headers, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body) {
    init.method = "POST";
    init.body = JSON.stringify(body);
    headers["content-type"] = "application/json";
    headers["x-csrf-token"] = currentSession()?.csrf_token ?? "";
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(0, t("failed.network"));
  }
  if (response.status === 401 && path !== "/api/sign-in") sessionEnded();
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

const part = encodeURIComponent;

/** "hospital/local" as a path of two parts. */
function patientPath(id: string): string {
  const slash = id.indexOf("/");
  return `/api/patients/${part(id.slice(0, slash))}/${part(id.slice(slash + 1))}`;
}

export const api = {
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
  models: async () => (await request<{ models: ModelSummary[] }>("/api/models")).models,
  model: (name: string) => request<ModelCard>(`/api/models/${part(name)}`),
  audit: (limit: number) => request<AuditAnswer>(`/api/audit?limit=${limit}`),
  acknowledge: (id: string) => request<Notification>(`/api/notifications/${part(id)}/acknowledge`, {}),
  pause: (id: string, minutes: number, reason: string) =>
    request<Notification>(`/api/notifications/${part(id)}/pause`, { minutes, reason }),
};
