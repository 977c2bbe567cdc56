import { useSyncExternalStore } from "react";

/** The address bar as a store: no more than this page needs. */
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

export function go(address: string, replace = false): void {
  if (address === window.location.pathname + window.location.search) return;
  window.history[replace ? "replaceState" : "pushState"](null, "", address);
  for (const listener of listeners) listener();
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function useQuery(name: string): string | null {
  return useSyncExternalStore(subscribe, () => new URLSearchParams(window.location.search).get(name));
}

/** Several parts of the query at once, as one text. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => window.location.search);
}

export type Route =
  | { room: "ward"; ward: string | null }
  | { room: "handover"; ward: string }
  | { room: "gaps"; ward: string }
  | { room: "sources" }
  | { room: "patients" }
  | { room: "patient"; id: string }
  | { room: "replay"; id: string; comparison: string | null }
  | { room: "exposures"; id: string }
  | { room: "hearing"; id: string }
  | { room: "levels" }
  | { room: "plans" }
  | { room: "plan"; id: string }
  | { room: "plan-comparison"; id: string }
  | { room: "diagnoses" }
  | { room: "diagnosis"; id: string }
  | { room: "policies" }
  | { room: "comparison"; name: string }
  | { room: "cohorts" }
  | { room: "validation"; name: string }
  | { room: "studies" }
  | { room: "study"; name: string }
  | { room: "models" }
  | { room: "model"; name: string }
  | { room: "audit" }
  | { room: "missing" };

/** Which room an address leads to. */
export function routeOf(path: string): Route {
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const [room, first, second, third, fourth] = parts;
  if (room === undefined) return { room: "ward", ward: null };
  if (room === "ward" && parts.length <= 2) return { room: "ward", ward: first ?? null };
  if (room === "handover" && first && parts.length === 2) return { room: "handover", ward: first };
  if (room === "gaps" && first && parts.length === 2) return { room: "gaps", ward: first };
  if (room === "sources" && parts.length === 1) return { room: "sources" };
  if (room === "patients" && parts.length === 1) return { room: "patients" };
  if (room === "patients" && first && second && parts.length === 3)
    return { room: "patient", id: `${first}/${second}` };
  if (room === "patients" && first && second && third === "replay" && parts.length === 4)
    return { room: "replay", id: `${first}/${second}`, comparison: null };
  if (room === "patients" && first && second && third === "plan" && parts.length === 4)
    return { room: "plan", id: `${first}/${second}` };
  if (
    room === "patients" &&
    first &&
    second &&
    third === "plan" &&
    fourth === "compare" &&
    parts.length === 5
  )
    return { room: "plan-comparison", id: `${first}/${second}` };
  if (room === "patients" && first && second && parts.length === 4 && third === "exposures")
    return { room: "exposures", id: `${first}/${second}` };
  if (room === "patients" && first && second && parts.length === 4 && third === "hearing")
    return { room: "hearing", id: `${first}/${second}` };
  if (room === "exposures" && parts.length === 1) return { room: "levels" };
  if (room === "plans" && parts.length === 1) return { room: "plans" };
  if (room === "diagnosis" && parts.length === 1) return { room: "diagnoses" };
  if (room === "diagnosis" && first && second && parts.length === 3)
    return { room: "diagnosis", id: `${first}/${second}` };
  if (room === "policies" && parts.length === 1) return { room: "policies" };
  if (room === "policies" && first && parts.length === 2) return { room: "comparison", name: first };
  if (room === "policies" && first && second && third && parts.length === 4)
    return { room: "replay", id: `${second}/${third}`, comparison: first };
  if (room === "cohorts" && parts.length === 1) return { room: "cohorts" };
  if (room === "cohorts" && first && parts.length === 2) return { room: "validation", name: first };
  if (room === "studies" && parts.length === 1) return { room: "studies" };
  if (room === "studies" && first && parts.length === 2) return { room: "study", name: first };
  if (room === "models" && parts.length === 1) return { room: "models" };
  if (room === "models" && first && parts.length === 2) return { room: "model", name: first };
  if (room === "audit" && parts.length === 1) return { room: "audit" };
  return { room: "missing" };
}

/** The address of a patient's page. */
export function patientAddress(id: string): string {
  return `/patients/${id.split("/").map(encodeURIComponent).join("/")}`;
}

/** The address of a patient's diagnosis page. */
export function diagnosisAddress(id: string): string {
  return patientAddress(id).replace("/patients/", "/diagnosis/");
}

/** The address of a patient's images and plan: of one view, or of the first. */
export function planAddress(id: string, view: string | null = null): string {
  return `${patientAddress(id)}/plan${view === null ? "" : `?view=${encodeURIComponent(view)}`}`;
}

/** Which plans are compared: views, and what is made of the first of them. Nothing of the patient is in it. */
export interface PlansCompared {
  views: string[];
  /** The first one's dose in so many fractions. */
  refractioned: number[];
  /** The first one's distribution as so many Gy in so many fractions. */
  rescaled: { total_gy: number; fractions: number }[];
  protocol: string | null;
}

/** The address of a patient's plans side by side. */
export function plansComparedAddress(id: string, asked: Partial<PlansCompared> = {}): string {
  const query = new URLSearchParams();
  for (const view of asked.views ?? []) query.append("view", view);
  for (const fractions of asked.refractioned ?? []) query.append("in", String(fractions));
  for (const { total_gy, fractions } of asked.rescaled ?? []) query.append("as", `${total_gy}/${fractions}`);
  if (asked.protocol) query.set("protocol", asked.protocol);
  const path = `${patientAddress(id)}/plan/compare`;
  return query.size > 0 ? `${path}?${query}` : path;
}

/** What an address says is compared; what it says wrongly is passed over. */
export function plansComparedOf(search: string): PlansCompared {
  const query = new URLSearchParams(search);
  const whole = (text: string) => (/^\d{1,3}$/.test(text) ? Number(text) : 0);
  return {
    views: [...new Set(query.getAll("view"))],
    refractioned: query
      .getAll("in")
      .map(whole)
      .filter((n) => n >= 1 && n <= 100),
    rescaled: query
      .getAll("as")
      .map((text) => text.split("/"))
      .map(([gy = "", fractions = ""]) => ({ total_gy: Number(gy), fractions: whole(fractions) }))
      .filter(
        (each) => each.total_gy > 0 && each.total_gy <= 200 && each.fractions >= 1 && each.fractions <= 100,
      ),
    protocol: query.get("protocol"),
  };
}

/** The address of a patient's ledger of exposures. */
export function exposuresAddress(id: string): string {
  return `${patientAddress(id)}/exposures`;
}

/** The address of a patient's audiograms. */
export function hearingAddress(id: string): string {
  return `${patientAddress(id)}/hearing`;
}

/** The address of a patient's replayed day: of a kept comparison, or of the record. */
export function replayAddress(
  comparison: string | null,
  id: string,
  asked: { day?: number; policy?: string; factor?: number; at?: string } = {},
): string {
  const whose = patientAddress(id);
  const path =
    comparison === null
      ? `${whose}/replay`
      : whose.replace(/^\/patients/, `/policies/${encodeURIComponent(comparison)}`);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `${path}?${query}` : path;
}
