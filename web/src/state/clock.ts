import { useCallback, useSyncExternalStore } from "react";
import { formatAge } from "../words/format";
import { ageSeconds, anchorClock, serverNow } from "./server-time";

export { ageSeconds, anchorClock, serverNow };

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
