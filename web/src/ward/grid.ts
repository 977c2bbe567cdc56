import { type RefObject, useEffect, useState } from "react";

export interface Grid {
  columns: number;
  rows: number;
}

const MIN_WIDTH = 172;
const MIN_HEIGHT = 148;
/** Width to height at which a tile reads best. */
const SHAPE = 1.3;

/** How many columns let so many tiles fill a box with tiles nearest to the best shape, none too narrow. */
export function bestGrid(count: number, width: number, height: number): Grid {
  const most = Math.max(1, Math.min(count || 1, Math.floor(width / MIN_WIDTH)));
  let best: Grid = { columns: most, rows: Math.ceil(count / most) };
  let bestScore = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.max(1, Math.ceil(count / columns));
    const tileHeight = height / rows;
    const empty = (columns * rows - count) / (columns * rows);
    const tooLow = Math.max(0, MIN_HEIGHT - tileHeight) / MIN_HEIGHT;
    const score = Math.abs(Math.log(width / columns / tileHeight / SHAPE)) + empty + tooLow * 20;
    if (score < bestScore) {
      bestScore = score;
      best = { columns, rows };
    }
  }
  return best;
}

/** The best grid for a box, kept right as the box changes its size. */
export function useGrid(box: RefObject<HTMLElement | null>, count: number): Grid {
  const [grid, setGrid] = useState<Grid>({ columns: 6, rows: 4 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const next = bestGrid(count, element.clientWidth, element.clientHeight);
      setGrid((now) => (now.columns === next.columns && now.rows === next.rows ? now : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, count]);
  return grid;
}
