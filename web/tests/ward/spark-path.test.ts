import { describe, expect, it } from "vitest";
import { sparkShape } from "../../src/ward/spark-path";
import { randomNumbers } from "../tiles";

const shape = (values: (number | null)[]) =>
  sparkShape("heart_rate", { start: "2026-11-22T00:00:00Z", step_s: 60, values }, 120, 32);

describe("a spark line", () => {
  it("is nothing where nothing was measured", () => {
    expect(shape([null, null])).toBeNull();
    expect(shape([])).toBeNull();
  });

  it("stops at a gap and starts anew behind it", () => {
    expect(shape([70, 72, null, 71, 70])?.line.match(/M/g)).toHaveLength(2);
  });

  it("shows a single value between two gaps as a dot", () => {
    expect(shape([null, 70, null])?.line).toMatch(/^M[\d.]+ [\d.]+h0$/);
  });

  it("has as many strokes as measured stretches, and gaps exactly as wide as what is missing", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomNumbers(seed);
      const values = Array.from({ length: 60 }, () => (random() < 0.3 ? null : 40 + random() * 90));
      const drawn = shape(values);
      const stretches = values.filter(
        (value, i) => value !== null && (i === 0 || values[i - 1] === null),
      ).length;
      expect(drawn?.line.match(/M/g) ?? []).toHaveLength(stretches);
      const points = drawn?.line.match(/[ML]/g) ?? [];
      expect(points).toHaveLength(values.filter((value) => value !== null).length);
      const hatched = (drawn?.gaps ?? []).reduce((sum, [, width]) => sum + width, 0);
      expect(hatched).toBeCloseTo((values.filter((value) => value === null).length / 60) * 120, 6);
    }
  });

  it("stays inside its box, whatever the values", () => {
    const drawn = shape([20, 250, 90]);
    for (const [, , y] of drawn?.line.matchAll(/[ML]([\d.]+) ([\d.]+)/g) ?? []) {
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(32);
    }
    expect([drawn?.low, drawn?.high]).toEqual([20, 250]);
  });
});
