import { useCallback, useEffect, useState } from "react";
import { ApiError } from "./client";

export type Resource<T> = { reload: () => void } & (
  | { status: "loading"; data: null; error: null }
  | { status: "ready"; data: T; error: null }
  | { status: "failed"; data: T | null; error: ApiError }
);

interface Held<T> {
  key: string;
  data: T | null;
  error: ApiError | null;
}

/**
 * Load something and keep it until `key` changes. Reloading keeps what is shown until the new answer is here.
 * `load` must be a function of `key` alone.
 */
export function useResource<T>(key: string, load: () => Promise<T>): Resource<T> {
  const [held, setHeld] = useState<Held<T>>({ key: "", data: null, error: null });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` is a function of `key`; `turn` asks for a reload.
  useEffect(() => {
    let current = true;
    load().then(
      (data) => current && setHeld({ key, data, error: null }),
      (reason: unknown) => {
        if (!current) return;
        const error = reason instanceof ApiError ? reason : new ApiError(0, String(reason));
        setHeld((before) => ({ key, data: before.key === key ? before.data : null, error }));
      },
    );
    return () => {
      current = false;
    };
  }, [key, turn]);

  if (held.key !== key) return { status: "loading", data: null, error: null, reload };
  if (held.error) return { status: "failed", data: held.data, error: held.error, reload };
  return { status: "ready", data: held.data as T, error: null, reload };
}
