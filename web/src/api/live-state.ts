/** The connection as a fact, worked out from what came when: pure, so that it can be tested to the millisecond. */

export type LiveStatus = "connecting" | "live" | "lost";

export interface LiveState {
  status: LiveStatus;
  /** When the last event came, by the browser's steady clock, in ms. */
  lastEventAt: number | null;
  /** The server's time in that event. */
  lastServerTime: string | null;
  /** When connecting began. */
  since: number;
}

/** Heartbeats come every second; three missed, and the values are no longer live. */
export const LOST_AFTER_MS = 3000;

export function beginConnecting(now: number): LiveState {
  return { status: "connecting", lastEventAt: null, lastServerTime: null, since: now };
}

/** An event came. */
export function heard(state: LiveState, now: number, serverTime: string | null): LiveState {
  return { ...state, status: "live", lastEventAt: now, lastServerTime: serverTime ?? state.lastServerTime };
}

/** Time has passed: is what is shown still live? */
export function judge(state: LiveState, now: number): LiveState {
  const silentFor = now - (state.lastEventAt ?? state.since);
  if (silentFor < LOST_AFTER_MS || state.status === "lost") return state;
  return { ...state, status: "lost" };
}
