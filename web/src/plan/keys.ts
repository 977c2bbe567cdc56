import { useMemo } from "react";
import { type Keys, useKeys } from "../app/keyboard";
import { ZOOM } from "./camera";
import { PLANES, type PlaneName } from "./space";
import { change, goTo, type Look, type Opened, scroll } from "./state";
import { PRESETS } from "./window";

const MANY = 10;
const STEP = 0.05;

const part = (value: number) => Math.min(Math.max(Math.round(value * 100) / 100, 0), 1);

function zoomBy(opened: Opened, factor: number): void {
  opened.look.set((look) => {
    const camera = look.cameras[look.active];
    const zoom = Math.min(Math.max(camera.zoom * factor, ZOOM.least), ZOOM.most);
    return { ...look, cameras: { ...look.cameras, [look.active]: { ...camera, zoom } } };
  });
}

/** All planes as a whole again. */
export function wholePictures(opened: Opened): void {
  const whole = { zoom: 1, centre: null };
  change(opened, { cameras: { axial: whole, coronal: whole, sagittal: whole } });
}

/** The keys of an opened plan; `?` tells them. */
export function usePlanKeys(opened: Opened): void {
  const keys = useMemo((): Keys => {
    const look = () => opened.look.get();
    const flip = (name: "wash" | "isodoses" | "outlines" | "crosshair") => () =>
      change(opened, { [name]: !look()[name] } as Partial<Look>);
    const step = (by: number) => (event: KeyboardEvent) => {
      event.preventDefault();
      scroll(opened, look().active, by);
    };
    const alone = (plane: PlaneName) => () => change(opened, { large: plane, active: plane });
    const all: Keys = {
      ArrowUp: step(1),
      ArrowDown: step(-1),
      k: step(1),
      j: step(-1),
      PageUp: step(MANY),
      PageDown: step(-MANY),
      Home: (event) => {
        event.preventDefault();
        goTo(opened, look().active, 0);
      },
      End: (event) => {
        event.preventDefault();
        const { active } = look();
        goTo(opened, active, opened.steps.get()[active].length - 1);
      },
      "4": () => change(opened, { large: look().large === "side" ? null : "side" }),
      "0": () => change(opened, { large: null }),
      Escape: () => change(opened, { large: null }),
      d: flip("wash"),
      i: flip("isodoses"),
      o: flip("outlines"),
      x: flip("crosshair"),
      "[": () => change(opened, { opacity: part(look().opacity - STEP) }),
      "]": () => change(opened, { opacity: part(look().opacity + STEP) }),
      ",": () => change(opened, { threshold: part(look().threshold - STEP) }),
      ".": () => change(opened, { threshold: part(look().threshold + STEP) }),
      "+": () => zoomBy(opened, 1.25),
      "-": () => zoomBy(opened, 0.8),
      r: () => wholePictures(opened),
      p: () => change(opened, { tool: "point" }),
      w: () => change(opened, { tool: "window" }),
      h: () => change(opened, { tool: "pan" }),
    };
    PLANES.forEach((plane, n) => {
      all[String(n + 1)] = alone(plane);
    });
    for (const { key, center, width } of PRESETS)
      all[key] = () => change(opened, { window: { center, width } });
    return all;
  }, [opened]);
  useKeys(keys);
}
