import type uPlot from "uplot";
import type { Rule } from "../api/types";
import { formatLength, formatNumber } from "../words/format";
import { type Palette, priorityColour } from "./palette";

/** Shapes that the lanes share, drawn straight on their canvas (in device pixels). */

/** A rectangle of slanting lines: the sign for missing, suppressed and not assessable. */
export function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
  spacing = 6,
): void {
  if (width <= 0 || height <= 0) return;
  const step = spacing * devicePixelRatio;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  // The lines start at a fixed origin, so that the pattern stands still while the time line moves.
  const first = Math.floor((x - height) / step) * step;
  for (let at = first; at < x + width + height; at += step) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.2 * devicePixelRatio;
  context.stroke();
  context.restore();
}

/** Stretches of time without a value. */
export function drawGaps(u: uPlot, gaps: [number, number][], colour: string): void {
  const { left, top, width, height } = u.bbox;
  for (const [from, to] of gaps) {
    const x0 = Math.max(left, u.valToPos(from, "x", true));
    const x1 = Math.min(left + width, u.valToPos(to, "x", true));
    hatch(u.ctx, x0, top, x1 - x0, height, colour);
  }
}

/** What a rule's limit says, beside the lane: "> 110 · 60 min". */
function limitWords(rule: Rule): string {
  const length = rule.duration_s ? formatLength(rule.duration_s) : rule.readings ? `${rule.readings}×` : "";
  return `${rule.op} ${formatNumber(rule.threshold)}${length ? ` · ${length}` : ""}`;
}

/** The bands beyond each rule's limit: the further out, the deeper, since the bands lie over each other. */
export function drawBands(u: uPlot, rules: Rule[], palette: Palette): void {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  const scale = u.scales.y;
  const [low, high] = [scale?.min ?? 0, scale?.max ?? 0];
  ctx.save();
  for (const rule of rules) {
    if (rule.threshold <= low || rule.threshold >= high) continue;
    const y = u.valToPos(rule.threshold, "y", true);
    const colour = priorityColour(palette, rule.priority);
    ctx.fillStyle = colour;
    ctx.globalAlpha = 0.05;
    if (rule.op.startsWith(">")) ctx.fillRect(left, top, width, y - top);
    else ctx.fillRect(left, y, width, top + height - y);
    ctx.globalAlpha = 0.4;
    ctx.fillRect(left, y - 0.5 * devicePixelRatio, width, devicePixelRatio);
  }
  ctx.restore();
}

/** Words for the limits at the right edge, moved apart where they would lie over each other. */
export function drawLimits(u: uPlot, rules: Rule[], palette: Palette): void {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  const scale = u.scales.y;
  const [low, high] = [scale?.min ?? 0, scale?.max ?? 0];
  const line = 12 * devicePixelRatio;
  const shown = rules
    .filter((rule) => rule.threshold > low && rule.threshold < high)
    .map((rule) => ({ rule, y: u.valToPos(rule.threshold, "y", true) }))
    .sort((a, b) => a.y - b.y);
  let free = top;
  for (const each of shown) {
    each.y = Math.max(each.y, free + line / 2);
    free = each.y + line / 2;
  }
  let limit = top + height + line / 2;
  for (const each of shown.toReversed()) {
    each.y = Math.min(each.y, limit - line / 2);
    limit = each.y - line / 2;
  }
  ctx.save();
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = `500 ${10.5 * devicePixelRatio}px "Instrument Sans Variable", sans-serif`;
  const x = left + width + 14 * devicePixelRatio;
  for (const { rule, y } of shown) {
    ctx.fillStyle =
      rule.priority === "medium" ? palette["medium-edge"] : priorityColour(palette, rule.priority);
    ctx.fillRect(
      x - 9 * devicePixelRatio,
      y - 3 * devicePixelRatio,
      4 * devicePixelRatio,
      6 * devicePixelRatio,
    );
    ctx.fillStyle = palette["ink-2"];
    ctx.fillText(limitWords(rule), x, y);
  }
  ctx.restore();
}

/** Two pressures of one reading as a bar from diastolic to systolic. */
export function drawPressures(u: uPlot, colour: string): void {
  const [times, high, low] = u.data as [number[], (number | null)[], (number | null)[]];
  const { left, width } = u.bbox;
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineCap = "round";
  times.forEach((time, i) => {
    const x = u.valToPos(time, "x", true);
    if (x < left || x > left + width) return;
    const [top, bottom] = [high[i], low?.[i]];
    if (top === null || top === undefined) return;
    const y0 = u.valToPos(top, "y", true);
    const y1 = bottom === null || bottom === undefined ? y0 : u.valToPos(bottom, "y", true);
    ctx.lineWidth = 3 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, y0);
    ctx.lineTo(x, y1);
    ctx.stroke();
  });
  ctx.restore();
}
