import type { DosePlane } from "./dose";

/** A line through points `u0, v0, u1, v1, …` in mm; closed where it meets itself. */
export interface IsoLine {
  points: number[];
  closed: boolean;
}

/*
 * Marching squares. A cell has its corners at four voxel centres; its edges are numbered top 0, right 1, bottom 2,
 * left 3 ("top" is the lower row). For each of the 16 cases: pairs of edges that a line joins, with the higher dose
 * always on the same side.
 */
const TOP = 0;
const RIGHT = 1;
const BOTTOM = 2;
const LEFT = 3;

/** Where a line that enters through an edge leaves, by case; -1 where none enters there. */
function exitOf(kind: number, from: number, middleIsHigh: boolean): number {
  switch (kind) {
    case 1:
    case 14:
      return other(from, TOP, LEFT);
    case 2:
    case 13:
      return other(from, TOP, RIGHT);
    case 3:
    case 12:
      return other(from, LEFT, RIGHT);
    case 4:
    case 11:
      return other(from, RIGHT, BOTTOM);
    case 6:
    case 9:
      return other(from, TOP, BOTTOM);
    case 7:
    case 8:
      return other(from, LEFT, BOTTOM);
    case 5:
      return middleIsHigh ? (from ^ 1) & 3 : ([LEFT, BOTTOM, RIGHT, TOP][from] ?? -1);
    case 10:
      return middleIsHigh ? ([LEFT, BOTTOM, RIGHT, TOP][from] ?? -1) : (from ^ 1) & 3;
    default:
      return -1;
  }
}

function other(from: number, one: number, two: number): number {
  return from === one ? two : from === two ? one : -1;
}

/** The lines at which the dose of a plane is `level`: linear along the lines between voxel centres. */
export function isolines(plane: DosePlane, level: number): IsoLine[] {
  const { width, height, gy } = plane;
  const columns = width - 1;
  const rows = height - 1;
  if (columns < 1 || rows < 1) return [];
  const kinds = new Uint8Array(columns * rows);
  const starts: number[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0, at = row * width; column < columns; column++, at++) {
      const kind =
        ((gy[at] as number) >= level ? 1 : 0) |
        ((gy[at + 1] as number) >= level ? 2 : 0) |
        ((gy[at + width + 1] as number) >= level ? 4 : 0) |
        ((gy[at + width] as number) >= level ? 8 : 0);
      kinds[row * columns + column] = kind;
      if (kind !== 0 && kind !== 15) starts.push(row * columns + column);
    }
  const used = new Uint8Array(columns * rows);
  const lines: IsoLine[] = [];

  const middleIsHigh = (cell: number) => {
    const at = Math.floor(cell / columns) * width + (cell % columns);
    const sum =
      (gy[at] as number) +
      (gy[at + 1] as number) +
      (gy[at + width] as number) +
      (gy[at + width + 1] as number);
    return sum / 4 >= level;
  };
  const cross = (cell: number, edge: number, points: number[]) => {
    const row = Math.floor(cell / columns) + (edge === BOTTOM ? 1 : 0);
    const column = (cell % columns) + (edge === RIGHT ? 1 : 0);
    const at = row * width + column;
    const here = gy[at] as number;
    const next = gy[edge === TOP || edge === BOTTOM ? at + 1 : at + width] as number;
    const part = (level - here) / (next - here);
    const along = edge === TOP || edge === BOTTOM;
    points.push(
      plane.u + (column + (along ? part : 0)) * plane.du,
      plane.v + (row + (along ? 0 : part)) * plane.dv,
    );
  };
  /** Follow a line out of a cell through an edge, until it ends at the border or comes back. */
  const follow = (first: number, edge: number, points: number[]): boolean => {
    let [cell, out] = [first, edge];
    for (;;) {
      cross(cell, out, points);
      const row = Math.floor(cell / columns) + (out === BOTTOM ? 1 : out === TOP ? -1 : 0);
      const column = (cell % columns) + (out === RIGHT ? 1 : out === LEFT ? -1 : 0);
      if (row < 0 || row >= rows || column < 0 || column >= columns) {
        // The dose goes on for half a voxel beyond the outer centres, as it is there.
        points.push(
          (points[points.length - 2] as number) + (out === RIGHT ? 0.5 : out === LEFT ? -0.5 : 0) * plane.du,
          (points[points.length - 1] as number) + (out === BOTTOM ? 0.5 : out === TOP ? -0.5 : 0) * plane.dv,
        );
        return false;
      }
      cell = row * columns + column;
      const entered = (out + 2) & 3;
      if (((used[cell] as number) >> entered) & 1) return true;
      const left = exitOf(kinds[cell] as number, entered, middleIsHigh(cell));
      used[cell] = (used[cell] as number) | (1 << entered) | (1 << left);
      out = left;
    }
  };

  for (const cell of starts)
    for (const edge of [TOP, RIGHT, BOTTOM, LEFT]) {
      if (((used[cell] as number) >> edge) & 1) continue;
      const exit = exitOf(kinds[cell] as number, edge, middleIsHigh(cell));
      if (exit < 0) continue;
      used[cell] = (used[cell] as number) | (1 << edge) | (1 << exit);
      const ahead: number[] = [];
      const closed = follow(cell, exit, ahead);
      if (closed) {
        lines.push({ points: ahead, closed });
        continue;
      }
      const behind: number[] = [];
      follow(cell, edge, behind);
      const points: number[] = [];
      for (let n = behind.length - 2; n >= 0; n -= 2)
        points.push(behind[n] as number, behind[n + 1] as number);
      lines.push({ points: points.concat(ahead), closed });
    }
  return lines;
}
