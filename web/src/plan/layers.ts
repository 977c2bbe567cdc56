import { seenOnBlack, WASH_ENTRIES, washTable } from "./colours";
import { type DosePlane, paintWash, washRaster } from "./dose";
import { type IsoLine, isolines } from "./isodose";
import { type Outline, outlineOf } from "./outlines";
import type { Scene } from "./scene";
import { AXES, type PlaneName } from "./space";
import type { Look } from "./state";
import type { Raster } from "./volume";
import { greyTable } from "./window";

/** A picture in its plane, as a canvas that can be drawn at any size. */
export interface Picture {
  canvas: HTMLCanvasElement;
  raster: Raster;
}

/** Washes are sampled no finer than this, mm. */
const WASH_MM = 1;

/** A canvas kept for painting pixels into. */
class PixelCanvas {
  readonly canvas = document.createElement("canvas");
  private image: ImageData | null = null;
  private pixels: Uint32Array<ArrayBufferLike> = new Uint32Array(0);

  sized(width: number, height: number): Uint32Array<ArrayBufferLike> {
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer as ArrayBuffer);
    }
    return this.pixels;
  }

  show(): void {
    if (this.image) this.canvas.getContext("2d")?.putImageData(this.image, 0, 0);
  }
}

const greys = { key: "", table: new Uint32Array(65_536) };

/** One table of grey levels for all planes. */
function greyOf(window: Look["window"], slope: number, intercept: number): Uint32Array {
  const key = `${window.center} ${window.width} ${slope} ${intercept}`;
  if (greys.key !== key) {
    greyTable(window, slope, intercept, greys.table);
    greys.key = key;
  }
  return greys.table;
}

const washes: { key: string; table: Uint32Array } = { key: "", table: new Uint32Array(WASH_ENTRIES) };

function washOf(look: Look, scene: Scene): Uint32Array {
  const threshold = look.threshold * (scene.reference?.gy ?? scene.top);
  const key = `${look.scale} ${threshold} ${scene.top}`;
  if (washes.key !== key) {
    washes.table = washTable(look.scale, scene.top, threshold);
    washes.key = key;
  }
  return washes.table;
}

/** Remembers the last thing made, for as long as what it was made from is the same. */
function lastOf<T>(): (key: readonly unknown[], make: () => T) => T {
  let known: readonly unknown[] | null = null;
  let made: T;
  return (key, make) => {
    if (!known || key.some((each, n) => each !== known?.[n])) {
      made = make();
      known = key;
    }
    return made;
  };
}

/** What one plane shows, each part made again only when it has changed. */
export class Layers {
  private readonly image = new PixelCanvas();
  private readonly wash = new PixelCanvas();
  private readonly keptImage = lastOf<Picture | null>();
  private readonly keptWash = lastOf<Picture | null>();
  private readonly keptDose = lastOf<DosePlane | null>();
  private readonly keptOutlines = lastOf<{ number: number; colour: string; lines: Outline[] }[]>();
  private readonly keptIsodoses = lastOf<{ percent: number; gy: number; lines: IsoLine[] }[]>();

  constructor(readonly plane: PlaneName) {}

  private at(look: Look): number {
    return look.point[AXES[this.plane].w];
  }

  imageOf(scene: Scene, look: Look): Picture | null {
    const { volume } = scene;
    if (!volume) return null;
    const { center, width } = look.window;
    const at = this.at(look);
    return this.keptImage([volume, scene.volumeTurn, at, center, width], () => {
      const raster = volume.raster(this.plane);
      const pixels = this.image.sized(raster.width, raster.height);
      if (!volume.paint(this.plane, at, greyOf(look.window, volume.slope, volume.intercept), pixels))
        return null;
      this.image.show();
      return { canvas: this.image.canvas, raster };
    });
  }

  doseOf(scene: Scene, look: Look): DosePlane | null {
    const at = this.at(look);
    return this.keptDose([scene.dose, at], () => scene.dose?.plane(this.plane, at) ?? null);
  }

  washOf(scene: Scene, look: Look): Picture | null {
    const dose = this.doseOf(scene, look);
    if (!dose) return null;
    const table = washOf(look, scene);
    return this.keptWash([dose, table], () => {
      const raster = washRaster(dose, WASH_MM, AXES[this.plane].down);
      paintWash(dose, raster, table, scene.top, this.wash.sized(raster.width, raster.height));
      this.wash.show();
      return { canvas: this.wash.canvas, raster };
    });
  }

  isodosesOf(scene: Scene, look: Look): { percent: number; gy: number; lines: IsoLine[] }[] {
    const dose = this.doseOf(scene, look);
    const reference = scene.reference?.gy;
    if (!dose || !reference) return [];
    return this.keptIsodoses([dose, look.levels, reference], () =>
      look.levels.map((percent) => {
        const gy = (percent / 100) * reference;
        return { percent, gy, lines: isolines(dose, gy) };
      }),
    );
  }

  outlinesOf(scene: Scene, look: Look): { number: number; colour: string; lines: Outline[] }[] {
    const at = this.at(look);
    const cut = scene.cuts[this.plane];
    const settled = cut?.at === at ? cut : null;
    return this.keptOutlines([scene.structures, at, look.hidden, settled], () =>
      (scene.structures ?? [])
        .filter(({ number }) => !look.hidden.has(number))
        .map((structure) => ({
          number: structure.number,
          colour: seenOnBlack(structure.colour),
          lines: settled?.outlines.get(structure.number) ?? outlineOf(structure, this.plane, at),
        })),
    );
  }
}
