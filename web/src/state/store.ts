import { useSyncExternalStore } from "react";

/** A value that components can subscribe to; a change reaches only those whose part of it changed. */
export interface Store<T> {
  get(): T;
  set(next: T | ((current: T) => T)): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const changed = typeof next === "function" ? (next as (current: T) => T)(value) : next;
      if (Object.is(changed, value)) return;
      value = changed;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** A function of a value that is asked again and again of the same one: worked out once for each. */
export function once<T extends object, P>(make: (value: T) => P): (value: T) => P {
  const known = new WeakMap<T, { part: P }>();
  return (value) => {
    let entry = known.get(value);
    if (!entry) {
      entry = { part: make(value) };
      known.set(value, entry);
    }
    return entry.part;
  };
}

/** Part of a store; re-renders only when `pick` gives another value (compared by identity). */
export function usePart<T, P>(store: Store<T>, pick: (value: T) => P): P {
  return useSyncExternalStore(store.subscribe, () => pick(store.get()));
}
