import { type RefObject, useEffect } from "react";
import { panned, placeUnder, zoomed } from "./camera";
import type { Painter } from "./painter";
import type { PlaneName } from "./space";
import { change, type Look, type Opened, scroll, type Tool } from "./state";
import { dragged } from "./window";

/** A trackpad tells a turn in small parts; this many pixels are one slice. */
const PIXELS_A_SLICE = 40;
const ZOOM_PACE = 0.0022;

interface Drag {
  tool: Tool;
  x: number;
  y: number;
  from: Look;
}

function toolOf(event: PointerEvent, chosen: Tool): Tool {
  if (event.button === 1 || event.shiftKey) return "pan";
  return event.button === 2 ? "window" : chosen;
}

/** What the pointer does in a plane: points, moves the crosshair, the window or the picture, scrolls, zooms. */
export function usePointing(
  canvas: RefObject<HTMLCanvasElement | null>,
  painter: Painter | null,
  opened: Opened,
  plane: PlaneName,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (!element || !painter) return;
    let drag: Drag | null = null;
    let turned = 0;

    const placeOf = (event: PointerEvent | MouseEvent) =>
      placeUnder(painter.projection(), opened.look.get().point, event.offsetX, event.offsetY);

    function down(event: PointerEvent) {
      const from = opened.look.get();
      drag = { tool: toolOf(event, from.tool), x: event.offsetX, y: event.offsetY, from };
      element?.setPointerCapture(event.pointerId);
      event.preventDefault();
      change(opened, { active: plane, ...(drag.tool === "point" ? { point: placeOf(event) } : {}) });
    }
    function move(event: PointerEvent) {
      if (!painter) return;
      const point = placeOf(event);
      if (!drag) {
        change(opened, { pointed: { plane, point } });
        return;
      }
      const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
      if (drag.tool === "point") change(opened, { point, pointed: { plane, point } });
      else if (drag.tool === "window") change(opened, { window: dragged(drag.from.window, dx, dy) });
      else {
        const { cameras } = opened.look.get();
        const camera = panned(cameras[plane], painter.projection(), dx, dy);
        [drag.x, drag.y] = [event.offsetX, event.offsetY];
        change(opened, { cameras: { ...cameras, [plane]: camera } });
      }
    }
    function up() {
      drag = null;
    }
    function leave() {
      change(opened, { pointed: null });
    }
    function wheel(event: WheelEvent) {
      if (!painter) return;
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        const { cameras } = opened.look.get();
        const factor = Math.exp(-event.deltaY * ZOOM_PACE);
        const camera = zoomed(cameras[plane], painter.projection(), factor, event.offsetX, event.offsetY);
        change(opened, { cameras: { ...cameras, [plane]: camera }, active: plane });
        return;
      }
      // A wheel tells whole notches, in pixels or lines; whatever the size, one notch is one slice.
      const notch = event.deltaMode !== 0 || Math.abs(event.deltaY) >= 100;
      turned += notch ? Math.sign(event.deltaY) * PIXELS_A_SLICE : event.deltaY;
      const slices = Math.trunc(turned / PIXELS_A_SLICE);
      turned -= slices * PIXELS_A_SLICE;
      if (slices !== 0) {
        scroll(opened, plane, -slices);
        change(opened, { pointed: { plane, point: placeOf(event) } });
      }
    }
    function double() {
      const { large } = opened.look.get();
      change(opened, { large: large === plane ? null : plane, active: plane });
    }
    const still = (event: Event) => event.preventDefault();

    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("dblclick", double);
    element.addEventListener("contextmenu", still);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("dblclick", double);
      element.removeEventListener("contextmenu", still);
    };
  }, [canvas, painter, opened, plane]);
}
