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

/** Fewer samples than this have no pace: each is a reading of its own. */
const FEWEST = 4;

/**
 * The pace at which a signal really comes, in seconds: what the server says, or, where it comes more rarely (a cuff
 * told to be ready every minute), the middle of the steps between its values. Infinite for a handful of readings.
 */
export function paceOf(series: SignalSeries): number {
  const times = series.time.filter((_, i) => series.value[i] !== null && series.value[i] !== undefined);
  if (times.length < FEWEST || series.period_s === null) return Number.POSITIVE_INFINITY;
  const steps = times.slice(1).map((at, i) => at - (times[i] ?? at));
  steps.sort((a, b) => a - b);
  return Math.max(series.period_s, steps[Math.floor(steps.length / 2)] ?? 0);
}

/**
 * Find where nothing was measured, within [start, end] in epoch seconds. Between two samples further apart than the
 * signal's own pace allows, a null is put in, so that no line is ever drawn across.
 */
export function withGaps(series: SignalSeries, start: number, end: number): Drawable {
  const allowed = PERIODS * paceOf(series);
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
