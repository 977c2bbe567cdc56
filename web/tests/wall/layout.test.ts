import { describe, expect, it } from "vitest";
import { cellAt, LEAST_HEIGHT, LEAST_WIDTH, scrollTo, wallLayout } from "../../src/wall/layout";
import { randomNumbers } from "../tiles";

describe("where beds stand on the wall", () => {
  it("has room for every bed, and no cell is smaller than can be read", () => {
    const random = randomNumbers(5);
    for (let i = 0; i < 300; i++) {
      const count = 1 + Math.floor(random() * 700);
      const width = LEAST_WIDTH + Math.floor(random() * 3700);
      const height = 300 + Math.floor(random() * 1900);
      const layout = wallLayout(count, width, height);
      expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(count);
      expect(layout.columns * layout.cellWidth).toBeLessThanOrEqual(width);
      expect(layout.cellWidth).toBeGreaterThanOrEqual(LEAST_WIDTH);
      expect(layout.cellHeight).toBeGreaterThanOrEqual(LEAST_HEIGHT);
    }
  });

  it("scrolls only where the smallest cells do not fit", () => {
    expect(wallLayout(500, 3800, 1900).height).toBeLessThanOrEqual(1900);
    expect(wallLayout(500, 1820, 850).height).toBeGreaterThan(850);
  });

  it("finds the bed at every cell's middle, and none beside the cells", () => {
    const layout = wallLayout(25, 1000, 600);
    for (let i = 0; i < 25; i++) {
      const x = ((i % layout.columns) + 0.5) * layout.cellWidth;
      const y = (Math.floor(i / layout.columns) + 0.5) * layout.cellHeight;
      expect(cellAt(layout, 25, x, y)).toBe(i);
    }
    expect(cellAt(layout, 25, -1, 5)).toBe(-1);
    expect(cellAt(layout, 25, layout.columns * layout.cellWidth + 1, 5)).toBe(-1);
    expect(cellAt(layout, 25, 5, layout.height + 5)).toBe(-1);
  });

  it("scrolls a bed into sight, and not at all where it is", () => {
    const layout = wallLayout(500, 1040, 440);
    expect(scrollTo(layout, 0, 200, 440)).toBe(0);
    expect(scrollTo(layout, 15, 0, 440)).toBe(0);
    const last = scrollTo(layout, 499, 0, 440);
    expect(last + 440).toBe(layout.height);
  });
});
