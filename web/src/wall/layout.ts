/** Where the beds stand on the wall: pure arithmetic in CSS pixels. */

export interface WallLayout {
  columns: number;
  rows: number;
  cellWidth: number;
  cellHeight: number;
  /** Of all rows; more than the box where they do not fit. */
  height: number;
}

/** A cell below this cannot be read. */
export const LEAST_WIDTH = 104;
export const LEAST_HEIGHT = 44;
/** From this height on a cell has a line of words. */
export const ROOMY_HEIGHT = 58;
const SHAPE = 1.9;

/** The largest cells with which so many beds fit into a box; the smallest that can be read where they do not fit. */
export function wallLayout(count: number, width: number, height: number): WallLayout {
  const most = Math.max(1, Math.floor(width / LEAST_WIDTH));
  let best: WallLayout | null = null;
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.max(1, Math.ceil(count / columns));
    const cellWidth = Math.floor(width / columns);
    const cellHeight = Math.min(Math.floor(height / rows), Math.round(cellWidth / 1.2));
    if (cellHeight < LEAST_HEIGHT) continue;
    const layout = { columns, rows, cellWidth, cellHeight, height: rows * cellHeight };
    const size = (each: WallLayout) => Math.min(each.cellWidth, each.cellHeight * SHAPE);
    if (!best || size(layout) > size(best)) best = layout;
  }
  if (best) return best;
  const rows = Math.max(1, Math.ceil(count / most));
  return {
    columns: most,
    rows,
    cellWidth: Math.floor(width / most),
    cellHeight: LEAST_HEIGHT,
    height: rows * LEAST_HEIGHT,
  };
}

/** Which bed is at a point of the wall, counted from the top left; -1 where there is none. */
export function cellAt(layout: WallLayout, count: number, x: number, y: number): number {
  const column = Math.floor(x / layout.cellWidth);
  const row = Math.floor(y / layout.cellHeight);
  const index = row * layout.columns + column;
  return x < 0 || y < 0 || column >= layout.columns || index >= count ? -1 : index;
}

/** Where to scroll so that a bed is in sight; `top` where it is already. */
export function scrollTo(layout: WallLayout, index: number, top: number, height: number): number {
  const from = Math.floor(index / layout.columns) * layout.cellHeight;
  if (from < top) return from;
  return from + layout.cellHeight > top + height ? from + layout.cellHeight - height : top;
}
