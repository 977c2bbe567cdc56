import type { Rule, SignalSeries, Tile } from "../api/types";
import { type Drawable, paceOf, withGaps } from "./gaps";

/** A lane of the time line: one signal, or the two pressures together. */
export interface Lane {
  name: string;
  signals: string[];
  /** The range shown at least. */
  range: [number, number];
  height: number;
}

export const LANES: Lane[] = [
  { name: "heart_rate", signals: ["heart_rate"], range: [30, 150], height: 92 },
  { name: "respiratory_rate", signals: ["respiratory_rate"], range: [4, 36], height: 92 },
  { name: "spo2", signals: ["spo2"], range: [78, 100], height: 92 },
  { name: "blood_pressure", signals: ["systolic_bp", "diastolic_bp"], range: [50, 190], height: 92 },
  { name: "temperature", signals: ["temperature"], range: [35, 40], height: 60 },
];

/** A signal measured more rarely than this is drawn as single readings, without a line between them. */
const READINGS_PERIOD_S = 600;

export interface LaneData {
  lane: Lane;
  unit: string;
  readings: boolean;
  /** Times shared by all signals of the lane, then one column for each signal. */
  columns: [number[], ...(number | null)[][]];
  gaps: [number, number][];
  range: [number, number];
  empty: boolean;
}

function reach(range: [number, number], columns: (number | null)[][]): [number, number] {
  let [low, high] = range;
  for (const column of columns)
    for (const value of column) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  const margin = (high - low) * 0.04;
  return [low < range[0] ? low - margin : low, high > range[1] ? high + margin : high];
}

/** Columns on the union of the times of several drawables. */
function join(drawables: Drawable[]): [number[], ...(number | null)[][]] {
  const only = drawables[0];
  if (drawables.length === 1 && only) return [only.time, only.value];
  const times = [...new Set(drawables.flatMap((each) => each.time))].sort((a, b) => a - b);
  const at = new Map(times.map((time, i) => [time, i]));
  const columns = drawables.map((each) => {
    const column: (number | null)[] = new Array(times.length).fill(null);
    each.time.forEach((time, i) => {
      column[at.get(time) ?? 0] = each.value[i] ?? null;
    });
    return column;
  });
  return [times, ...columns];
}

/** What a lane draws between two moments, in epoch seconds. */
export function laneData(
  lane: Lane,
  series: Record<string, SignalSeries>,
  start: number,
  end: number,
): LaneData {
  const known = lane.signals.map((signal) => series[signal]).filter((each) => each !== undefined);
  const drawables = lane.signals.map((signal) => {
    const one = series[signal];
    return one ? withGaps(one, start, end) : { time: [], value: [], gaps: [] };
  });
  const columns = join(drawables);
  const first = known[0];
  return {
    lane,
    unit: first?.unit ?? "",
    readings: !first || paceOf(first) >= READINGS_PERIOD_S,
    columns,
    gaps: first ? (drawables[0]?.gaps ?? []) : [[start, end]],
    range: reach(lane.range, columns.slice(1)),
    empty: !columns.slice(1).some((column) => column.some((value) => value !== null)),
  };
}

/** The rules that a lane can show as bands. */
export function laneRules(lane: Lane, rules: Rule[]): Rule[] {
  return rules.filter((rule) => lane.signals.includes(rule.signal) && /^[<>]=?$/.test(rule.op));
}

/** The series with a place for signals that only the tile knows, such as a temperature taken by hand. */
export function withTileSignals(
  series: Record<string, SignalSeries>,
  tile: Tile | null,
): Record<string, SignalSeries> {
  const missing = Object.entries(tile?.signals ?? {}).filter(
    ([name, signal]) => !series[name] && signal.time,
  );
  if (missing.length === 0) return series;
  const added = missing.map(([name, { title, unit }]) => [
    name,
    { title, unit, period_s: null, time: [], value: [] },
  ]);
  return { ...series, ...Object.fromEntries(added) };
}

/** The newest measured values of a tile as samples: signal, epoch seconds, value. */
export function liveSamples(tile: Tile): [string, number, number][] {
  return Object.entries(tile.signals).flatMap(([signal, { time, value, status }]) =>
    time !== null && value !== null && status === "present"
      ? [[signal, Date.parse(time) / 1000, value] as [string, number, number]]
      : [],
  );
}
