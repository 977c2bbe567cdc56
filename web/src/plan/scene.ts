import type { PlanView, RunsAnswer } from "../api/imaging-types";
import type { Dose } from "./dose";
import type { Outline, Structure } from "./outlines";
import { AXES, PLANES, type PlaneName, type Vec3 } from "./space";
import type { Volume } from "./volume";

/** Voxels marked in the planes, in rows of a grid. */
export interface Marks {
  runs: RunsAnswer["runs"];
  grid: "volume" | "dose";
}

/** Everything that can be drawn of a view, as far as it has come. */
export interface Scene {
  view: PlanView;
  /** The coarse picture at first, then the whole, filled in slice by slice. */
  volume: Volume | null;
  /** Raised whenever voxels of the volume changed in place. */
  volumeTurn: number;
  /** Which slices are whole. */
  loaded: Uint8Array;
  dose: Dose | null;
  structures: Structure[] | null;
  /** 100 %: the prescription where there is one, or the greatest dose. */
  reference: { gy: number; isPrescription: boolean } | null;
  /** The top of the colour scale, Gy. */
  top: number;
  marks: Marks | null;
  /** The server's outlines across the drawn planes, for the places that were last looked at at rest. */
  cuts: Partial<Record<PlaneName, { at: number; outlines: Map<number, Outline[]> }>>;
}

export function emptyScene(view: PlanView): Scene {
  const prescription = view.dose?.prescription_gy ?? view.plan?.prescription_gy ?? null;
  const greatest = view.dose?.max_gy ?? 0;
  const gy = prescription && prescription > 0 ? prescription : greatest;
  return {
    view,
    volume: null,
    volumeTurn: 0,
    loaded: new Uint8Array(view.volume?.shape[0] ?? 0),
    dose: null,
    structures: null,
    reference: gy > 0 ? { gy, isPrescription: gy === prescription } : null,
    top: Math.max(greatest, 1e-3),
    marks: null,
    cuts: {},
  };
}

export type Box = [Vec3, Vec3];

/** Room round the patient's outline, mm. */
const ROOM = 15;

/** What a whole picture shows: the patient, where the outline is drawn; else image and dose, else the contours. */
export function boxOf(scene: Scene): Box {
  const outline = scene.structures?.find(({ type, planes }) => type === "EXTERNAL" && planes.length > 1);
  if (outline) {
    const [low, high] = contourBox(outline);
    return [low.map((each) => each - ROOM) as Vec3, high.map((each) => each + ROOM) as Vec3];
  }
  const boxes: Box[] = [];
  if (scene.volume) boxes.push(scene.volume.grid.box);
  if (scene.dose) boxes.push(scene.dose.grid.box);
  if (boxes.length === 0)
    for (const structure of scene.structures ?? [])
      if (structure.planes.length > 0) boxes.push(contourBox(structure));
  const low: Vec3 = [Infinity, Infinity, Infinity];
  const high: Vec3 = [-Infinity, -Infinity, -Infinity];
  for (const [from, to] of boxes)
    for (const axis of [0, 1, 2] as const) {
      low[axis] = Math.min(low[axis], from[axis]);
      high[axis] = Math.max(high[axis], to[axis]);
    }
  return Number.isFinite(low[0])
    ? [low, high]
    : [
        [-100, -100, -100],
        [100, 100, 100],
      ];
}

function contourBox({ planes }: Structure): Box {
  const low: Vec3 = [Infinity, Infinity, planes[0]?.z ?? 0];
  const high: Vec3 = [-Infinity, -Infinity, planes[planes.length - 1]?.z ?? 0];
  for (const { loops } of planes)
    for (const loop of loops)
      for (let n = 0; n < loop.length; n++) {
        const axis = (n & 1) as 0 | 1;
        low[axis] = Math.min(low[axis], loop[n] ?? 0);
        high[axis] = Math.max(high[axis], loop[n] ?? 0);
      }
  return [low, high];
}

const FEW = 4;

/** The places that scrolling stops at: the image's own; of hardly any image, those of contours or dose. */
export function stepsOf(scene: Scene, plane: PlaneName): Float64Array {
  const axis = AXES[plane].w;
  const ofImage = scene.volume?.positions(axis) ?? new Float64Array(0);
  if (ofImage.length >= FEW) return ofImage;
  const places = new Set<number>(Array.from(ofImage, (each) => Math.round(each * 100) / 100));
  if (axis === 2)
    for (const { heights } of scene.structures ?? [])
      for (const z of heights) places.add(Math.round(z * 100) / 100);
  if (places.size < FEW && scene.dose) {
    const { grid } = scene.dose;
    const [low, high] = grid.box;
    const step = Math.min(...grid.spacing);
    for (let place = low[axis] + step / 2; place < high[axis]; place += step)
      places.add(Math.round(place * 100) / 100);
  }
  return Float64Array.from([...places].sort((a, b) => a - b));
}

export function allSteps(scene: Scene): Record<PlaneName, Float64Array> {
  return Object.fromEntries(PLANES.map((plane) => [plane, stepsOf(scene, plane)])) as Record<
    PlaneName,
    Float64Array
  >;
}

/** Where to begin: in the middle of the targets; failing them of the high dose, the structures, the image. */
export function startPoint(scene: Scene): Vec3 {
  const targets = (scene.structures ?? []).filter(({ type, planes }) => isTarget(type) && planes.length > 0);
  const target = targets.sort((a, b) => b.planes.length - a.planes.length)[0];
  const plane = target?.planes[target.planes.length >> 1];
  const loop = plane?.loops[0];
  if (plane && loop) {
    let [x, y] = [0, 0];
    for (let n = 0; n < loop.length; n += 2) {
      x += loop[n] ?? 0;
      y += loop[n + 1] ?? 0;
    }
    return [(2 * x) / loop.length, (2 * y) / loop.length, plane.z];
  }
  if (scene.dose) {
    const { gy, grid } = scene.dose;
    let most = 0;
    for (let n = 1; n < gy.length; n++) if ((gy[n] as number) > (gy[most] as number)) most = n;
    const [, nj, ni] = grid.shape;
    return grid.toMm(Math.floor(most / (nj * ni)), Math.floor(most / ni) % nj, most % ni);
  }
  const [low, high] = boxOf(scene);
  return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
}

const TARGETS = new Set(["PTV", "CTV", "GTV", "ITV"]);

export function isTarget(type: string | null): boolean {
  return TARGETS.has((type ?? "").toUpperCase());
}
