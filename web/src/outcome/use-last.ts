import { useEffect, useRef } from "react";

/** What is here now, or what was here last: a page keeps it while the next is worked out. */
export function useLast<T>(now: T | null): T | null {
  const last = useRef<T | null>(null);
  useEffect(() => {
    if (now !== null) last.current = now;
  }, [now]);
  return now ?? last.current;
}
