import type { SignalSeries } from "../api/types";

/** A series with its gaps made explicit: a null between two samples that are too far apart. */
export interface Drawable {
  time: number[];
  value: (number | null)[];
  /** Stretches without a value, as [from, to] in epoch seconds. */
  gaps: [number, number][];
}

/** A pause longer than this many periods is a gap (two missing samples are bridged, the third is not). */
const PERIODS = 3.5;

/**
 * Find where nothing was measured, within [start, end] in epoch seconds. Between two samples further apart than the
 * signal's own pace allows, a null is put in, so that no line is ever drawn across.
 */
export function withGaps(series: SignalSeries, start: number, end: number): Drawable {
  const allowed = PERIODS * (series.period_s ?? 60);
  const time: number[] = [];
  const value: (number | null)[] = [];
  const gaps: [number, number][] = [];
  let lastGood = start;
  let hasNull = false;
  series.time.forEach((at, i) => {
    const v = series.value[i] ?? null;
    if (v === null) {
      hasNull = true;
      time.push(at);
      value.push(null);
      return;
    }
    if (at - lastGood > allowed) {
      gaps.push([lastGood, at]);
      if (!hasNull && time.length > 0) {
        time.push((lastGood + at) / 2);
        value.push(null);
      }
    }
    time.push(at);
    value.push(v);
    lastGood = at;
    hasNull = false;
  });
  if (end - lastGood > allowed) gaps.push([lastGood, end]);
  return { time, value, gaps };
}

/** The same series with one more sample, or itself when the sample is not newer. */
export function appendSample(series: SignalSeries, at: number, value: number | null): SignalSeries {
  const last = series.time.at(-1);
  if (last !== undefined && at <= last) return series;
  return { ...series, time: [...series.time, at], value: [...series.value, value] };
}
