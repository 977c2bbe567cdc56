import type { ContoursOfAll, StructureHead } from "../api/imaging-types";
import { nearest, type PlaneName, type Vec3 } from "./space";

/** One contour: `x0, y0, x1, y1, …` in mm, joined end to start. */
type Loop = Float64Array;

interface ContourPlane {
  z: number;
  loops: Loop[];
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
  for (const { z_mm, structures } of contours.planes)
    for (const { number, loops } of structures)
      planes.get(number)?.push({ z: z_mm, loops: loops.map((loop) => Float64Array.from(loop.flat())) });
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

function usualGap(heights: Float64Array): number {
  const gaps = Array.from(heights.subarray(1), (z, n) => z - (heights[n] ?? 0)).sort((a, b) => a - b);
  return gaps[gaps.length >> 1] ?? 0;
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
export function crossings(loops: readonly Loop[], axis: 0 | 1, at: number): number[] {
  const found: number[] = [];
  for (const loop of loops) {
    const end = loop.length;
    for (let a = end - 2, b = 0; b < end; a = b, b += 2) {
      const [from, to] = [loop[a + axis] as number, loop[b + axis] as number];
      if (from > at === to > at) continue;
      const [other0, other1] = [loop[a + 1 - axis] as number, loop[b + 1 - axis] as number];
      found.push(other0 + ((at - from) / (to - from)) * (other1 - other0));
    }
  }
  return found.sort((a, b) => a - b);
}

/** The widest gap between two planes over which a structure goes on, in usual spacings. */
const BRIDGE = 1.6;

/**
 * A structure cut along its axis. Its planes were drawn one by one: where two neighbours have the same number of
 * parts that overlap, their sides are joined; everywhere else it ends half a spacing beyond the plane, bluntly. The
 * line is that of the drawn contours; how the histogram fills the space between them is finer (see its documents).
 */
function cut(structure: Structure, axis: 0 | 1, at: number): Outline[] {
  const { planes, spacing } = structure;
  const rows = planes.map(({ z, loops }) => ({ z, spans: crossings(loops, axis, at) }));
  const lines: Outline[] = [];
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as (typeof rows)[0];
    if (row.spans.length === 0) continue;
    const above = rows[n + 1];
    const below = rows[n - 1];
    const goesOn =
      above !== undefined && above.z - row.z <= BRIDGE * spacing && joined(row.spans, above.spans);
    const cameOn =
      below !== undefined && row.z - below.z <= BRIDGE * spacing && joined(row.spans, below.spans);
    if (goesOn)
      for (let side = 0; side < row.spans.length; side++)
        lines.push({
          points: [row.spans[side] as number, row.z, above.spans[side] as number, above.z],
          closed: false,
        });
    for (let part = 0; part + 1 < row.spans.length; part += 2) {
      const [from, to] = [row.spans[part] as number, row.spans[part + 1] as number];
      if (!goesOn) lines.push(cap(from, to, row.z, reach(row.z, above?.z, spacing)));
      if (!cameOn) lines.push(cap(from, to, row.z, -reach(-row.z, below && -below.z, spacing)));
    }
  }
  return lines;
}

/** How far a blunt end reaches: half a spacing, or half of the way to a nearer neighbour. */
function reach(z: number, next: number | undefined, spacing: number): number {
  return next === undefined ? spacing / 2 : Math.min(spacing, next - z) / 2;
}

function cap(from: number, to: number, z: number, by: number): Outline {
  return { points: [from, z, from, z + by, to, z + by, to, z], closed: false };
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
