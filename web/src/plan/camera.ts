import { type Box, boxOf, type Scene } from "./scene";
import { AXES, type PlaneName, type Vec3 } from "./space";
import type { Camera } from "./state";

/** How millimetres of a plane become pixels of its canvas. */
export interface Projection {
  plane: PlaneName;
  /** Pixels per mm. */
  scale: number;
  width: number;
  height: number;
  centre: [number, number];
  down: 1 | -1;
}

const MARGIN = 0.98;
export const ZOOM = { least: 0.5, most: 24 };

export function project(
  plane: PlaneName,
  camera: Camera,
  box: Box,
  width: number,
  height: number,
): Projection {
  const { u, v, down } = AXES[plane];
  const [low, high] = box;
  const fit = Math.min(width / (high[u] - low[u]), height / (high[v] - low[v])) * MARGIN;
  const centre: [number, number] = camera.centre ?? [(low[u] + high[u]) / 2, (low[v] + high[v]) / 2];
  return { plane, scale: fit * camera.zoom, width, height, centre, down };
}

export function toScreen(p: Projection, u: number, v: number): [number, number] {
  return [(u - p.centre[0]) * p.scale + p.width / 2, (v - p.centre[1]) * p.down * p.scale + p.height / 2];
}

export function toPlane(p: Projection, x: number, y: number): [number, number] {
  return [(x - p.width / 2) / p.scale + p.centre[0], ((y - p.height / 2) / p.scale) * p.down + p.centre[1]];
}

/** The place in the patient under a pixel of a plane that goes through a point. */
export function placeUnder(p: Projection, through: Vec3, x: number, y: number): Vec3 {
  const { u, v } = AXES[p.plane];
  const place: Vec3 = [...through];
  [place[u], place[v]] = toPlane(p, x, y);
  return place;
}

/** Zoom round a pixel, which stays where it is. */
export function zoomed(camera: Camera, p: Projection, factor: number, x: number, y: number): Camera {
  const zoom = Math.min(Math.max(camera.zoom * factor, ZOOM.least), ZOOM.most);
  const scale = (p.scale / camera.zoom) * zoom;
  const [u, v] = toPlane(p, x, y);
  return {
    zoom,
    centre: [u - (x - p.width / 2) / scale, v - ((y - p.height / 2) / scale) * p.down],
  };
}

/** Move the picture by so many pixels. */
export function panned(camera: Camera, p: Projection, dx: number, dy: number): Camera {
  return {
    zoom: camera.zoom,
    centre: [p.centre[0] - dx / p.scale, p.centre[1] - (dy / p.scale) * p.down],
  };
}

/** A length that fits a scale bar: 1, 2 or 5 times a power of ten, mm. */
export function barLength(scale: number, room: number): number {
  const most = room / scale;
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
}

/** The box that the planes show; it changes only with what there is, not with every slice that comes. */
export function boxKept(): (scene: Scene) => Box {
  let key: unknown[] = [];
  let box: Box | null = null;
  return (scene) => {
    const now = [scene.body, scene.view, scene.body ? null : scene.volume?.grid, scene.dose];
    if (!box || now.some((each, n) => each !== key[n])) {
      key = now;
      box = boxOf(scene);
    }
    return box;
  };
}
