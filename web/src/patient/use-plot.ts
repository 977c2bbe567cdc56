import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import type { TimeRange } from "./time-range";

/**
 * Keep a uPlot in an element: made when `make` changes, fed when `data` changes, redrawn when the shared time range
 * changes, and as wide as the element.
 */
export function usePlot(
  element: RefObject<HTMLElement | null>,
  make: (width: number) => uPlot.Options,
  data: uPlot.AlignedData,
  range: TimeRange,
): void {
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const made = new uPlot(make(box.clientWidth), newest.current, box);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (box.clientWidth > 0 && box.clientWidth !== made.width)
        made.setSize({ width: box.clientWidth, height: made.height });
    });
    observer.observe(box);
    const follow = range.subscribe(() => {
      const [min, max] = range.get();
      made.setScale("x", { min, max });
    });
    return () => {
      follow();
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [element, make, range]);

  useEffect(() => {
    const now = plot.current;
    if (!now) return;
    now.setData(data, false);
    const [min, max] = range.get();
    now.setScale("x", { min, max });
  }, [data, range]);
}
