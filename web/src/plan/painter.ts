import { t } from "../words";
import { formatNumber } from "../words/format";
import { barLength, boxKept, type Projection, project, toScreen } from "./camera";
import { colourAt, cssColour } from "./colours";
import { Layers, type Picture } from "./layers";
import { drawMarks } from "./marks";
import type { Scene } from "./scene";
import { AXES, type PlaneName, sidesOf } from "./space";
import type { Look, Opened } from "./state";

const INK = "#e8eef2";
const SHADE = "rgb(0 0 0 / 72%)";
const CROSS = "rgb(255 255 255 / 62%)";
const HATCH = "#3a4249";
const FONT = `"Instrument Sans Variable", sans-serif`;

/** What changes only the lines over the picture, not the picture. */
const OVER: readonly (keyof Look)[] = ["crosshair", "active", "pointed", "tool", "large"];

/** Draws one plane of an opened plan into two canvases: the picture, and what lies over it. */
export class Painter {
  private readonly layers: Layers;
  private readonly box = boxKept();
  private readonly stops: (() => void)[];
  private waiting = 0;
  private baseIsOld = true;
  private drawnScene: Scene | null = null;
  private drawnLook: Look | null = null;
  private size: [number, number, number] = [0, 0, 1];
  /** How long the last pictures took to draw, ms. */
  readonly took: number[] = [];

  constructor(
    readonly plane: PlaneName,
    private readonly opened: Opened,
    private readonly base: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
  ) {
    this.layers = new Layers(plane);
    this.stops = [opened.scene.subscribe(() => this.ask()), opened.look.subscribe(() => this.ask())];
  }

  stop(): void {
    cancelAnimationFrame(this.waiting);
    for (const stop of this.stops) stop();
  }

  /** The room for the plane, in CSS pixels. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.size = [width, height, ratio];
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.max(1, Math.round(width * ratio));
      canvas.height = Math.max(1, Math.round(height * ratio));
    }
    this.baseIsOld = true;
    this.draw();
  }

  /** How millimetres become CSS pixels now. */
  projection(): Projection {
    const [width, height] = this.size;
    return project(
      this.plane,
      this.opened.look.get().cameras[this.plane],
      this.box(this.opened.scene.get()),
      Math.max(width, 1),
      Math.max(height, 1),
    );
  }

  /** The lines of the plane as it stands, in mm of its own u and v, and the pixels of a mm. */
  drawn(): {
    at: number;
    scale: number;
    isodoses: { gy: number; lines: Traced[] }[];
    outlines: { number: number; lines: Traced[] }[];
  } {
    const [scene, look] = [this.opened.scene.get(), this.opened.look.get()];
    return {
      at: look.point[AXES[this.plane].w],
      scale: this.projection().scale,
      isodoses: this.layers.isodosesOf(scene, look),
      outlines: this.layers.outlinesOf(scene, look),
    };
  }

  private ask(): void {
    if (this.waiting === 0) this.waiting = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.waiting = 0;
    const scene = this.opened.scene.get();
    const look = this.opened.look.get();
    if (this.size[0] === 0) return;
    const start = performance.now();
    if (this.baseIsOld || this.pictureChanged(scene, look)) this.drawBase(scene, look);
    this.drawOver(scene, look);
    this.baseIsOld = false;
    this.drawnScene = scene;
    this.drawnLook = look;
    this.took.push(performance.now() - start);
    if (this.took.length > 200) this.took.shift();
  }

  private pictureChanged(scene: Scene, look: Look): boolean {
    const before = this.drawnLook;
    if (scene !== this.drawnScene || !before) return true;
    const { w } = AXES[this.plane];
    for (const name of Object.keys(look) as (keyof Look)[]) {
      if (look[name] === before[name] || OVER.includes(name)) continue;
      if (name === "point" && look.point[w] === before.point[w]) continue;
      if (name === "cameras" && look.cameras[this.plane] === before.cameras[this.plane]) continue;
      return true;
    }
    return false;
  }

  private drawBase(scene: Scene, look: Look): void {
    const context = this.base.getContext("2d", { alpha: false });
    if (!context) return;
    const p = this.projection();
    context.setTransform(this.size[2], 0, 0, this.size[2], 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = "#000";
    context.fillRect(0, 0, p.width, p.height);
    const { missing } = scene.view.volume ?? {};
    if (missing && missing.length > 0) drawNoImage(context, p, scene, this.plane);
    const image = this.layers.imageOf(scene, look);
    if (image) drawPicture(context, p, image);
    if (look.wash) {
      const wash = this.layers.washOf(scene, look);
      if (wash) {
        context.globalAlpha = look.opacity;
        drawPicture(context, p, wash);
        context.globalAlpha = 1;
      }
    }
    context.lineJoin = "round";
    if (look.isodoses) this.drawIsodoses(context, p, scene, look);
    if (look.outlines)
      for (const { number, colour, lines } of this.layers.outlinesOf(scene, look)) {
        context.strokeStyle = colour;
        context.lineWidth = number === look.highlighted ? 3.5 : 1.6;
        tracePath(context, p, lines);
        context.stroke();
      }
    if (scene.marks) drawMarks(context, p, scene, look.point);
  }

  private drawIsodoses(context: CanvasRenderingContext2D, p: Projection, scene: Scene, look: Look): void {
    const reference = scene.reference?.gy ?? 1;
    context.lineWidth = 1.2;
    context.font = `600 10px ${FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken: [number, number][] = [];
    for (const { percent, gy, lines } of this.layers.isodosesOf(scene, look)) {
      if (lines.length === 0) continue;
      const colour = cssColour(lineColour(look, gy / scene.top));
      context.strokeStyle = colour;
      tracePath(context, p, lines);
      context.stroke();
      const place = labelPlace(p, lines, taken);
      if (!place || reference <= 0) continue;
      taken.push(place);
      label(context, formatNumber(percent), place, colour);
    }
  }

  private drawOver(scene: Scene, look: Look): void {
    const context = this.over.getContext("2d");
    if (!context) return;
    const p = this.projection();
    context.setTransform(this.size[2], 0, 0, this.size[2], 0, 0);
    context.clearRect(0, 0, p.width, p.height);
    if (!scene.volume && !scene.dose && !scene.structures) return;
    const { u, v } = AXES[this.plane];
    if (look.crosshair) drawCross(context, p, look.point[u], look.point[v]);
    drawSides(context, p, this.plane);
    drawBar(context, p);
  }
}

/** Isodose lines stand out from a wash of their own colour by being lighter. */
export function lineColour(look: Pick<Look, "scale">, part: number): [number, number, number] {
  const mix = (each: number) => Math.round(each + (255 - each) * 0.3);
  const [r, g, b] = colourAt(look.scale, part);
  return [mix(r), mix(g), mix(b)];
}

function drawPicture(context: CanvasRenderingContext2D, p: Projection, { canvas, raster }: Picture): void {
  const [left, top] = toScreen(p, raster.u - raster.du / 2, raster.v - raster.dv / 2);
  context.imageSmoothingEnabled = true;
  context.drawImage(
    canvas,
    left,
    top,
    raster.width * raster.du * p.scale,
    raster.height * Math.abs(raster.dv) * p.scale,
  );
}

interface Traced {
  points: ArrayLike<number>;
  closed: boolean;
}

function tracePath(context: CanvasRenderingContext2D, p: Projection, lines: readonly Traced[]): void {
  const [a, b] = [p.scale, p.scale * p.down];
  const [c, d] = [p.width / 2 - p.centre[0] * a, p.height / 2 - p.centre[1] * b];
  context.beginPath();
  for (const { points, closed } of lines) {
    for (let n = 0; n < points.length; n += 2) {
      const x = (points[n] as number) * a + c;
      const y = (points[n + 1] as number) * b + d;
      if (n === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    if (closed) context.closePath();
  }
}

/** The top of the longest line, unless another label stands there; then its bottom. */
function labelPlace(
  p: Projection,
  lines: readonly Traced[],
  taken: readonly [number, number][],
): [number, number] | null {
  let longest = lines[0];
  for (const line of lines) if (line.points.length > (longest?.points.length ?? 0)) longest = line;
  if (!longest) return null;
  const { points } = longest;
  if (lengthOf(points) * p.scale < LABELLED_PX) return null;
  for (const part of [0, 0.5, 0.25, 0.75]) {
    const n = Math.floor((points.length / 2) * part) * 2;
    const place = toScreen(p, points[n] as number, points[n + 1] as number);
    const inside = place[0] > 30 && place[0] < p.width - 30 && place[1] > 26 && place[1] < p.height - 26;
    if (inside && taken.every(([x, y]) => Math.abs(x - place[0]) > 30 || Math.abs(y - place[1]) > 16))
      return place;
  }
  return null;
}

/** Shorter lines have no label, in pixels. */
const LABELLED_PX = 240;

function lengthOf(points: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 2; n < points.length; n += 2)
    sum += Math.hypot(
      (points[n] as number) - (points[n - 2] as number),
      (points[n + 1] as number) - (points[n - 1] as number),
    );
  return sum;
}

function label(
  context: CanvasRenderingContext2D,
  text: string,
  [x, y]: [number, number],
  colour: string,
): void {
  const width = context.measureText(text).width + 5;
  context.fillStyle = SHADE;
  context.fillRect(x - width / 2, y - 6.5, width, 13);
  context.fillStyle = colour;
  context.fillText(text, x, y + 0.5);
}

function drawCross(context: CanvasRenderingContext2D, p: Projection, u: number, v: number): void {
  const [x, y] = toScreen(p, u, v).map((each) => Math.round(each) + 0.5) as [number, number];
  const gap = 9;
  context.strokeStyle = CROSS;
  context.lineWidth = 1;
  context.beginPath();
  for (const [x0, y0, x1, y1] of [
    [0, y, x - gap, y],
    [x + gap, y, p.width, y],
    [x, 0, x, y - gap],
    [x, y + gap, x, p.height],
  ] as const) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

/** Of a plane narrower than this, the letter on top stands below the title. */
const TITLE_PX = 480;

function drawSides(context: CanvasRenderingContext2D, p: Projection, plane: PlaneName): void {
  const { left, right, top, bottom } = sidesOf(plane);
  context.font = `600 14px ${FONT}`;
  context.textBaseline = "middle";
  for (const [text, x, y] of [
    [left, 14, p.height / 2],
    [right, p.width - 14, p.height / 2],
    [top, p.width / 2, p.width < TITLE_PX ? 32 : 14],
    [bottom, p.width / 2, p.height - 14],
  ] as const)
    outlined(context, text, x, y, "center");
}

function outlined(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
): void {
  context.textAlign = align;
  context.lineWidth = 3;
  context.strokeStyle = SHADE;
  context.strokeText(text, x, y);
  context.fillStyle = INK;
  context.fillText(text, x, y);
}

function drawBar(context: CanvasRenderingContext2D, p: Projection): void {
  const length = barLength(p.scale, Math.min(120, p.width / 3));
  const pixels = length * p.scale;
  const [x, y] = [p.width - 14 - pixels, p.height - 14];
  context.lineWidth = 3;
  context.strokeStyle = SHADE;
  const trace = () => {
    context.beginPath();
    context.moveTo(x, y - 4);
    context.lineTo(x, y + 4);
    context.moveTo(x, y);
    context.lineTo(x + pixels, y);
    context.moveTo(x + pixels, y - 4);
    context.lineTo(x + pixels, y + 4);
    context.stroke();
  };
  trace();
  context.lineWidth = 1.2;
  context.strokeStyle = INK;
  trace();
  context.font = `500 11px ${FONT}`;
  context.textBaseline = "alphabetic";
  const words =
    length >= 10
      ? t("plan.bar_cm", { n: formatNumber(length / 10) })
      : t("plan.bar_mm", { n: formatNumber(length, length < 1 ? 1 : 0) });
  outlined(context, words, x + pixels / 2, y - 7, "center");
}

/** Hatch where the image should be, for slices that are missing. */
function drawNoImage(context: CanvasRenderingContext2D, p: Projection, scene: Scene, plane: PlaneName): void {
  const { volume } = scene;
  if (!volume) return;
  const { u, v } = AXES[plane];
  const [low, high] = volume.grid.box;
  const [x0, y0] = toScreen(p, low[u], p.down > 0 ? low[v] : high[v]);
  const [width, height] = [(high[u] - low[u]) * p.scale, (high[v] - low[v]) * p.scale];
  context.save();
  context.beginPath();
  context.rect(x0, y0, width, height);
  context.clip();
  context.strokeStyle = HATCH;
  context.lineWidth = 2;
  context.beginPath();
  for (let x = x0 - height; x < x0 + width; x += 9) {
    context.moveTo(x, y0 + height);
    context.lineTo(x + height, y0);
  }
  context.stroke();
  context.restore();
}
