import { describe, expect, it } from "vitest";
import { countScale, type Label, labelPlaces, loadScale, shareScale } from "../../src/policies/scale";
import { randomNumbers } from "../tiles";

describe("axes of the load plot", () => {
  it("a load of nothing lies at the left edge, the greatest tick at the right", () => {
    const scale = loadScale(107, 60, 800);
    expect(scale.at(0)).toBe(60);
    expect(scale.ticks.at(-1)).toBe(200);
    expect(scale.at(200)).toBeCloseTo(800);
  });

  it("greater loads lie further to the right, and equal ratios about equally far apart", () => {
    const { at } = loadScale(200, 0, 1000);
    const loads = [0, 0.1, 0.33, 1, 2, 5, 10, 20, 50, 100, 200];
    const places = loads.map(at);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect((at(100) - at(50)) / (at(40) - at(20))).toBeCloseTo(1, 1);
  });

  it("counts go up in whole steps, four to eight of them, and hold the greatest", () => {
    for (const most of [1, 3, 5, 9, 17, 60, 240]) {
      const { ticks, at } = countScale(most, 500, 20);
      expect(ticks.every(Number.isInteger)).toBe(true);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(10);
      expect(at(0)).toBe(500);
      expect(at(ticks.at(-1) ?? 0)).toBe(20);
    }
  });

  it("shares run from nothing to all", () => {
    const { at } = shareScale(500, 20);
    expect([at(0), at(1)]).toEqual([500, 20]);
  });
});

describe("names of the marks", () => {
  const boxes = (labels: Label[], places: { x: number; y: number }[]) =>
    places.map(({ x, y }, i) => {
      const half = ((labels[i]?.words.length ?? 0) * 7) / 2;
      return { from: x - half, to: x + half, y };
    });

  it("lie over no other name, whatever the marks", () => {
    const random = randomNumbers(4);
    for (let round = 0; round < 200; round++) {
      const marks = Array.from({ length: 6 }, () => ({
        x: 60 + random() * 600,
        y: 60 + random() * 400,
        words: "news2-continuous".slice(0, 4 + Math.floor(random() * 12)),
      }));
      const found = boxes(marks, labelPlaces(marks, 0, 800));
      for (const [i, one] of found.entries())
        for (const other of found.slice(i + 1))
          expect(one.to <= other.from || one.from >= other.to || Math.abs(one.y - other.y) >= 16).toBe(true);
    }
  });

  it("stay within the plot", () => {
    const [place] = labelPlaces([{ x: 795, y: 100, words: "news2-continuous" }], 0, 800);
    expect((place?.x ?? 0) + (16 * 7) / 2).toBeLessThanOrEqual(800);
  });
});
