import { type RefObject, useEffect, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const LEAST = { width: 120, height: 90 };

/** Keep a uPlot that fills an element: made anew when its options or its data change. */
export function useDvhPlot(
  element: RefObject<HTMLElement | null>,
  make: (width: number, height: number) => uPlot.Options,
  data: uPlot.AlignedData,
): uPlot | null {
  const [plot, setPlot] = useState<uPlot | null>(null);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const size = () => ({
      width: Math.max(box.clientWidth, LEAST.width),
      height: Math.max(box.clientHeight, LEAST.height),
    });
    const { width, height } = size();
    const made = new uPlot(make(width, height), data, box);
    setPlot(made);
    const observer = new ResizeObserver(() => {
      const next = size();
      if (next.width !== made.width || next.height !== made.height) made.setSize(next);
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      setPlot(null);
    };
  }, [element, make, data]);
  return plot;
}
