import { describe, expect, it } from "vitest";
import type { ContoursOfAll, StructureHead } from "../../src/api/imaging-types";
import { contains, outlineOf, planeAt, structuresOf } from "../../src/plan/outlines";

const head = (number: number): StructureHead => ({
  number,
  name: `S${number}`,
  type: "ORGAN",
  colour: "#ff0000",
  contour_planes: 3,
  z_range_mm: [0, 6],
});

type Loop = [number, number][];

const square = (half: number, x = 0, y = 0): Loop => [
  [x - half, y - half],
  [x + half, y - half],
  [x + half, y + half],
  [x - half, y + half],
];

function made(planes: [number, Loop[]][]) {
  const contours: ContoursOfAll = {
    planes: planes.map(([at_mm, loops], k) => ({ k, at_mm, structures: [{ number: 1, loops }] })),
  };
  const [structure] = structuresOf([head(1)], contours);
  if (!structure) throw new Error("no structure");
  return structure;
}

describe("what lies in a structure", () => {
  const ring = made([
    [0, [square(10), square(4)]],
    [3, [square(10), square(4)]],
    [6, [square(10)]],
  ]);

  it("is not what lies in its holes", () => {
    expect(contains(ring, [7, 0, 0])).toBe(true);
    expect(contains(ring, [0, 0, 0])).toBe(false);
    expect(contains(ring, [0, 0, 6])).toBe(true);
    expect(contains(ring, [11, 0, 3])).toBe(false);
  });

  it("is told by the nearest plane, up to half a spacing away", () => {
    expect(planeAt(ring, 1.4)?.z).toBe(0);
    expect(planeAt(ring, 1.6)?.z).toBe(3);
    expect(planeAt(ring, 7.4)?.z).toBe(6);
    expect(planeAt(ring, 7.6)).toBeNull();
    expect(contains(ring, [7, 0, -1.6])).toBe(false);
  });
});

describe("a structure that is cut along its axis", () => {
  const area = (points: ArrayLike<number>) => {
    let sum = 0;
    const count = points.length / 2;
    for (let n = 0; n < count; n++) {
      const m = (n + 1) % count;
      sum +=
        (points[2 * n] ?? 0) * (points[2 * m + 1] ?? 0) - (points[2 * m] ?? 0) * (points[2 * n + 1] ?? 0);
    }
    return Math.abs(sum / 2);
  };

  it("is a rectangle for a box, half a spacing beyond its outer planes", () => {
    const box = made([0, 3, 6].map((z) => [z, [square(5, 2, -1)]]));
    const [line, ...more] = outlineOf(box, "coronal", 0);
    expect(more).toEqual([]);
    expect(line?.closed).toBe(true);
    const points = Array.from(line?.points ?? []);
    expect([
      Math.min(...points.filter((_, n) => n % 2 === 0)),
      Math.max(...points.filter((_, n) => n % 2 === 0)),
    ]).toEqual([-3, 7]);
    expect([
      Math.min(...points.filter((_, n) => n % 2 === 1)),
      Math.max(...points.filter((_, n) => n % 2 === 1)),
    ]).toEqual([-1.5, 7.5]);
    expect(area(points)).toBeCloseTo(90, 9);
    expect(outlineOf(box, "coronal", 4.1)).toEqual([]);
    expect(outlineOf(box, "sagittal", 6.9)).toHaveLength(1);
  });

  it("has its two sides apart where it has a hole, and parts where planes are missing", () => {
    const ring = made([0, 3, 6].map((z) => [z, [square(10), square(4)]]));
    const sides = outlineOf(ring, "sagittal", 0);
    expect(sides.map(({ points }) => area(points))).toEqual([54, 54].map((each) => expect.closeTo(each, 9)));
    const apart = made([0, 3, 12, 15].map((z) => [z, [square(5)]]));
    expect(outlineOf(apart, "coronal", 0)).toHaveLength(2);
  });

  it("begins and ends bluntly where parts join", () => {
    const fork = made([
      [0, [square(2, -6), square(2, 6)]],
      [3, [square(2, -6), square(2, 6)]],
      [6, [square(9)]],
    ]);
    const lines = outlineOf(fork, "coronal", 0);
    expect(lines).toHaveLength(3);
    expect(lines.reduce((sum, { points }) => sum + area(points), 0)).toBeCloseTo(2 * 4 * 6 + 18 * 3, 9);
  });
});
