import { describe, expect, it } from "vitest";
import { coarseGrid, nextChunk, spread } from "../../src/plan/load";
import { headFirst } from "./made";

describe("a preview", () => {
  it("lies where the middles of its blocks lie", () => {
    const coarse = coarseGrid(headFirst([4, 6, 8], [3, 2, 1], [10, 20, 30]), [2, 3, 2], [2, 2, 4]);
    expect(coarse.toMm(0, 0, 0)).toEqual([11.5, 21, 31.5]);
    expect(coarse.spacing).toEqual([6, 4, 4]);
  });

  it("fills the whole volume with its blocks", () => {
    const whole = new Int16Array(2 * 3 * 5).fill(-1);
    spread(Int16Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3], [2, 2, 2], whole, [2, 3, 5]);
    const slice = [1, 1, 2, 2, 3, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6];
    expect(Array.from(whole)).toEqual([...slice, ...slice]);
  });
});

describe("the next slices", () => {
  it("are those nearest to what is looked at", () => {
    const waiting = new Set([0, 1, 2, 3, 4]);
    const order: number[] = [];
    for (let next = nextChunk(waiting, 19); next !== null; next = nextChunk(waiting, 19)) {
      order.push(next);
      waiting.delete(next);
    }
    expect(order[0]).toBe(2);
    expect(order.map((each) => Math.abs(each * 8 + 4 - 19))).toEqual(
      [0, 1, 2, 3, 4].map((each) => Math.abs(each * 8 + 4 - 19)).sort((a, b) => a - b),
    );
  });
});
