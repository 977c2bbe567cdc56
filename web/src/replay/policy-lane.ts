import type uPlot from "uplot";
import type { DayOfPolicy, TrueEvent } from "../api/comparison-types";
import type { Priority } from "../api/types";
import { hatch } from "../patient/draw";
import { AXIS_HEIGHT, AXIS_WIDTH, LIMITS_WIDTH, shared, timeAxis } from "../patient/lane-plot";
import { type Palette, priorityColour } from "../patient/palette";
import type { TimeRange } from "../patient/time-range";
import { capital } from "../policies/words";
import { formatReason } from "../words/format";
import { secondsOf } from "./moments";

/** A policy's lane: a track for each priority that it raised, solid; below, what it held back, hatched. */

const TRACKS: Priority[] = ["high", "medium", "low"];
const TRACK = 9;
const HELD = 12;
export const POLICY_HEIGHT = TRACKS.length * TRACK + HELD + 10;
export const TRUTH_HEIGHT = AXIS_HEIGHT + 26;

/** A bar is never thinner than this on the screen, in CSS pixels. */
const THINNEST = 3;

export interface SaidBar {
  from: number;
  to: number;
  /** Null for what was held back. */
  priority: Priority | null;
  words: string;
}

/** What a policy said as bars in epoch seconds; what still stands ends with the day. */
export function saidBars(policy: DayOfPolicy, end: number): SaidBar[] {
  const held = (policy.suppressed ?? []).map((each): SaidBar => {
    const at = secondsOf(each.time);
    return {
      from: at,
      to: at,
      priority: null,
      words: `${each.title}: ${formatReason(each.reason, end * 1000)}`,
    };
  });
  const raised = policy.raised.map(
    (each): SaidBar => ({
      from: secondsOf(each.time),
      to: each.end === null ? end : secondsOf(each.end),
      priority: each.priority,
      words: `${each.title}, ${each.rule}`,
    }),
  );
  return [...held, ...raised];
}

/** The bars at a moment, allowing for how thin the thinnest are drawn. */
export function saidUnder(bars: SaidBar[], at: number, secondsPerPixel: number): SaidBar[] {
  const slack = (THINNEST / 2 + 1) * secondsPerPixel;
  return bars.filter((bar) => at >= bar.from - slack && at <= bar.to + slack);
}

function drawBars(u: uPlot, bars: SaidBar[], palette: Palette): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const bar of bars) {
    const x0 = u.valToPos(bar.from, "x", true);
    const x1 = Math.max(u.valToPos(bar.to, "x", true), x0 + THINNEST * ratio);
    if (x1 < left || x0 > left + width) continue;
    const from = Math.max(left, x0);
    const wide = Math.min(left + width, x1) - from;
    if (bar.priority === null) {
      const y = top + (TRACKS.length * TRACK + 4) * ratio;
      hatch(ctx, from, y, Math.max(wide, 5 * ratio), HELD * ratio, palette["ink-2"], 3);
      continue;
    }
    const y = top + (TRACKS.indexOf(bar.priority) * TRACK + 1) * ratio;
    ctx.fillStyle = priorityColour(palette, bar.priority);
    ctx.fillRect(from, y, wide, (TRACK - 2) * ratio);
    if (bar.priority === "medium") {
      ctx.strokeStyle = palette["medium-edge"];
      ctx.lineWidth = ratio;
      ctx.strokeRect(from, y, wide, (TRACK - 2) * ratio);
    }
  }
  ctx.restore();
}

function drawTruth(u: uPlot, events: TrueEvent[], palette: Palette): void {
  const { ctx } = u;
  const { left, top, width } = u.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.textBaseline = "middle";
  ctx.font = `600 ${11.5 * ratio}px "Instrument Sans Variable", sans-serif`;
  for (const event of events) {
    const x0 = Math.max(left, u.valToPos(secondsOf(event.onset), "x", true));
    const x1 = Math.min(left + width, u.valToPos(secondsOf(event.end), "x", true));
    if (x1 <= left || x0 >= left + width) continue;
    const wide = Math.max(x1 - x0, 3 * ratio);
    const y = top + 3 * ratio;
    const height = 18 * ratio;
    ctx.fillStyle = palette.ink;
    ctx.fillRect(x0, y, wide, height);
    const words = capital(event.event);
    const long = ctx.measureText(words).width;
    const inside = long + 12 * ratio < wide;
    const fitsRight = x0 + wide + long + 12 * ratio < left + width;
    ctx.fillStyle = inside ? palette.surface : palette.ink;
    ctx.textAlign = inside || fitsRight ? "left" : "right";
    const x = inside ? x0 + 6 * ratio : fitsRight ? x0 + wide + 6 * ratio : x0 - 6 * ratio;
    ctx.fillText(words, x, y + height / 2);
  }
  ctx.restore();
}

interface LaneOptions {
  palette: Palette;
  range: TimeRange;
  width: number;
  onCursor: (at: number | null, secondsPerPixel: number) => void;
}

function bare({ palette, range, width, onCursor }: LaneOptions, axis: boolean): uPlot.Options {
  const common = shared(range);
  return {
    ...common,
    width,
    height: axis ? TRUTH_HEIGHT : POLICY_HEIGHT,
    padding: [axis ? 0 : 3, LIMITS_WIDTH, 3, AXIS_WIDTH],
    scales: {
      x: { time: true, auto: false, range: () => range.get() },
      y: { range: () => [0, 1] },
    },
    axes: [timeAxis(palette, axis), { show: false }],
    series: [{}, { show: false }],
    hooks: {
      ...common.hooks,
      setCursor: [
        (u) => {
          const x = u.cursor.left ?? -1;
          const [from, to] = range.get();
          onCursor(x < 0 ? null : u.posToVal(x, "x"), (to - from) / Math.max(1, u.over.clientWidth));
        },
      ],
    },
  };
}

export function policyLaneOptions(options: LaneOptions, current: () => SaidBar[]): uPlot.Options {
  const lane = bare(options, false);
  return { ...lane, hooks: { ...lane.hooks, draw: [(u) => drawBars(u, current(), options.palette)] } };
}

/** The truth's lane carries the time axis for all lanes. */
export function truthLaneOptions(options: LaneOptions, current: () => TrueEvent[]): uPlot.Options {
  const lane = bare(options, true);
  return { ...lane, hooks: { ...lane.hooks, draw: [(u) => drawTruth(u, current(), options.palette)] } };
}
