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
  sessionStore.set({ phase: "signed_out", session: { ...state.session, person: null }, expired: true });
}

/** Only nurses and physicians take and pause alarms. */
export function mayAct(session: Session | null): boolean {
  return session?.person?.role === "nurse" || session?.person?.role === "physician";
}

export function mayReadAudit(session: Session | null): boolean {
  return session?.person?.role === "administrator";
}
