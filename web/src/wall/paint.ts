import type { Priority, State } from "../api/types";
import type { WallColours } from "./colours";
import { ROOMY_HEIGHT } from "./layout";
import type { WallRow, WallValue } from "./row";
import type { Sprites } from "./sprites";

type Context = OffscreenCanvasRenderingContext2D;

const BOLD = "600 SIZE 'Instrument Sans Variable', sans-serif";
const AGE = "condensed 450 SIZE 'Instrument Sans Variable', sans-serif";
const VALUE = "semi-condensed 450 SIZE 'Instrument Sans Variable', sans-serif";
const FAULT = "semi-condensed 650 SIZE 'Instrument Sans Variable', sans-serif";
const PLAIN = "450 SIZE 'Instrument Sans Variable', sans-serif";
const SIGNS: Record<Priority, string> = { high: "!!!", medium: "!!", low: "!" };
const PLACES: Record<State, number> = { act_now: 0, look_soon: 1, fine: 2, cannot_tell: 3 };
const GAP = 2;

export interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface CellLook {
  selected: boolean;
  frozen: boolean;
  dim: boolean;
}

/** Draws cells; knows nothing of when. */
export class CellPainter {
  constructor(
    private readonly context: Context,
    private readonly sprites: Sprites,
    private readonly colours: WallColours,
  ) {}

  /** What a cell is drawn as, apart from its five values: where this changes, all of it is drawn anew. */
  static frame(row: WallRow, look: CellLook): string {
    const { state, priority, waiting, taken, escalated, news2, words, left, bed } = row;
    return `${bed}|${state}|${priority}|${waiting}|${taken}|${escalated}|${news2}|${words}|${left}|${look.selected}|${look.frozen}|${look.dim}`;
  }

  static value({ text, status, age, atFault }: WallValue): string {
    return `${text}|${status}|${age}|${atFault}`;
  }

  /** The whole cell. */
  cell(row: WallRow, cell: Cell, look: CellLook): void {
    const { context, colours } = this;
    const { x, y, width, height } = cell;
    context.globalAlpha = 1;
    context.fillStyle = colours.ground;
    context.fillRect(x, y, width, height);
    context.globalAlpha = look.dim ? 0.3 : 1;
    context.fillStyle = this.back(row, look);
    context.fillRect(x, y, width - GAP, height - GAP);
    if (row.state === "free")
      this.text(row.bed, PLAIN, 12 * this.unit(cell), colours["ink-3"], x + 6, y + 15 * this.unit(cell));
    else this.occupied(row, cell, look);
    if (look.selected) {
      context.strokeStyle = colours.focus;
      context.lineWidth = 3;
      context.strokeRect(x + 1.5, y + 1.5, width - GAP - 3, height - GAP - 3);
    }
    context.globalAlpha = 1;
  }

  /** One value of a cell whose frame is as it was. */
  valueAgain(row: WallRow, index: number, cell: Cell, look: CellLook): void {
    const value = row.values[index];
    if (!value) return;
    const { context } = this;
    const box = this.valueBox(index, cell);
    context.globalAlpha = 1;
    context.fillStyle = this.back(row, look);
    context.fillRect(box.x, box.y, box.width, box.height);
    context.globalAlpha = look.dim ? 0.3 : 1;
    this.value(value, box, cell, look);
    context.globalAlpha = 1;
  }

  private unit(cell: Cell): number {
    const lines = cell.height >= ROOMY_HEIGHT ? 57 : 46;
    return Math.max(0.9, Math.min(cell.width / 104, cell.height / lines));
  }

  private back(row: WallRow, look: CellLook): string {
    if (row.state === "free") return this.colours.ground;
    if (!row.waiting || !row.priority || look.frozen) return this.colours.surface;
    return this.colours[`${row.priority}-wash`];
  }

  private occupied(row: WallRow, cell: Cell, look: CellLook): void {
    const { colours, context } = this;
    const { x, y, width, height } = cell;
    const u = this.unit(cell);
    const ink = look.frozen ? colours["ink-frozen"] : colours.ink;
    const state = row.state as State;
    const place = y + ((PLACES[state] + 0.5) / 4) * (height - GAP);
    this.mark(state, x + 8 * u, place, 5 * u, look.frozen);
    this.text(row.bed, BOLD, 13 * u, ink, x + 16 * u, y + 13 * u);
    let right = x + width - GAP - 3 * u;
    if (row.priority) right = this.sign(row, row.priority, right, y, u, look) - 3 * u;
    if (row.news2 !== "") {
      const size = 12 * u;
      const wide = 8 * u * row.news2.length;
      context.strokeStyle = look.frozen ? colours["ink-frozen"] : colours["line-strong"];
      context.lineWidth = 1;
      context.strokeRect(
        Math.round(right - wide) + 0.5,
        Math.round(y + 2 * u) + 0.5,
        Math.round(wide),
        Math.round(13 * u),
      );
      this.text(row.news2, BOLD, size, ink, right - wide + 1 * u, y + 12.5 * u);
      right -= wide + 3 * u;
    }
    if (row.taken) this.tick(right - 9 * u, y + 8 * u, u, look.frozen ? ink : colours["ink-2"]);
    if (row.escalated) this.arrow(right - 7 * u, y + 8 * u, u, ink);
    row.values.forEach((value, index) => {
      this.value(value, this.valueBox(index, cell), cell, look);
    });
    if (height >= ROOMY_HEIGHT && row.words) this.words(row, cell, u, look);
    if (row.left !== null) this.countdown(row.left, cell, look);
  }

  private text(text: string, font: string, size: number, colour: string, x: number, y: number): number {
    return this.sprites.draw(this.context, text, font, Math.round(size * 2) / 2, colour, x, y);
  }

  /** The priority: its signs on its colour while nobody has taken it, within an outline after. */
  private sign(
    row: WallRow,
    priority: Priority,
    right: number,
    y: number,
    u: number,
    look: CellLook,
  ): number {
    const { colours, context } = this;
    const text = SIGNS[priority];
    const wide = (5 + 4 * text.length) * u;
    const left = right - wide;
    const fill = look.frozen ? colours["ink-frozen"] : colours[priority];
    if (row.waiting) {
      context.fillStyle = fill;
      context.fillRect(left, y + 2 * u, wide, 13 * u);
    } else {
      context.strokeStyle = fill;
      context.lineWidth = 1.5;
      context.strokeRect(left + 0.75, y + 2 * u + 0.75, wide - 1.5, 13 * u - 1.5);
    }
    const ink = row.waiting ? (look.frozen ? colours.surface : colours[`${priority}-ink`]) : colours.ink;
    this.text(text, BOLD, 11 * u, ink, left + 3 * u, y + 12.5 * u);
    return left;
  }

  private valueBox(index: number, cell: Cell): Cell {
    const u = this.unit(cell);
    const inner = cell.width - GAP - 16 * u - 2;
    const top = cell.y + (index < 3 ? 15.5 : 28.5) * u;
    const first = cell.x + 16 * u;
    if (index < 3) return { x: first + (index * inner) / 3, y: top, width: inner / 3, height: 12.5 * u };
    const wide = inner * 0.56;
    return index === 3
      ? { x: first, y: top, width: wide, height: 12.5 * u }
      : { x: first + wide, y: top, width: inner - wide, height: 12.5 * u };
  }

  private value(value: WallValue, box: Cell, cell: Cell, look: CellLook): void {
    const { colours } = this;
    const u = this.unit(cell);
    const base = box.y + 11 * u;
    const old = value.status !== "present";
    let colour = old ? colours["ink-3"] : colours.ink;
    if (value.atFault && !old) colour = colours[`${value.atFault}-text`];
    if (look.frozen) colour = colours["ink-frozen"];
    if (value.status === "lost") this.hatch(box, u);
    const font = value.atFault && !old ? FAULT : VALUE;
    const wide = this.text(value.text, font, 12 * u, colour, box.x, base);
    if (value.age !== "") this.text(value.age, AGE, 8.5 * u, colours["ink-3"], box.x + wide, base);
  }

  private hatch(box: Cell, u: number): void {
    const { context, colours } = this;
    context.save();
    context.beginPath();
    context.rect(box.x, box.y + 1, box.width - 2 * u, box.height - 2);
    context.clip();
    context.strokeStyle = colours.hatch;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = box.x - box.height; x < box.x + box.width; x += 5) {
      context.moveTo(x, box.y + box.height);
      context.lineTo(x + box.height, box.y);
    }
    context.stroke();
    context.restore();
  }

  private words(row: WallRow, cell: Cell, u: number, look: CellLook): void {
    const { context, colours } = this;
    context.save();
    context.beginPath();
    context.rect(cell.x, cell.y, cell.width - GAP - 2, cell.height);
    context.clip();
    const colour = look.frozen ? colours["ink-frozen"] : row.waiting ? colours.ink : colours["ink-2"];
    this.text(row.words, PLAIN, 9.5 * u, colour, cell.x + 16 * u, cell.y + 52 * u);
    context.restore();
  }

  /** What is left of the time until the alarm goes further: a bar that shortens. */
  private countdown(left: number, cell: Cell, look: CellLook): void {
    const { context, colours } = this;
    const wide = cell.width - GAP;
    context.fillStyle = colours["line-strong"];
    context.fillRect(cell.x, cell.y + cell.height - GAP - 3, wide, 3);
    context.fillStyle = look.frozen ? colours["ink-frozen"] : colours.ink;
    context.fillRect(cell.x, cell.y + cell.height - GAP - 3, (wide * left) / 32, 3);
  }

  /** The shape of a state: diamond, triangle, ring, hatched square. */
  private mark(state: State, x: number, y: number, r: number, frozen: boolean): void {
    const { context, colours } = this;
    const colour = (token: "high" | "medium" | "fine" | "cannot") =>
      frozen ? colours["ink-frozen"] : colours[token];
    context.beginPath();
    if (state === "act_now") {
      context.moveTo(x, y - r);
      context.lineTo(x + r, y);
      context.lineTo(x, y + r);
      context.lineTo(x - r, y);
      context.closePath();
      context.fillStyle = colour("high");
      context.fill();
      return;
    }
    if (state === "look_soon") {
      context.moveTo(x, y - r * 0.9);
      context.lineTo(x + r, y + r * 0.8);
      context.lineTo(x - r, y + r * 0.8);
      context.closePath();
      context.fillStyle = colour("medium");
      context.fill();
      context.strokeStyle = frozen ? colours["ink-frozen"] : colours["medium-edge"];
      context.lineWidth = 1;
      context.stroke();
      return;
    }
    context.lineWidth = 1.5;
    context.strokeStyle = colour(state === "fine" ? "fine" : "cannot");
    if (state === "fine") context.arc(x, y, r * 0.62, 0, 2 * Math.PI);
    else {
      const d = r * 0.8;
      context.rect(x - d, y - d, 2 * d, 2 * d);
      context.moveTo(x - d, y + d);
      context.lineTo(x + d, y - d);
      context.moveTo(x - d, y);
      context.lineTo(x, y - d);
      context.moveTo(x, y + d);
      context.lineTo(x + d, y);
    }
    context.stroke();
  }

  private tick(x: number, y: number, u: number, colour: string): void {
    this.stroke(colour, u, (c) => {
      c.moveTo(x, y);
      c.lineTo(x + 3 * u, y + 3.5 * u);
      c.lineTo(x + 8 * u, y - 3.5 * u);
    });
  }

  private arrow(x: number, y: number, u: number, colour: string): void {
    this.stroke(colour, u, (c) => {
      c.moveTo(x + 3 * u, y + 5 * u);
      c.lineTo(x + 3 * u, y - 4 * u);
      c.moveTo(x, y - 1 * u);
      c.lineTo(x + 3 * u, y - 4.5 * u);
      c.lineTo(x + 6 * u, y - 1 * u);
    });
  }

  private stroke(colour: string, u: number, path: (context: Context) => void): void {
    const { context } = this;
    context.beginPath();
    path(context);
    context.strokeStyle = colour;
    context.lineWidth = 1.8 * u;
    context.stroke();
  }
}
