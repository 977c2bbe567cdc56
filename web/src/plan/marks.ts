import { type Projection, toScreen } from "./camera";
import type { Scene } from "./scene";
import { AXES, Grid, type Vec3 } from "./space";

const COLOUR = "rgb(255 84 246 / 92%)";

/** Mark the voxels that a plane passes through. */
export function drawMarks(context: CanvasRenderingContext2D, p: Projection, scene: Scene, point: Vec3): void {
  const { marks, view } = scene;
  const head = marks?.grid === "dose" ? view.dose : view.volume;
  if (!marks || !head) return;
  const grid = new Grid(head.shape, head.affine);
  const { u, v, w } = AXES[p.plane];
  context.fillStyle = COLOUR;
  if (!grid.alongAxes) {
    drawOblique(context, p, grid, marks.runs, point);
    return;
  }
  const here = grid.toIndex(point).map(Math.round) as Vec3;
  // Which of k, j and i runs through the plane.
  const through = grid.alongAxes[w]?.index ?? 0;
  context.beginPath();
  for (const [k, j, from, to] of marks.runs) {
    if (through === 0 && k !== here[0]) continue;
    if (through === 1 && j !== here[1]) continue;
    if (through === 2 && (here[2] < from || here[2] >= to)) continue;
    const [first, last] = through === 2 ? [here[2], here[2] + 1] : [from, to];
    const a = grid.toMm(k - 0.5, j - 0.5, first - 0.5);
    const b = grid.toMm(k + 0.5, j + 0.5, last - 0.5);
    const [x0, y0] = toScreen(p, a[u], a[v]);
    const [x1, y1] = toScreen(p, b[u], b[v]);
    context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  }
  context.fill();
}

/** Of a grid that no plane runs along: a square at the middle of each voxel that the plane cuts. */
function drawOblique(
  context: CanvasRenderingContext2D,
  p: Projection,
  grid: Grid,
  runs: readonly (readonly [number, number, number, number])[],
  point: Vec3,
): void {
  const { u, v, w } = AXES[p.plane];
  context.beginPath();
  for (const [x, y, across, up] of cutVoxels(grid, runs, u, v, w, point[w])) {
    const [x0, y0] = toScreen(p, x - across / 2, y - up / 2);
    const [x1, y1] = toScreen(p, x + across / 2, y + up / 2);
    context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  }
  context.fill();
}

/** The middles, in the plane, of voxels that a plane cuts, and how far they reach across and up. */
export function cutVoxels(
  grid: Grid,
  runs: readonly (readonly [number, number, number, number])[],
  u: number,
  v: number,
  w: number,
  at: number,
): [number, number, number, number][] {
  const reach = (axis: number) =>
    [0, 1, 2].reduce((sum, column) => sum + Math.abs(grid.affine[axis]?.[column] ?? 0), 0);
  const least = (axis: number) =>
    Math.max(...[0, 1, 2].map((column) => Math.abs(grid.affine[axis]?.[column] ?? 0)));
  const [across, up, half] = [least(u), least(v), reach(w) / 2];
  const found: [number, number, number, number][] = [];
  for (const [k, j, from, to] of runs)
    for (let i = from; i < to; i++) {
      const place = grid.toMm(k, j, i);
      if (Math.abs((place[w] ?? 0) - at) <= half) found.push([place[u] ?? 0, place[v] ?? 0, across, up]);
    }
  return found;
}
