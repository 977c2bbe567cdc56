import { describe, expect, it } from "vitest";
import { bandPath, linePath, roundStep, roundUp, scaleOf, tickDecimals } from "../../src/cohorts/scale";

describe("a scale", () => {
  it("puts values between its ends and ticks at round values", () => {
    const scale = scaleOf(0, 0.5, 100, 200);
    expect(scale.at(0)).toBe(100);
    expect(scale.at(0.5)).toBe(200);
    expect(scale.ticks).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  it("begins its ticks inside where its end is not round", () => {
    expect(scaleOf(0.37, 1.62, 0, 1).ticks).toEqual([0.5, 0.75, 1, 1.25, 1.5]);
    expect(scaleOf(-0.02, 0.06, 0, 1).ticks).toEqual([-0.02, 0, 0.02, 0.04, 0.06]);
  });

  it("rounds its end up", () => {
    expect(roundUp(0.43)).toBeCloseTo(0.5);
    expect(roundUp(0.5)).toBeCloseTo(0.5);
    expect(roundStep(1, 5)).toBeCloseTo(0.2);
  });

  it("tells ticks with the decimals that they need", () => {
    expect(tickDecimals([0, 0.25, 0.5])).toBe(2);
    expect(tickDecimals([0, 20, 40])).toBe(0);
  });
});

describe("a line", () => {
  it("is broken where a point is not known", () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
      { x: 2, y: null },
      { x: 3, y: 4 },
      { x: 4, y: 5 },
    ];
    expect(linePath(points)).toBe("M0.0 1.0L1.0 2.0M3.0 4.0L4.0 5.0");
  });

  it("has no band where nothing is known", () => {
    expect(bandPath([{ x: 0, low: null, high: null }])).toBe("");
    const band = [
      { x: 0, low: 2, high: 1 },
      { x: 1, low: 3, high: 2 },
    ];
    expect(bandPath(band)).toBe("M0.0 1.0L1.0 2.0L1.0 3.0L0.0 2.0Z");
  });
});
