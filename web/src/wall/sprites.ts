/** Words and numbers drawn once and copied from then on: a copy costs a fraction of shaping text. */

type Context = OffscreenCanvasRenderingContext2D;

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

const SHEET = 1024;

export class Sprites {
  private readonly sheet = new OffscreenCanvas(SHEET, SHEET);
  private readonly context: Context;
  private readonly places = new Map<string, Place>();
  private x = 0;
  private y = 0;
  private row = 0;
  /** How many device pixels a CSS pixel has. */
  private ratio = 1;

  constructor() {
    const context = this.sheet.getContext("2d");
    if (!context) throw new Error("no 2D canvas in this worker");
    this.context = context;
  }

  /** Forget everything: the typeface, the colours or the ratio are others now. */
  clear(ratio: number): void {
    this.ratio = ratio;
    this.places.clear();
    this.x = this.y = this.row = 0;
    this.context.clearRect(0, 0, SHEET, SHEET);
  }

  /** Draw text with its left edge and its baseline at a point; returns its width in CSS pixels. */
  draw(on: Context, text: string, font: string, size: number, colour: string, x: number, y: number): number {
    if (text === "") return 0;
    const place = this.place(text, font, size, colour);
    const { ratio } = this;
    const dx = Math.round(x * ratio) / ratio;
    const dy = Math.round((y - size) * ratio) / ratio;
    on.drawImage(
      this.sheet,
      place.x,
      place.y,
      place.width,
      place.height,
      dx,
      dy,
      place.width / ratio,
      place.height / ratio,
    );
    return place.width / ratio;
  }

  private place(text: string, font: string, size: number, colour: string): Place {
    const key = `${font}|${size}|${colour}|${text}`;
    const known = this.places.get(key);
    if (known) return known;
    const { context, ratio } = this;
    context.font = font.replace("SIZE", `${size * ratio}px`);
    const width = Math.min(SHEET, Math.ceil(context.measureText(text).width) + 1);
    const height = Math.ceil(size * ratio * 1.32);
    if (this.x + width > SHEET) {
      this.x = 0;
      this.y += this.row;
      this.row = 0;
    }
    if (this.y + height > SHEET) {
      this.clear(ratio);
      context.font = font.replace("SIZE", `${size * ratio}px`);
    }
    const place = { x: this.x, y: this.y, width, height };
    context.fillStyle = colour;
    context.textBaseline = "alphabetic";
    context.fillText(text, place.x, place.y + size * ratio);
    this.x += width + 1;
    this.row = Math.max(this.row, height + 1);
    this.places.set(key, place);
    return place;
  }
}
