import { AXES, type Grid, type PlaneName, type Vec3 } from "./space";
import type { Raster } from "./volume";

/** The dose of one plane on the dose's own grid lines, ready for wash and isodoses. */
export interface DosePlane {
  width: number;
  height: number;
  gy: Float32Array;
  /** Where the first column and row lie, and the steps from there, both rising; mm. */
  u: number;
  v: number;
  du: number;
  dv: number;
}

/**
 * Dose in patient space. Between voxel centres it is trilinear; it goes on for half a voxel beyond the outer centres
 * at the value that it has there, and further out there is none: as in the histograms.
 */
export class Dose {
  constructor(
    readonly grid: Grid,
    readonly gy: Float32Array,
  ) {}

  /** The dose at a place, Gy; null outside. */
  at(point: Vec3): number | null {
    const [nk, nj, ni] = this.grid.shape;
    const index = this.grid.toIndex(point);
    const k = clamped(index[0], nk);
    const j = clamped(index[1], nj);
    const i = clamped(index[2], ni);
    return k < 0 || j < 0 || i < 0 ? null : this.trilinear(k, j, i);
  }

  private trilinear(k: number, j: number, i: number): number {
    const [nk, nj, ni] = this.grid.shape;
    const [k0, j0, i0] = [Math.floor(k), Math.floor(j), Math.floor(i)];
    const [k1, j1, i1] = [Math.min(k0 + 1, nk - 1), Math.min(j0 + 1, nj - 1), Math.min(i0 + 1, ni - 1)];
    const [c, b, a] = [k - k0, j - j0, i - i0];
    const { gy } = this;
    const row = (slice: number, line: number) => {
      const from = (slice * nj + line) * ni;
      const [left = 0, right = 0] = [gy[from + i0], gy[from + i1]];
      return left + (right - left) * a;
    };
    const near = row(k0, j0) + (row(k0, j1) - row(k0, j0)) * b;
    const far = row(k1, j0) + (row(k1, j1) - row(k1, j0)) * b;
    return near + (far - near) * c;
  }

  /** The plane at a place of its normal; null where it has no dose. */
  plane(plane: PlaneName, at: number): DosePlane | null {
    const { u, v, w } = AXES[plane];
    const along = this.grid.alongAxes;
    if (!along) return this.obliquePlane(plane, at);
    const [, nj, ni] = this.grid.shape;
    const strides = [nj * ni, ni, 1] as const;
    const [across, up, through] = [along[u], along[v], along[w]] as [
      (typeof along)[0],
      (typeof along)[0],
      (typeof along)[0],
    ];
    const count = this.grid.shape[through.index];
    const point: Vec3 = [0, 0, 0];
    for (const axis of [0, 1, 2] as const) point[axis] = this.grid.affine[axis]?.[3] ?? 0;
    point[w] = at;
    const place = clamped(this.grid.toIndex(point)[through.index], count);
    if (place < 0) return null;
    const low = Math.min(Math.floor(place), Math.max(count - 2, 0));
    const part = place - low;
    const width = this.grid.shape[across.index];
    const height = this.grid.shape[up.index];
    const alongU = strides[across.index] * across.sign;
    const alongV = strides[up.index] * up.sign;
    const start =
      low * strides[through.index] +
      (across.sign < 0 ? (width - 1) * strides[across.index] : 0) +
      (up.sign < 0 ? (height - 1) * strides[up.index] : 0);
    const next = part > 0 ? strides[through.index] : 0;
    const gy = new Float32Array(width * height);
    for (let row = 0, to = 0; row < height; row++)
      for (let column = 0, from = start + row * alongV; column < width; column++, to++, from += alongU) {
        const here = this.gy[from] as number;
        gy[to] = here + ((this.gy[from + next] as number) - here) * part;
      }
    const [du, dv] = [this.grid.spacing[across.index], this.grid.spacing[up.index]];
    const edge = (axis: 0 | 1 | 2, each: (typeof along)[0], size: number, step: number) =>
      (this.grid.affine[axis]?.[3] ?? 0) - (each.sign < 0 ? (size - 1) * step : 0);
    return { width, height, gy, u: edge(u, across, width, du), v: edge(v, up, height, dv), du, dv };
  }

  private obliquePlane(plane: PlaneName, at: number): DosePlane | null {
    const { u, v, w } = AXES[plane];
    const [low, high] = this.grid.box;
    if (at < low[w] || at > high[w]) return null;
    const step = Math.min(...this.grid.spacing);
    const width = Math.ceil((high[u] - low[u]) / step);
    const height = Math.ceil((high[v] - low[v]) / step);
    const gy = new Float32Array(width * height);
    const point: Vec3 = [0, 0, 0];
    point[w] = at;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        point[u] = low[u] + (column + 0.5) * step;
        point[v] = low[v] + (row + 0.5) * step;
        gy[row * width + column] = this.at(point) ?? 0;
      }
    return { width, height, gy, u: low[u] + step / 2, v: low[v] + step / 2, du: step, dv: step };
  }
}

/** An index within the grid; up to half a voxel outside counts as its edge, further out is -1. */
function clamped(index: number, count: number): number {
  if (index < -0.5 || index > count - 0.5) return -1;
  return Math.min(Math.max(index, 0), count - 1);
}

/** Pixels for a wash over a dose plane: to its outer faces, finely enough for a threshold to look like a line. */
export function washRaster(plane: DosePlane, finest: number, down: 1 | -1): Raster {
  const across = Math.max(1, Math.ceil(plane.du / finest));
  const up = Math.max(1, Math.ceil(plane.dv / finest));
  const [du, dv] = [plane.du / across, plane.dv / up];
  const width = plane.width * across;
  const height = plane.height * up;
  const u = plane.u - plane.du / 2 + du / 2;
  const v = plane.v - plane.dv / 2 + dv / 2;
  return { width, height, u, du, v: down > 0 ? v : v + (height - 1) * dv, dv: dv * down };
}

/**
 * Paint a dose plane: bilinear in the plane, through a table of colours in which the last entry stands for `top` Gy
 * and more.
 */
export function paintWash(
  plane: DosePlane,
  raster: Raster,
  table: Uint32Array,
  top: number,
  pixels: Uint32Array,
): void {
  const { width, height, gy } = plane;
  const left = new Int32Array(raster.width);
  const right = new Int32Array(raster.width);
  const part = new Float32Array(raster.width);
  for (let column = 0; column < raster.width; column++) {
    const place = clampedTo((raster.u + column * raster.du - plane.u) / plane.du, width);
    const low = Math.min(Math.floor(place), Math.max(width - 2, 0));
    left[column] = low;
    right[column] = Math.min(low + 1, width - 1);
    part[column] = place - low;
  }
  const line = new Float32Array(width);
  const last = table.length - 1;
  const scale = last / top;
  for (let row = 0, to = 0; row < raster.height; row++) {
    const place = clampedTo((raster.v + row * raster.dv - plane.v) / plane.dv, height);
    const low = Math.min(Math.floor(place), Math.max(height - 2, 0));
    const next = Math.min(low + 1, height - 1);
    const share = place - low;
    for (let column = 0, a = low * width, b = next * width; column < width; column++, a++, b++) {
      const here = gy[a] as number;
      line[column] = (here + ((gy[b] as number) - here) * share) * scale;
    }
    for (let column = 0; column < raster.width; column++, to++) {
      const here = line[left[column] as number] as number;
      const value = here + ((line[right[column] as number] as number) - here) * (part[column] as number);
      pixels[to] = table[value >= last ? last : value > 0 ? value | 0 : 0] as number;
    }
  }
}

function clampedTo(place: number, count: number): number {
  return Math.min(Math.max(place, 0), count - 1);
}
