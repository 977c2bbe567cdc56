import { useEffect } from "react";
import { imagingApi } from "../api/imaging";
import { AXES } from "./space";
import type { Opened } from "./state";

const REST_MS = 180;

/**
 * While somebody scrolls, outlines across the drawn planes are drawn at once from the contours (`outlines.ts`). At rest
 * the server is asked: it fills the space between drawn planes as it does for the histogram's volume.
 */
export function useSettledCuts(opened: Opened, patient: string, view: string, ready: boolean): void {
  useEffect(() => {
    if (!ready) return;
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const asked = new Map<string, number>();
    let stopped = false;
    function look() {
      const { point } = opened.look.get();
      for (const plane of ["coronal", "sagittal"] as const) {
        const at = point[AXES[plane].w];
        if (asked.get(plane) === at) continue;
        asked.set(plane, at);
        clearTimeout(timers.get(plane));
        timers.set(
          plane,
          setTimeout(() => void ask(plane, at), REST_MS),
        );
      }
    }
    async function ask(plane: "coronal" | "sagittal", at: number) {
      try {
        const { structures } = await imagingApi.cut(patient, view, plane, at);
        if (stopped || asked.get(plane) !== at) return;
        const outlines = new Map(
          structures.map(({ number, loops }) => [
            number,
            loops.map((loop) => ({ points: loop.flat(), closed: true })),
          ]),
        );
        opened.scene.set((scene) => ({ ...scene, cuts: { ...scene.cuts, [plane]: { at, outlines } } }));
      } catch {
        // The lines drawn from the contours stay.
      }
    }
    look();
    const stop = opened.look.subscribe(look);
    return () => {
      stopped = true;
      stop();
      for (const timer of timers.values()) clearTimeout(timer);
    };
  }, [opened, patient, view, ready]);
}
