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
  if (!grid.alongAxes) return;
  const { u, v, w } = AXES[p.plane];
  const here = grid.toIndex(point).map(Math.round) as Vec3;
  // Which of k, j and i runs through the plane.
  const through = grid.alongAxes[w]?.index ?? 0;
  context.fillStyle = COLOUR;
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
