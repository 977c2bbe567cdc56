import type uPlot from "uplot";
import type { Rule } from "../api/types";
import { formatClock, formatDate, formatNumber } from "../words/format";
import { drawBands, drawGaps, drawLimits, drawPressures } from "./draw";
import type { LaneData } from "./lanes";
import type { Palette, Token } from "./palette";
import type { TimeRange } from "./time-range";

/** Room at the left for the axis and at the right for the rules' limits: alike in all lanes, so that they line up. */
export const AXIS_WIDTH = 40;
export const LIMITS_WIDTH = 92;

/** Height of the time axis, which only the alarm lane has. */
export const AXIS_HEIGHT = 26;

const font = `11px "Instrument Sans Variable", sans-serif`;

/** Moments on the axis: hours and minutes; where a day begins, its date. */
export function momentWords(_: uPlot, splits: number[]): string[] {
  let day = "";
  return splits.map((seconds) => {
    const date = formatDate(seconds * 1000);
    const clock = formatClock(seconds * 1000);
    const begins = day !== "" && date !== day;
    day = date;
    return begins ? date : clock;
  });
}

/** Steps of the time axis, in seconds. */
const STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

export function timeAxis(palette: Palette, shown: boolean): uPlot.Axis {
  return {
    side: 0,
    size: shown ? AXIS_HEIGHT : 0,
    gap: 4,
    incrs: STEPS,
    space: 64,
    font,
    stroke: palette["ink-2"],
    values: shown ? momentWords : (_, splits) => splits.map(() => ""),
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
  };
}

/** What every lane shares: the linked cursor, brushing to zoom, double click for the whole range. */
export function shared(range: TimeRange): Pick<uPlot.Options, "cursor" | "legend" | "select" | "hooks"> {
  return {
    legend: { show: false },
    cursor: {
      sync: { key: "patient", scales: ["x", null] },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      y: false,
      bind: {
        dblclick: () => () => {
          range.reset();
          return null;
        },
      },
    },
    hooks: {
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < 4) return;
          const zoomed: [number, number] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          range.zoom(zoomed);
        },
      ],
    },
  };
}

interface LaneOptions {
  data: LaneData;
  rules: Rule[];
  palette: Palette;
  range: TimeRange;
  width: number;
  /** Called with the index under the cursor, or null when it leaves. */
  onCursor: (index: number | null) => void;
  /** The newest data, since the hooks outlive the first. */
  current: () => LaneData;
}

/** One lane: bands and gaps beneath, the signal above, the limits in words at the right. */
export function laneOptions({
  data,
  rules,
  palette,
  range,
  width,
  onCursor,
  current,
}: LaneOptions): uPlot.Options {
  const { lane, readings } = data;
  const colour = palette[`signal-${lane.name}` as Token];
  const pressures = lane.signals.length === 2;
  const common = shared(range);
  return {
    ...common,
    width,
    height: lane.height,
    padding: [6, LIMITS_WIDTH, 6, 0],
    scales: {
      x: { time: true, auto: false, range: () => range.get() },
      y: { range: () => current().range },
    },
    axes: [
      timeAxis(palette, false),
      {
        size: AXIS_WIDTH,
        gap: 4,
        space: 22,
        font,
        stroke: palette["ink-2"],
        values: (_, splits) => splits.map((value) => formatNumber(value)),
        grid: { stroke: palette.line, width: 1 },
        ticks: { show: false },
      },
    ],
    series: [
      {},
      ...lane.signals.map(
        (): uPlot.Series => ({
          stroke: colour,
          width: pressures ? 0 : 1.6,
          spanGaps: false,
          ...(readings && !pressures ? { paths: () => null } : {}),
          points: pressures
            ? { show: false }
            : readings
              ? { show: true, size: 7, fill: colour, width: 0 }
              : { show: false, filter: alone, size: 4, fill: colour, width: 0 },
        }),
      ),
    ],
    hooks: {
      ...common.hooks,
      drawClear: [
        (u) => {
          drawBands(u, rules, palette);
          drawGaps(u, current().gaps, palette.hatch);
        },
      ],
      draw: [
        (u) => {
          if (pressures) drawPressures(u, colour);
          drawLimits(u, rules, palette);
        },
      ],
      setCursor: [(u) => onCursor(u.cursor.idx ?? null)],
    },
  };
}

/** Single values between two gaps, which a line cannot show. */
function alone(u: uPlot, seriesIndex: number): number[] {
  const values = u.data[seriesIndex] ?? [];
  const found: number[] = [];
  for (let i = 0; i < values.length; i++)
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  return found;
}
