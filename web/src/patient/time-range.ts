/** The stretch of time that all lanes show: the whole range, or what a person has zoomed to. */
export interface TimeRange {
  get(): [number, number];
  whole(start: number, end: number): void;
  zoom(range: [number, number]): void;
  reset(): void;
  isZoomed(): boolean;
  subscribe(listener: () => void): () => void;
}

/** Nobody needs to look closer than this, in seconds. */
const CLOSEST = 120;

export function createTimeRange(start: number, end: number): TimeRange {
  let whole: [number, number] = [start, end];
  let zoomed: [number, number] | null = null;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return {
    get: () => zoomed ?? whole,
    whole(from, to) {
      if (from === whole[0] && to === whole[1]) return;
      whole = [from, to];
      tell();
    },
    zoom([from, to]) {
      const middle = (from + to) / 2;
      const half = Math.max(CLOSEST, to - from) / 2;
      zoomed = [Math.max(whole[0], middle - half), Math.min(whole[1], middle + half)];
      tell();
    },
    reset() {
      if (zoomed === null) return;
      zoomed = null;
      tell();
    },
    isZoomed: () => zoomed !== null,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
