import type { ContoursOfAll, StructureHead } from "../api/imaging-types";
import { nearest, type PlaneName, type Vec3 } from "./space";

/** One contour: `x0, y0, x1, y1, …` in mm, joined end to start. */
type Loop = Float64Array;

interface ContourPlane {
  z: number;
  loops: Loop[];
  /** Least x and y, greatest x and y of the loops. */
  box: [number, number, number, number];
}

export interface Structure {
  number: number;
  name: string;
  type: string | null;
  colour: string;
  /** From the feet to the head. */
  planes: ContourPlane[];
  heights: Float64Array;
  /** The usual distance between planes, mm. */
  spacing: number;
}

/** The contours of all planes, sorted by structure. */
export function structuresOf(heads: readonly StructureHead[], contours: ContoursOfAll): Structure[] {
  const planes = new Map<number, ContourPlane[]>(heads.map(({ number }) => [number, []]));
  for (const { at_mm, structures } of contours.planes)
    for (const { number, loops } of structures) planes.get(number)?.push(contourPlane(at_mm, loops));
  const all = heads.map((head) => {
    const own = (planes.get(head.number) ?? []).sort((a, b) => a.z - b.z);
    const heights = Float64Array.from(own, ({ z }) => z);
    return {
      number: head.number,
      name: head.name,
      type: head.type,
      colour: head.colour,
      planes: own,
      heights,
      spacing: usualGap(heights),
    };
  });
  // What is drawn on one plane has no spacing of its own.
  const usual = all.map(({ spacing }) => spacing).filter((each) => each > 0);
  const common = usual.length > 0 ? Math.min(...usual) : 3;
  return all.map((each) => (each.spacing > 0 ? each : { ...each, spacing: common }));
}

function contourPlane(z: number, told: readonly [number, number][][]): ContourPlane {
  const box: ContourPlane["box"] = [Infinity, Infinity, -Infinity, -Infinity];
  const loops = told.map((points) => {
    const loop = new Float64Array(2 * points.length);
    points.forEach(([x, y], n) => {
      loop[2 * n] = x;
      loop[2 * n + 1] = y;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    });
    return loop;
  });
  return { z, loops, box };
}

function usualGap(heights: Float64Array): number {
  const gaps = Array.from(heights.subarray(1), (z, n) => z - (heights[n] ?? 0)).sort((a, b) => a - b);
  return gaps[gaps.length >> 1] ?? 0;
}

/** The middle of a structure's middle plane. */
export function middleOf({ planes }: Structure): Vec3 | null {
  const plane = planes[planes.length >> 1];
  const loop = plane?.loops.reduce((a, b) => (b.length > a.length ? b : a));
  if (!plane || !loop) return null;
  let [x, y] = [0, 0];
  for (let n = 0; n < loop.length; n += 2) {
    x += loop[n] ?? 0;
    y += loop[n + 1] ?? 0;
  }
  return [(2 * x) / loop.length, (2 * y) / loop.length, plane.z];
}

/** The contour plane that stands for a height: the nearest, up to half the usual spacing away. */
export function planeAt(structure: Structure, z: number): ContourPlane | null {
  const at = nearest(structure.heights, z);
  const plane = structure.planes[at];
  return plane && Math.abs(plane.z - z) <= structure.spacing / 2 + 1e-3 ? plane : null;
}

/** Whether a place lies within: inside an odd number of the contours of its plane, so that holes are holes. */
export function contains(structure: Structure, [x, y, z]: Vec3): boolean {
  const plane = planeAt(structure, z);
  if (!plane) return false;
  let inside = false;
  for (const loop of plane.loops) {
    const end = loop.length;
    for (let a = end - 2, b = 0; b < end; a = b, b += 2) {
      const [x0, y0, x1, y1] = [loop[a], loop[a + 1], loop[b], loop[b + 1]] as [
        number,
        number,
        number,
        number,
      ];
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
    }
  }
  return inside;
}

/** Lines in the plane's own u and v, mm: `u0, v0, u1, v1, …`. */
export interface Outline {
  points: ArrayLike<number>;
  closed: boolean;
}

/** What is seen of a structure in a plane. */
export function outlineOf(structure: Structure, plane: PlaneName, at: number): Outline[] {
  if (plane === "axial")
    return (planeAt(structure, at)?.loops ?? []).map((points) => ({ points, closed: true }));
  return cut(structure, plane === "coronal" ? 1 : 0, at);
}

/** Where a line of constant y (axis 1) or x (axis 0) passes the contours of a plane, rising. */
export function crossings({ loops, box }: ContourPlane, axis: 0 | 1, at: number): number[] {
  const found: number[] = [];
  if (at < box[axis] || at > box[axis === 0 ? 2 : 3]) return found;
  for (const loop of loops) {
    const end = loop.length;
    const other = 1 - axis;
    let from = loop[end - 2 + axis] as number;
    for (let b = 0; b < end; b += 2) {
      const to = loop[b + axis] as number;
      if (from > at !== to > at) {
        const a = b === 0 ? end - 2 : b - 2;
        const [start, stop] = [loop[a + other] as number, loop[b + other] as number];
        found.push(start + ((at - from) / (to - from)) * (stop - start));
      }
      from = to;
    }
  }
  return found.length > 2 ? found.sort((one, two) => one - two) : inOrder(found);
}

function inOrder(two: number[]): number[] {
  return (two[0] as number) > (two[1] as number) ? two.reverse() : two;
}

/** The widest gap between two planes over which a structure goes on, in usual spacings. */
const BRIDGE = 1.6;

/**
 * A structure cut along its axis, for the moment in which somebody scrolls: where two neighbouring planes have the
 * same number of parts that overlap, their sides are joined by straight lines; everywhere else it ends half a spacing
 * beyond the plane, bluntly. On the drawn planes it is exact; between them the server knows better (`cuts.ts`).
 */
function cut(structure: Structure, axis: 0 | 1, at: number): Outline[] {
  const { planes, spacing } = structure;
  const lines: Outline[] = [];
  /** The sides that are being drawn upward, one for each end of each part. */
  let sides: number[][] = [];
  let before: number[] = [];
  let z = 0;
  const close = (next: number | undefined) => {
    const top = z + reach(z, next, spacing);
    for (let part = 0; part + 1 < before.length; part += 2) {
      const [left, right] = [sides[part] as number[], sides[part + 1] as number[]];
      const points = [...left, before[part] as number, top, before[part + 1] as number, top];
      for (let n = right.length - 2; n >= 0; n -= 2) points.push(right[n] as number, right[n + 1] as number);
      lines.push({ points, closed: true });
    }
    sides = [];
    before = [];
  };
  for (const plane of planes) {
    const spans = crossings(plane, axis, at);
    const goesOn = before.length > 0 && plane.z - z <= BRIDGE * spacing && joined(before, spans);
    if (!goesOn) {
      const last = before.length > 0 ? z : undefined;
      close(plane.z);
      const bottom = plane.z - reach(plane.z, last === undefined ? undefined : 2 * plane.z - last, spacing);
      sides = spans.map((place) => [place, bottom]);
    }
    spans.forEach((place, n) => {
      sides[n]?.push(place, plane.z);
    });
    before = spans;
    z = plane.z;
  }
  close(undefined);
  return lines;
}

/** How far a blunt end reaches: half a spacing, or half of the way to a nearer neighbour. */
function reach(z: number, next: number | undefined, spacing: number): number {
  return next === undefined ? spacing / 2 : Math.min(spacing, next - z) / 2;
}

function joined(spans: readonly number[], others: readonly number[]): boolean {
  if (spans.length !== others.length) return false;
  for (let part = 0; part + 1 < spans.length; part += 2)
    if (
      (spans[part] as number) >= (others[part + 1] as number) ||
      (others[part] as number) >= (spans[part + 1] as number)
    )
      return false;
  return true;
}
