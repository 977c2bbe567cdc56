import type { PlanView, RunsAnswer } from "../api/imaging-types";
import type { Dose } from "./dose";
import { middleOf, type Outline, type Structure } from "./outlines";
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
  /** Where the patient is in the image. */
  body: Box | null;
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
    body: null,
    cuts: {},
  };
}

export type Box = [Vec3, Vec3];

/** What a whole picture shows: the patient; where that is not known, everything there is. */
export function boxOf(scene: Scene): Box {
  if (scene.body) return scene.body;
  if (scene.view.bounds_mm) return scene.view.bounds_mm;
  const boxes = [scene.volume?.grid.box, scene.dose?.grid.box].filter((each) => each !== undefined);
  if (boxes.length === 0) return NOWHERE;
  return boxes.reduce(([low, high], [from, to]) => [
    low.map((each, axis) => Math.min(each, from[axis] ?? each)) as Vec3,
    high.map((each, axis) => Math.max(each, to[axis] ?? each)) as Vec3,
  ]);
}

const NOWHERE: Box = [
  [-100, -100, -100],
  [100, 100, 100],
];

/** Where the patient is by the outline that was drawn; null where none was. */
export function outlinedBody(structures: readonly Structure[]): Box | null {
  const outline = structures.find(({ type, planes }) => type === "EXTERNAL" && planes.length > 1);
  if (!outline) return null;
  const { planes } = outline;
  const boxes = planes.map(({ box }) => box);
  return [
    [
      Math.min(...boxes.map((box) => box[0])) - ROOM,
      Math.min(...boxes.map((box) => box[1])) - ROOM,
      (planes[0]?.z ?? 0) - ROOM,
    ],
    [
      Math.max(...boxes.map((box) => box[2])) + ROOM,
      Math.max(...boxes.map((box) => box[3])) + ROOM,
      (planes[planes.length - 1]?.z ?? 0) + ROOM,
    ],
  ];
}

/** Denser than this, in HU, is no air. */
const AIR = -400;
/** How much of the densest slice a slice must hold to be part of the patient. */
const SHARE = 0.02;
/** Room round the patient, mm. */
const ROOM = 12;

/** Where the patient is in a CT: the slices along x, y and z that hold more than air; null if that leads nowhere. */
export function bodyOf(volume: Volume): Box | null {
  const { lines, stored, slope, intercept } = volume;
  if (!lines || Math.min(...lines.map(({ count }) => count)) < FEW) return null;
  const dense = (AIR - intercept) / slope;
  const low: Vec3 = [0, 0, 0];
  const high: Vec3 = [0, 0, 0];
  const [x, y, z] = lines;
  const ofX = new Int32Array(x.count);
  const ofY = new Int32Array(y.count);
  const ofZ = new Int32Array(z.count);
  for (let c = 0, slice = z.offset; c < z.count; c++, slice += z.stride)
    for (let b = 0, row = slice + y.offset; b < y.count; b++, row += y.stride) {
      let here = 0;
      for (let a = 0, at = row + x.offset; a < x.count; a++, at += x.stride)
        if ((stored[at] as number) > dense) {
          ofX[a] = (ofX[a] as number) + 1;
          here++;
        }
      ofY[b] = (ofY[b] as number) + here;
      ofZ[c] = (ofZ[c] as number) + here;
    }
  const counts = [ofX, ofY, ofZ] as const;
  for (const axis of [0, 1, 2] as const) {
    const least = Math.max(2, SHARE * Math.max(...counts[axis]));
    const first = counts[axis].findIndex((count) => count >= least);
    const last = counts[axis].findLastIndex((count) => count >= least);
    const { positions, step } = lines[axis];
    if (first < 0) return null;
    low[axis] = (positions[first] ?? 0) - step / 2 - ROOM;
    high[axis] = (positions[last] ?? 0) + step / 2 + ROOM;
  }
  return [low, high];
}

const FEW = 4;

/** The places that scrolling stops at: the image's own; of hardly any image, those of contours or dose. */
export function stepsOf(scene: Scene, plane: PlaneName): Float64Array {
  const axis = AXES[plane].w;
  const { axial } = scene.view;
  if (plane === "axial" && axial && scene.volume?.lines?.[2].even !== false) {
    const places = Array.from(
      { length: axial.end - axial.start },
      (_, n) => axial.origin_mm + (axial.start + n) * axial.step_mm,
    );
    return Float64Array.from(places.sort((a, b) => a - b));
  }
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

/** Where to begin: in the middle of the main target; failing that where the server says, or at the greatest dose. */
export function startPoint(scene: Scene): Vec3 {
  const rank = ({ type }: Structure) => TARGETS.indexOf((type ?? "").toUpperCase());
  const [target] = (scene.structures ?? [])
    .filter(({ type, planes }) => isTarget(type) && planes.length > 0)
    .sort((a, b) => rank(a) - rank(b) || b.planes.length - a.planes.length);
  const middle = target && middleOf(target);
  if (middle) return middle;
  if (scene.view.focus_mm) return [...scene.view.focus_mm];
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

const TARGETS = ["PTV", "CTV", "ITV", "GTV"];

export function isTarget(type: string | null): boolean {
  return TARGETS.includes((type ?? "").toUpperCase());
}
