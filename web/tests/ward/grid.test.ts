import { describe, expect, it } from "vitest";
import { bestGrid } from "../../src/ward/grid";

describe("the grid of the board", () => {
  it.each([
    ["a desk, 1440 by 900", 1360, 756],
    ["a wall, 1920 by 1080", 1840, 936],
    ["a tablet, 1180 by 820", 1100, 676],
  ])("fits 24 beds without scrolling on %s", (_, width, height) => {
    const { columns, rows } = bestGrid(24, width, height);
    expect(columns * rows).toBe(24);
    expect(width / columns).toBeGreaterThanOrEqual(172);
    expect(height / rows).toBeGreaterThanOrEqual(148);
  });

  it("has a place for every bed and no empty row, for any number of beds and any box", () => {
    for (let count = 1; count <= 96; count++)
      for (const [width, height] of [
        [360, 600],
        [800, 500],
        [1360, 756],
        [2400, 1200],
      ] as const) {
        const { columns, rows } = bestGrid(count, width, height);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * (rows - 1)).toBeLessThan(count);
      }
  });
});
