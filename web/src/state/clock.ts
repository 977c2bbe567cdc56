import { useCallback, useSyncExternalStore } from "react";
import { formatAge } from "../words/format";

/**
 * The server's clock, carried forward by the browser's own steady one. Ages are taken against it, so a tablet whose
 * clock is wrong still shows right ages.
 */
let anchorServerMs = Date.now();
let anchorSteadyMs = typeof performance === "undefined" ? 0 : performance.now();

export function anchorClock(serverIso: string): void {
  const server = Date.parse(serverIso);
  if (Number.isNaN(server)) return;
  anchorServerMs = server;
  anchorSteadyMs = performance.now();
}

export function serverNow(): number {
  return anchorServerMs + (performance.now() - anchorSteadyMs);
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Seconds between a moment and the server's now; never negative, since clocks disagree by a little. */
export function ageSeconds(thenMs: number, nowMs: number): number {
  return Math.max(0, (nowMs - thenMs) / 1000);
}

/**
 * The age of a moment as words, ticking once a second; re-renders only when the words change. It goes on growing while
 * the connection is lost: a value does not stay young because nobody brings a newer one.
 */
export function useAge(iso: string | null | undefined): string | null {
  const snapshot = useCallback(() => {
    if (!iso) return null;
    return formatAge(ageSeconds(Date.parse(iso), serverNow()));
  }, [iso]);
  return useSyncExternalStore(subscribe, snapshot);
}

/** Anything that is a function of the server's time, re-evaluated once a second. */
export function useTicking<T extends string | number | boolean | null>(make: (nowMs: number) => T): T {
  return useSyncExternalStore(subscribe, () => make(serverNow()));
}
