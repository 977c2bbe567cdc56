import type { Shape } from "../api/imaging-types";
import { AXES, type Grid, nearest, type PlaneName } from "./space";
import { NO_IMAGE } from "./window";

/** Where the pixels of a picture lie in its plane: the centre of the first one, and the steps across and down; mm. */
export interface Raster {
  width: number;
  height: number;
  u: number;
  v: number;
  du: number;
  dv: number;
}

/** One axis of the patient through a volume that stands along the axes: in rising mm. */
interface Line {
  count: number;
  /** Of the first entry, and from entry to entry, in the array. */
  offset: number;
  stride: number;
  positions: Float64Array;
  /** The usual distance between entries, mm. */
  step: number;
  even: boolean;
}

const UNEVEN = 0.01;

/** A gap this many times the usual distance has no image in it. */
const GAP = 1.5;

/** Stored voxels in patient space, and pictures of its planes. */
export class Volume {
  readonly lines: [Line, Line, Line] | null;

  constructor(
    readonly grid: Grid,
    readonly stored: Int16Array,
    readonly slope: number,
    readonly intercept: number,
    slicePositions: readonly number[] | null = null,
  ) {
    this.lines = linesOf(grid, slicePositions);
  }

  /** Where its voxels lie along one axis of the patient; of an oblique volume, even steps of its finest spacing. */
  positions(axis: number): Float64Array {
    const line = this.lines?.[axis];
    if (line) return line.positions;
    const [low, high] = this.grid.box;
    const step = Math.min(...this.grid.spacing);
    const from = (low[axis] ?? 0) + step / 2;
    const count = Math.max(1, Math.floor(((high[axis] ?? 0) - (low[axis] ?? 0)) / step));
    return Float64Array.from({ length: count }, (_, n) => from + n * step);
  }

  raster(plane: PlaneName): Raster {
    const { u, v, down } = AXES[plane];
    const across = this.line(u);
    const up = this.line(v);
    const width = countOf(across);
    const height = countOf(up);
    return {
      width,
      height,
      u: across.positions[0] ?? 0,
      du: across.step,
      v: (down > 0 ? up.positions[0] : lastOf(up)) ?? 0,
      dv: up.step * down,
    };
  }

  private line(axis: number): { positions: Float64Array; step: number; even: boolean } {
    const line = this.lines?.[axis];
    if (line) return line;
    return { positions: this.positions(axis), step: Math.min(...this.grid.spacing), even: true };
  }

  /**
   * Paint the plane at a place of its normal into pixels of the raster, through a table of grey levels. Where the
   * volume has nothing the pixels are transparent.
   *
   * Returns whether there was anything to paint.
   */
  paint(plane: PlaneName, at: number, table: Uint32Array, pixels: Uint32Array): boolean {
    const { u, v, w } = AXES[plane];
    const raster = this.raster(plane);
    if (!this.lines) return this.paintObliquely(plane, at, table, pixels, raster);
    const [across, up, through] = [this.lines[u], this.lines[v], this.lines[w]];
    const slice = entryAt(through, at);
    if (slice < 0) return false;
    const base = through.offset + slice * through.stride;
    const { stored } = this;
    const columns = entriesOf(across, raster.u, raster.du, raster.width);
    const straight = across.even;
    for (let row = 0; row < raster.height; row++) {
      const entry = up.even
        ? raster.dv > 0
          ? row
          : raster.height - 1 - row
        : entryAt(up, raster.v + row * raster.dv);
      let to = row * raster.width;
      if (entry < 0) {
        pixels.fill(0, to, to + raster.width);
        continue;
      }
      const start = base + up.offset + entry * up.stride + across.offset;
      const stride = across.stride;
      if (straight) {
        const end = to + raster.width;
        for (let from = start; to < end; to++, from += stride)
          pixels[to] = table[(stored[from] as number) + 32_768] as number;
      } else
        for (let column = 0; column < raster.width; column++, to++) {
          const index = columns[column] as number;
          pixels[to] = index < 0 ? 0 : (table[(stored[start + index * stride] as number) + 32_768] as number);
        }
    }
    return true;
  }

  private paintObliquely(
    plane: PlaneName,
    at: number,
    table: Uint32Array,
    pixels: Uint32Array,
    raster: Raster,
  ): boolean {
    const { u, v, w } = AXES[plane];
    const [nk, nj, ni] = this.grid.shape;
    const along = this.grid.slope(u);
    const { stored } = this;
    let any = false;
    for (let row = 0, to = 0; row < raster.height; row++) {
      const point: [number, number, number] = [0, 0, 0];
      point[u] = raster.u;
      point[v] = raster.v + row * raster.dv;
      point[w] = at;
      let [k, j, i] = this.grid.toIndex(point);
      for (let column = 0; column < raster.width; column++, to++) {
        const [a, b, c] = [Math.round(k), Math.round(j), Math.round(i)];
        if (a >= 0 && a < nk && b >= 0 && b < nj && c >= 0 && c < ni) {
          pixels[to] = table[(stored[(a * nj + b) * ni + c] as number) + 32_768] as number;
          any = true;
        } else pixels[to] = 0;
        k += along[0] * raster.du;
        j += along[1] * raster.du;
        i += along[2] * raster.du;
      }
    }
    return any;
  }

  /** The voxel that holds a place, `(k, j, i)`; null outside, and between slices that stand too far apart. */
  voxelAt(point: [number, number, number]): [number, number, number] | null {
    const index = this.grid.toIndex(point).map(Math.round) as [number, number, number];
    const along = this.grid.alongAxes;
    if (this.lines && along)
      for (const axis of [0, 1, 2] as const) {
        const entry = entryAt(this.lines[axis], point[axis]);
        if (entry < 0) return null;
        const { index: which, sign } = along[axis] as { index: 0 | 1 | 2; sign: 1 | -1 };
        index[which] = sign > 0 ? entry : this.grid.shape[which] - 1 - entry;
      }
    return index.every((n, which) => n >= 0 && n < (this.grid.shape[which] ?? 0)) ? index : null;
  }

  /** The value of the voxel that holds a place; null outside. */
  valueAt(point: [number, number, number]): number | null {
    const voxel = this.voxelAt(point);
    if (!voxel) return null;
    const [, nj, ni] = this.grid.shape;
    const stored = this.stored[(voxel[0] * nj + voxel[1]) * ni + voxel[2]] ?? NO_IMAGE;
    return stored === NO_IMAGE ? null : stored * this.slope + this.intercept;
  }
}

function lastOf(line: { positions: Float64Array }): number | undefined {
  return line.positions[line.positions.length - 1];
}

function countOf(line: { positions: Float64Array; step: number; even: boolean }): number {
  if (line.even) return line.positions.length;
  const length = (lastOf(line) ?? 0) - (line.positions[0] ?? 0);
  return Math.round(length / line.step) + 1;
}

/** The entry whose voxel holds a place; -1 where there is none. */
function entryAt(line: Line, place: number): number {
  const entry = nearest(line.positions, place);
  const away = Math.abs((line.positions[entry] ?? 0) - place);
  return away <= (line.step / 2) * (line.even ? 1 : GAP) + 1e-6 ? entry : -1;
}

function entriesOf(line: Line, first: number, step: number, count: number): Int32Array {
  if (line.even) return EMPTY;
  return Int32Array.from({ length: count }, (_, n) => entryAt(line, first + n * step));
}

const EMPTY = new Int32Array(0);

function linesOf(grid: Grid, slicePositions: readonly number[] | null): [Line, Line, Line] | null {
  const along = grid.alongAxes;
  if (!along) return null;
  const [, nj, ni] = grid.shape;
  const strides: Shape = [nj * ni, ni, 1];
  const lines = along.map(({ index, sign }, axis): Line => {
    const count = grid.shape[index];
    const stride = strides[index];
    const first = grid.affine[axis]?.[3] ?? 0;
    const step = grid.spacing[index];
    const given = index === 0 && slicePositions?.length === count ? slicePositions : null;
    // Positions are told along the normal of the slices; what counts here is the distance from the first.
    const zero = given?.[0] ?? 0;
    const rising = given ? Math.sign((given[count - 1] ?? 0) - zero) || 1 : 1;
    let positions = Float64Array.from(
      { length: count },
      (_, n) => first + sign * (given ? ((given[n] ?? 0) - zero) * rising : n * step),
    );
    if (sign < 0) positions = positions.reverse();
    return {
      count,
      offset: sign > 0 ? 0 : (count - 1) * stride,
      stride: sign * stride,
      positions,
      ...evenness(positions, step),
    };
  });
  return lines as [Line, Line, Line];
}

/** The usual step (the median), and whether all steps are it. */
function evenness(positions: Float64Array, otherwise: number): { step: number; even: boolean } {
  if (positions.length < 2) return { step: otherwise, even: true };
  const steps = Array.from(positions.subarray(1), (place, n) => place - (positions[n] ?? 0)).sort(
    (a, b) => a - b,
  );
  const step = steps[steps.length >> 1] ?? otherwise;
  const even = steps.every((each) => Math.abs(each - step) <= UNEVEN * step + 1e-6);
  return { step, even };
}
