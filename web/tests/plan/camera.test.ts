import { describe, expect, it } from "vitest";
import { barLength, panned, placeUnder, project, toPlane, toScreen, zoomed } from "../../src/plan/camera";
import type { Box } from "../../src/plan/scene";
import { PLANES } from "../../src/plan/space";

const BOX: Box = [
  [-200, -100, -300],
  [200, 150, 100],
];
const WHOLE = { zoom: 1, centre: null };

describe("a plane on the screen", () => {
  it.each(PLANES)("leads from pixel to place and back: %s", (plane) => {
    const p = project(plane, { zoom: 2, centre: [10, -20] }, BOX, 640, 400);
    const [u, v] = toPlane(p, 123, 321);
    const [x, y] = toScreen(p, u, v);
    expect(x).toBeCloseTo(123, 9);
    expect(y).toBeCloseTo(321, 9);
  });

  it("shows the whole box, whatever the shape of its room", () => {
    for (const plane of PLANES)
      for (const [width, height] of [
        [640, 200],
        [200, 640],
      ] as const) {
        const p = project(plane, WHOLE, BOX, width, height);
        for (const u of [0, 1] as const)
          for (const v of [0, 1] as const) {
            const axes = { axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] }[plane] as [
              0 | 1 | 2,
              0 | 1 | 2,
            ];
            const [x, y] = toScreen(p, BOX[u][axes[0]], BOX[v][axes[1]]);
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x).toBeLessThanOrEqual(width);
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y).toBeLessThanOrEqual(height);
          }
      }
  });

  it("has the head on top and the patient's left at the right", () => {
    const p = project("coronal", WHOLE, BOX, 400, 400);
    expect(toScreen(p, 0, 90)[1]).toBeLessThan(toScreen(p, 0, -90)[1]);
    expect(toScreen(p, 90, 0)[0]).toBeGreaterThan(toScreen(p, -90, 0)[0]);
  });

  it.each(PLANES)("zooms round the pixel under the pointer, and moves with it: %s", (plane) => {
    const p = project(plane, WHOLE, BOX, 640, 400);
    const place = placeUnder(p, [1, 2, 3], 111, 222);
    const closer = project(plane, zoomed(WHOLE, p, 3, 111, 222), BOX, 640, 400);
    placeUnder(closer, [1, 2, 3], 111, 222).forEach((each, n) => {
      expect(each).toBeCloseTo(place[n] ?? 0, 9);
    });
    expect(closer.scale).toBeCloseTo(3 * p.scale, 9);
    const moved = project(plane, panned(WHOLE, p, 30, -12), BOX, 640, 400);
    placeUnder(moved, [1, 2, 3], 141, 210).forEach((each, n) => {
      expect(each).toBeCloseTo(place[n] ?? 0, 9);
    });
  });
});

describe("a scale bar", () => {
  it("is a round length that fits", () => {
    expect([barLength(1, 120), barLength(2, 120), barLength(0.4, 100), barLength(30, 100)]).toEqual([
      100, 50, 200, 2,
    ]);
  });
});
