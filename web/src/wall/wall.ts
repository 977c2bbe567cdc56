/** The ward as one canvas, drawn in the worker that reads its stream: only what says something else is drawn again. */
import { LOST_AFTER_MS } from "../api/live-state";
import type { Tile } from "../api/types";
import { anchorClock, serverNow } from "../state/server-time";
import { t } from "../words";
import { formatClock } from "../words/format";
import type { WallColours } from "./colours";
import { type WallLayout, wallLayout } from "./layout";
import { type Cell, CellPainter } from "./paint";
import { wallRow } from "./row";
import { Sprites } from "./sprites";

export type WallCommand =
  | { kind: "canvas"; canvas: OffscreenCanvas; font: string }
  | { kind: "size"; width: number; height: number; ratio: number }
  | { kind: "scroll"; top: number }
  | { kind: "colours"; colours: WallColours }
  | { kind: "beds"; beds: readonly string[] }
  | { kind: "select"; bed: string | null }
  | { kind: "off" };

/** Ages and countdowns are looked at this often. */
const TICK_MS = 1000;

export class Wall {
  private canvas: OffscreenCanvas | null = null;
  private context: OffscreenCanvasRenderingContext2D | null = null;
  private sprites: Sprites | null = null;
  private painter: CellPainter | null = null;
  private colours: WallColours | null = null;
  private beds: readonly string[] = [];
  private places = new Map<string, number>();
  private layout: WallLayout = wallLayout(0, 0, 0);
  private size = { width: 0, height: 0, ratio: 1 };
  private top = 0;
  private selected: string | null = null;
  private frozen = false;
  private heardAt = performance.now();
  private heardTime: string | null = null;
  /** What each cell in sight was last drawn as: its frame, then its values. */
  private drawn = new Map<string, string[]>();
  private readonly dirty = new Set<string>();
  private everything = true;
  private asked = false;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly tile: (bed: string) => Tile | undefined) {}

  take(command: WallCommand): void {
    if (command.kind === "canvas") void this.begin(command.canvas, command.font);
    else if (command.kind === "off") this.end();
    else if (command.kind === "size") this.resize(command);
    else if (command.kind === "scroll") this.top = command.top;
    else if (command.kind === "colours") this.colours = command.colours;
    else if (command.kind === "select") {
      this.touch(this.selected);
      this.selected = command.bed;
      this.touch(this.selected);
      this.soon();
      return;
    } else {
      this.beds = command.beds;
      this.places = new Map(command.beds.map((bed, i) => [bed, i]));
    }
    if (command.kind === "colours" || command.kind === "size") this.makePainter();
    this.all();
  }

  /** Tiles came. */
  changed(tiles: readonly Tile[]): void {
    for (const { bed } of tiles) this.dirty.add(bed);
    this.soon();
  }

  /** Draw everything anew. */
  all(): void {
    this.everything = true;
    this.soon();
  }

  /** The server said something. */
  heard(serverTime: string | null): void {
    this.heardAt = performance.now();
    if (!serverTime) return;
    anchorClock(serverTime);
    this.heardTime = serverTime;
  }

  private touch(bed: string | null): void {
    if (bed !== null) this.dirty.add(bed);
  }

  private async begin(canvas: OffscreenCanvas, font: string): Promise<void> {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.sprites = new Sprites();
    clearInterval(this.ticking);
    this.ticking = setInterval(() => this.tick(), TICK_MS / 4);
    this.resize(this.size);
    this.makePainter();
    try {
      const face = new FontFace("Instrument Sans Variable", `url(${font})`, {
        weight: "400 700",
        stretch: "75% 100%",
      });
      (self as unknown as { fonts: FontFaceSet }).fonts.add(await face.load());
      this.sprites.clear(this.size.ratio);
      this.all();
    } catch {
      // Drawn in the system's typeface: readable, if less handsome.
    }
  }

  private end(): void {
    clearInterval(this.ticking);
    this.canvas = this.context = this.painter = null;
  }

  private resize(size: { width: number; height: number; ratio: number }): void {
    this.size = { width: size.width, height: size.height, ratio: size.ratio };
    if (!this.canvas || !this.context) return;
    this.canvas.width = Math.max(1, Math.round(size.width * size.ratio));
    this.canvas.height = Math.max(1, Math.round(size.height * size.ratio));
    this.context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  }

  private makePainter(): void {
    if (!this.context || !this.sprites || !this.colours) return;
    this.sprites.clear(this.size.ratio);
    this.painter = new CellPainter(this.context, this.sprites, this.colours);
  }

  private lastTick = 0;

  /** Look whether the connection is lost; once a second, whether an age or a countdown says something else. */
  private tick(): void {
    const now = performance.now();
    const frozen = now - this.heardAt > LOST_AFTER_MS;
    if (frozen !== this.frozen) {
      this.frozen = frozen;
      this.all();
    }
    if (now - this.lastTick < TICK_MS) return;
    this.lastTick = now;
    for (const bed of this.beds) this.dirty.add(bed);
    this.soon();
  }

  private soon(): void {
    if (this.asked || !this.painter) return;
    this.asked = true;
    const draw = () => {
      this.asked = false;
      this.draw();
    };
    if (typeof requestAnimationFrame === "function") requestAnimationFrame(draw);
    else setTimeout(draw, 50);
  }

  private cellOf(index: number): Cell {
    const { columns, cellWidth, cellHeight } = this.layout;
    return {
      x: (index % columns) * cellWidth,
      y: Math.floor(index / columns) * cellHeight - this.top,
      width: cellWidth,
      height: cellHeight,
    };
  }

  private draw(): void {
    const { context, colours, painter, size } = this;
    if (!context || !colours || !painter) return;
    // What lies over a frozen wall must not be drawn over.
    if (this.frozen) this.everything = true;
    let beds: Iterable<string> = this.dirty;
    if (this.everything) {
      this.layout = wallLayout(this.beds.length, size.width, size.height);
      context.fillStyle = colours.ground;
      context.fillRect(0, 0, size.width, size.height);
      this.drawn.clear();
      beds = this.beds;
    }
    const nowMs = serverNow();
    for (const bed of beds) this.drawBed(painter, bed, nowMs);
    this.dirty.clear();
    if (this.everything && this.frozen) this.drawFrozen(context, colours);
    this.everything = false;
  }

  private drawBed(painter: CellPainter, bed: string, nowMs: number): void {
    const index = this.places.get(bed);
    const tile = this.tile(bed);
    if (index === undefined || !tile) return;
    const cell = this.cellOf(index);
    if (cell.y + cell.height < 0 || cell.y > this.size.height) return;
    const look = { selected: bed === this.selected, frozen: this.frozen, dim: false };
    const row = wallRow(tile, nowMs);
    const frame = CellPainter.frame(row, look);
    const values = row.values.map(CellPainter.value);
    const before = this.drawn.get(bed);
    if (before?.[0] !== frame) painter.cell(row, cell, look);
    else
      values.forEach((value, i) => {
        if (value !== before[i + 1]) painter.valueAgain(row, i, cell, look);
      });
    this.drawn.set(bed, [frame, ...values]);
  }

  /** Nothing on it is live: told across the wall, in words. */
  private drawFrozen(context: OffscreenCanvasRenderingContext2D, colours: WallColours): void {
    const { width, height } = this.size;
    const time = this.heardTime ? formatClock(Date.parse(this.heardTime), true) : "";
    const words = [t("connection.lost_title"), time && t("connection.frozen_at", { time })]
      .filter(Boolean)
      .join(", ");
    context.strokeStyle = colours.hatch;
    context.lineWidth = 2;
    context.globalAlpha = 0.55;
    context.beginPath();
    for (let x = -height; x < width; x += 28) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = colours.ink;
    context.fillRect(0, height / 2 - 40, width, 80);
    context.fillStyle = colours.surface;
    context.font = "600 28px 'Instrument Sans Variable', sans-serif";
    context.textAlign = "center";
    context.fillText(words, width / 2, height / 2 + 10);
    context.textAlign = "start";
  }
}
