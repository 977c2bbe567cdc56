import { describe, expect, it } from "vitest";
import type { DosePlane } from "../../src/plan/dose";
import { type IsoLine, isolines } from "../../src/plan/isodose";

function planeOf(width: number, height: number, at: (u: number, v: number) => number): DosePlane {
  const [u, v, du, dv] = [-20, -15, 2, 1.5];
  const gy = Float32Array.from({ length: width * height }, (_, n) =>
    at(u + (n % width) * du, v + Math.floor(n / width) * dv),
  );
  return { width, height, gy, u, v, du, dv };
}

const pairs = ({ points }: IsoLine) =>
  Array.from({ length: points.length / 2 }, (_, n) => [points[2 * n] ?? 0, points[2 * n + 1] ?? 0] as const);

describe("isodose lines", () => {
  it("of a dose that falls with the distance are circles, closed", () => {
    const plane = planeOf(41, 41, (u, v) => 60 - 2 * Math.hypot(u - 20, v - 15));
    const lines = isolines(plane, 40);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.closed).toBe(true);
    for (const [u, v] of pairs(lines[0] as IsoLine)) expect(Math.hypot(u - 20, v - 15)).toBeCloseTo(10, 1);
  });

  it("of a dose that grows evenly lie exactly at the dose, and end at the border", () => {
    const plane = planeOf(20, 9, (u, v) => 30 + u + 0.5 * v);
    const [line, ...more] = isolines(plane, 31.25);
    expect(more).toEqual([]);
    expect(line?.closed).toBe(false);
    const points = pairs(line as IsoLine);
    for (const [u, v] of points.slice(1, -1)) expect(u + 0.5 * v).toBeCloseTo(1.25, 5);
    // From half a voxel before the first row to half a voxel after the last one, where the dose goes on as it is.
    expect(new Set([points[0]?.[1], points[points.length - 1]?.[1]])).toEqual(new Set([-15.75, -2.25]));
    expect(points[0]?.[0]).toBe(points[1]?.[0]);
  });

  it("go round every hill, and part a saddle by what is higher in its middle", () => {
    const bumps = planeOf(
      41,
      41,
      (u, v) => 50 * Math.exp(-((u - 5) ** 2 + v ** 2) / 50) + 50 * Math.exp(-((u - 35) ** 2 + v ** 2) / 50),
    );
    expect(isolines(bumps, 25).filter(({ closed }) => closed)).toHaveLength(2);
    // High at two corners that face each other: at the first one (u -20, v -15), and across from it.
    for (const [low, apart] of [
      [0, true],
      [4, false],
    ] as const) {
      const lines = isolines({ ...planeOf(2, 2, () => 0), gy: Float32Array.of(10, low, low, 10) }, 6);
      expect(lines).toHaveLength(2);
      // Without their ends, which reach half a voxel beyond the outer centres.
      const crossings = lines.map((line) => pairs(line).slice(1, -1));
      const first = crossings.filter(
        (points) => points.some(([u]) => u === -20) && points.some(([, v]) => v === -15),
      );
      expect(first).toHaveLength(apart ? 1 : 0);
    }
  });

  it("are none above the greatest dose or below the least", () => {
    const plane = planeOf(10, 10, (u) => 20 + u);
    expect(isolines(plane, 99)).toEqual([]);
    expect(isolines(plane, -99)).toEqual([]);
  });
});
