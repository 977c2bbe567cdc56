import type { Affine, Shape } from "../../src/api/imaging-types";
import { Grid } from "../../src/plan/space";

/** A grid of steps along k, j and i, each a direction in x, y, z. */
export function gridOf(shape: Shape, first: number[], ...steps: [number[], number[], number[]]): Grid {
  const affine: Affine = [0, 1, 2].map((row) => [...steps.map((step) => step[row] ?? 0), first[row] ?? 0]);
  return new Grid(shape, [...affine, [0, 0, 0, 1]]);
}

/** Head first, supine: columns to the left, rows to the back, slices to the head. */
export function headFirst(shape: Shape, spacing: [number, number, number], first = [0, 0, 0]): Grid {
  const [z, y, x] = spacing;
  return gridOf(shape, first, [0, 0, z], [0, y, 0], [x, 0, 0]);
}
