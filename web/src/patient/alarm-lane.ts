import type uPlot from "uplot";
import type { AlarmsAnswer, Priority } from "../api/types";
import { formatReason } from "../words/format";
import { hatch } from "./draw";
import { AXIS_HEIGHT, AXIS_WIDTH, LIMITS_WIDTH, shared, timeAxis } from "./lane-plot";
import { type Palette, priorityColour } from "./palette";
import type { TimeRange } from "./time-range";

/** The rows of the alarm lane from above, with their heights; raised has a track for each priority. */
export const ALARM_ROWS = [
  { row: "raised", height: 32 },
  { row: "taken", height: 18 },
  { row: "suppressed", height: 18 },
  { row: "not_assessable", height: 18 },
] as const;

const TRACKS = ["high", "medium", "low"];
const ROWS_HEIGHT = ALARM_ROWS.reduce((sum, each) => sum + each.height, 0);

export interface Bar {
  row: (typeof ALARM_ROWS)[number]["row"];
  from: number;
  to: number;
  priority: Priority | null;
  /** What the bar says when it is pointed at. */
  words: string;
}

const seconds = (iso: string) => Date.parse(iso) / 1000;

/** Everything that happened in the alarms as bars in epoch seconds; what goes on still ends at `now`. */
export function alarmBars(alarms: AlarmsAnswer, now: number): Bar[] {
  const bars: Bar[] = [];
  for (const alarm of alarms.raised) {
    const cleared = alarm.history.find((step) => step.kind === "cleared");
    const to = cleared ? seconds(cleared.time) : alarm.state === "cleared" ? seconds(alarm.changed_at) : now;
    const from = seconds(alarm.raised_at);
    bars.push({ row: "raised", from, to, priority: alarm.priority, words: `${alarm.title}, ${alarm.rule}` });
    for (const step of alarm.history) {
      if (step.kind !== "acknowledged" && step.kind !== "paused") continue;
      const at = seconds(step.time);
      const who = [step.by, step.kind, step.reason].filter(Boolean).join(", ");
      bars.push({ row: "taken", from: at, to: at, priority: null, words: `${alarm.title}: ${who}` });
    }
  }
  for (const alarm of alarms.suppressed) {
    const from = seconds(alarm.time);
    const to = alarm.end ? seconds(alarm.end) : from;
    bars.push({
      row: "suppressed",
      from,
      to,
      priority: null,
      words: `${alarm.title}: ${formatReason(alarm.reason, now * 1000)}`,
    });
  }
  for (const stretch of alarms.not_assessable)
    bars.push({
      row: "not_assessable",
      from: seconds(stretch.start),
      to: stretch.end ? seconds(stretch.end) : now,
      priority: null,
      words: stretch.signal,
    });
  return bars;
}

/** A bar is never thinner than this on the screen, in CSS pixels. */
const THINNEST = 4;

/** The bars at a moment, allowing for how thin the thinnest are drawn. */
export function barsAt(bars: Bar[], at: number, secondsPerPixel: number): Bar[] {
  const slack = (THINNEST / 2 + 1) * secondsPerPixel;
  return bars.filter((bar) => at >= bar.from - slack && at <= bar.to + slack);
}

/** Where a bar lies, from the top of the lane, in CSS pixels. */
function placeOf(bar: Bar): { offset: number; size: number } {
  const index = ALARM_ROWS.findIndex((each) => each.row === bar.row);
  const above = ALARM_ROWS.slice(0, index).reduce((sum, each) => sum + each.height, 0);
  const height = ALARM_ROWS[index]?.height ?? 0;
  if (bar.row !== "raised" || !bar.priority) return { offset: above + 4, size: height - 8 };
  const track = (height - 2) / TRACKS.length;
  return { offset: above + TRACKS.indexOf(bar.priority) * track + 1, size: track - 2 };
}

function drawBar(u: uPlot, bar: Bar, palette: Palette): void {
  const { ctx } = u;
  const { left, top, width } = u.bbox;
  const ratio = devicePixelRatio;
  const { offset, size } = placeOf(bar);
  const y = top + offset * ratio;
  const height = size * ratio;
  const x0 = u.valToPos(bar.from, "x", true);
  const x1 = Math.max(u.valToPos(bar.to, "x", true), x0 + THINNEST * ratio);
  if (x1 < left || x0 > left + width) return;
  const from = Math.max(left, x0);
  const to = Math.min(left + width, x1);
  if (bar.row === "raised" && bar.priority) {
    ctx.fillStyle = priorityColour(palette, bar.priority);
    ctx.fillRect(from, y, to - from, height);
    if (bar.priority === "medium") {
      ctx.strokeStyle = palette["medium-edge"];
      ctx.lineWidth = ratio;
      ctx.strokeRect(from, y, to - from, height);
    }
  } else if (bar.row === "taken") {
    const half = height / 2;
    ctx.fillStyle = palette.ink;
    ctx.beginPath();
    ctx.arc(x0, y + half, half * 0.8, 0, 2 * Math.PI);
    ctx.fill();
  } else {
    hatch(ctx, from, y, to - from, height, palette["ink-2"], 4);
    ctx.strokeStyle = palette["ink-2"];
    ctx.lineWidth = ratio;
    ctx.strokeRect(from, y, to - from, height);
  }
}

interface AlarmLaneOptions {
  palette: Palette;
  range: TimeRange;
  width: number;
  current: () => Bar[];
  onCursor: (at: number | null, secondsPerPixel: number) => void;
}

/** The alarm lane carries the time axis for all lanes. */
export function alarmLaneOptions({
  palette,
  range,
  width,
  current,
  onCursor,
}: AlarmLaneOptions): uPlot.Options {
  const common = shared(range);
  return {
    ...common,
    width,
    height: AXIS_HEIGHT + ROWS_HEIGHT + 4,
    padding: [0, LIMITS_WIDTH, 4, AXIS_WIDTH],
    scales: {
      x: { time: true, auto: false, range: () => range.get() },
      y: { range: () => [0, 1] },
    },
    axes: [timeAxis(palette, true), { show: false }],
    series: [{}, { show: false }],
    hooks: {
      ...common.hooks,
      draw: [
        (u) => {
          u.ctx.save();
          u.ctx.beginPath();
          u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
          u.ctx.clip();
          for (const bar of current()) drawBar(u, bar, palette);
          u.ctx.restore();
        },
      ],
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
