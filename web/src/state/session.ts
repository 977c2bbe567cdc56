import type { Session } from "../api/types";
import { createStore } from "./store";

export type SessionState =
  | { phase: "loading" }
  | { phase: "failed" }
  | { phase: "signed_out"; session: Session; expired: boolean }
  | { phase: "signed_in"; session: Session };

export const sessionStore = createStore<SessionState>({ phase: "loading" });

/** The session that the server told of, if it has been told. */
export function currentSession(): Session | null {
  const state = sessionStore.get();
  return state.phase === "signed_in" || state.phase === "signed_out" ? state.session : null;
}

export function takeSession(session: Session): void {
  sessionStore.set(
    session.person ? { phase: "signed_in", session } : { phase: "signed_out", session, expired: false },
  );
}

/** The server no longer knows who this is: back to sign-in; the address stays, and so does the place. */
export function sessionEnded(): void {
  const state = sessionStore.get();
  if (state.phase !== "signed_in") return;
  sessionStore.set({
    phase: "signed_out",
    session: { ...state.session, person: null, permissions: [] },
    expired: true,
  });
}

export function mayAct(session: Session): boolean {
  return session.permissions.includes("act_on_notifications");
}

export function maySetLimits(session: Session): boolean {
  return session.permissions.includes("set_own_limits");
}

export function maySetStaff(session: Session): boolean {
  return session.permissions.includes("set_staff_on_duty");
}

export function mayReadPatients(session: Session): boolean {
  return session.permissions.includes("read_patients");
}

export function mayReadAudit(session: Session): boolean {
  return session.permissions.includes("read_audit");
}

export function mayReadDevices(session: Session): boolean {
  return session.permissions.includes("read_devices");
}

/** Whose work the department's reference levels are: who reads patients and does not nurse them. */
export function seesLevels(session: Session): boolean {
  return mayReadPatients(session) && session.person?.role !== "nurse";
}
