import { keep, read } from "../state/preferences";
import { createStore, type Store, usePart } from "../state/store";
import { SCALES, type ScaleName } from "./colours";
import type { Scene } from "./scene";
import { AXES, nearest, type PlaneName, type Vec3 } from "./space";
import type { Window } from "./window";

/** Where a plane is looked at: so many times the size that fits, round a centre in mm (null: that of what is there). */
export interface Camera {
  zoom: number;
  centre: [number, number] | null;
}

export type Tool = "point" | "window" | "pan";
export const TOOLS: readonly Tool[] = ["point", "window", "pan"];

/** How a plan is looked at. */
export interface Look {
  /** What the planes go through. */
  point: Vec3;
  /** The plane that keys work on. */
  active: PlaneName;
  /** The plane that fills the place of all, or what stands beside them; null for all. */
  large: PlaneName | "side" | null;
  cameras: Record<PlaneName, Camera>;
  window: Window;
  tool: Tool;
  wash: boolean;
  opacity: number;
  /** Part of the reference dose below which there is no wash. */
  threshold: number;
  scale: ScaleName;
  isodoses: boolean;
  /** In percent of the reference dose, falling. */
  levels: number[];
  outlines: boolean;
  hidden: ReadonlySet<number>;
  /** The structure that is pointed at, in the list or in the histogram. */
  highlighted: number | null;
  crosshair: boolean;
  /** The place under the pointer. */
  pointed: { plane: PlaneName; point: Vec3 } | null;
}

const WHOLE: Camera = { zoom: 1, centre: null };
export const LEVELS = [107, 100, 95, 90, 80, 70, 50, 30, 10];

const kept = read("fyr.dose_scale");
const keptScale = SCALES.find((name) => name === kept) ?? "even";

export function startLook(window: Window): Look {
  return {
    point: [0, 0, 0],
    active: "axial",
    large: null,
    cameras: { axial: WHOLE, coronal: WHOLE, sagittal: WHOLE },
    window,
    tool: "point",
    wash: true,
    opacity: 0.45,
    threshold: 0.2,
    scale: keptScale,
    isodoses: true,
    levels: LEVELS,
    outlines: true,
    hidden: new Set(),
    highlighted: null,
    crosshair: true,
    pointed: null,
  };
}

/** A plan that is open: what there is of it, how it is looked at, and where scrolling stops. */
export interface Opened {
  scene: Store<Scene>;
  look: Store<Look>;
  steps: Store<Record<PlaneName, Float64Array>>;
}

export function open(scene: Scene, window: Window): Opened {
  const none = new Float64Array(0);
  return {
    scene: createStore(scene),
    look: createStore(startLook(window)),
    steps: createStore<Record<PlaneName, Float64Array>>({ axial: none, coronal: none, sagittal: none }),
  };
}

export function change(opened: Opened, part: Partial<Look>): void {
  opened.look.set((look) => ({ ...look, ...part }));
}

export function chooseScale(opened: Opened, scale: ScaleName): void {
  keep("fyr.dose_scale", scale);
  change(opened, { scale });
}

/** Go so many steps through a plane. */
export function scroll(opened: Opened, plane: PlaneName, by: number): void {
  const steps = opened.steps.get()[plane];
  const { w } = AXES[plane];
  const { point } = opened.look.get();
  const at = nearest(steps, point[w]);
  goTo(opened, plane, Math.min(Math.max(at + by, 0), steps.length - 1));
}

/** Go to a step of a plane. */
export function goTo(opened: Opened, plane: PlaneName, at: number): void {
  const place = opened.steps.get()[plane][at];
  if (place === undefined) return;
  opened.look.set((look) => {
    const point: Vec3 = [...look.point];
    point[AXES[plane].w] = place;
    return { ...look, point, active: plane };
  });
}

export function toggleStructure(opened: Opened, number: number): void {
  opened.look.set((look) => {
    const hidden = new Set(look.hidden);
    if (!hidden.delete(number)) hidden.add(number);
    return { ...look, hidden };
  });
}

/** The parts of a look that do not change while somebody points or scrolls. */
const SETTINGS = [
  "window",
  "tool",
  "wash",
  "opacity",
  "threshold",
  "scale",
  "isodoses",
  "levels",
  "crosshair",
] as const satisfies readonly (keyof Look)[];

type Setting = Pick<Look, (typeof SETTINGS)[number]>;

const settingOf = (() => {
  let last: Look | null = null;
  return (look: Look): Setting => {
    if (!last || SETTINGS.some((name) => last?.[name] !== look[name])) last = look;
    return last;
  };
})();

/** What is set; re-renders only when that changes. */
export function useSetting(opened: Opened): Setting {
  return usePart(opened.look, settingOf);
}
