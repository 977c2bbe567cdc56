import { describe, expect, it } from "vitest";
import type { PlanView } from "../../src/api/imaging-types";
import { structuresOf } from "../../src/plan/outlines";
import { bodyOf, emptyScene, startPoint, stepsOf } from "../../src/plan/scene";
import { Volume } from "../../src/plan/volume";
import { headFirst } from "./made";

const VIEW: PlanView = { volume: null, dose: null, structures: [], plan: null, notes: [] };

const square: [number, number][] = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
];

function drawn(...all: { type: string; heights: number[] }[]) {
  const heads = all.map(({ type, heights }, n) => ({
    number: n + 1,
    name: `S${n + 1}`,
    type,
    colour: "#00ff00",
    contour_planes: heights.length,
    z_range_mm: null,
  }));
  const heights = [...new Set(all.flatMap((each) => each.heights))];
  return structuresOf(heads, {
    planes: heights.map((at_mm, k) => ({
      k,
      at_mm,
      structures: all.flatMap((each, n) =>
        each.heights.includes(at_mm) ? [{ number: n + 1, loops: [square] }] : [],
      ),
    })),
  });
}

describe("where the patient is in a CT", () => {
  it("is where there is more than air, whatever the table of values", () => {
    const grid = headFirst([10, 20, 30], [5, 2, 2], [-29, -19, 100]);
    const stored = new Int16Array(10 * 20 * 30).fill(24);
    for (let k = 3; k < 7; k++)
      for (let j = 5; j < 15; j++) for (let i = 8; i < 22; i++) stored[(k * 20 + j) * 30 + i] = 1030;
    stored[0] = 2000; // a speck of noise is no patient
    expect(bodyOf(new Volume(grid, stored, 1, -1024))).toEqual([
      [-14 - 12, -10 - 12, 112.5 - 12],
      [14 + 12, 10 + 12, 132.5 + 12],
    ]);
  });

  it("is not looked for in hardly any slices, nor found in air", () => {
    expect(bodyOf(new Volume(headFirst([1, 20, 30], [5, 2, 2]), new Int16Array(600), 1, 0))).toBeNull();
    expect(
      bodyOf(new Volume(headFirst([5, 5, 5], [5, 2, 2]), new Int16Array(125).fill(-1000), 1, 0)),
    ).toBeNull();
  });
});

describe("where a plan is opened", () => {
  it("is in the middle of the planning target, however many organs there are", () => {
    const structures = drawn(
      { type: "ORGAN", heights: [0, 3, 6, 9, 12] },
      { type: "CTV", heights: [0, 3, 6, 9] },
      { type: "PTV", heights: [3, 6, 9] },
    );
    expect(startPoint({ ...emptyScene(VIEW), structures })).toEqual([2, 2, 6]);
  });

  it("is where the server says, if no target was drawn", () => {
    const view: PlanView = { ...VIEW, focus_mm: [1, 2, 3] };
    expect(
      startPoint({ ...emptyScene(view), structures: drawn({ type: "ORGAN", heights: [0, 3] }) }),
    ).toEqual([1, 2, 3]);
  });
});

describe("where scrolling stops", () => {
  it("is at every plane that the server counts, with a picture or without", () => {
    const view: PlanView = { ...VIEW, axial: { origin_mm: 168.5, step_mm: -3, start: -1, end: 3 } };
    expect([...stepsOf(emptyScene(view), "axial")]).toEqual([162.5, 165.5, 168.5, 171.5]);
  });

  it("is at the voxels of the image across its slices", () => {
    const volume = new Volume(headFirst([1, 5, 4], [3, 2, 1], [10, 20, 30]), new Int16Array(20), 1, 0);
    expect([...stepsOf({ ...emptyScene(VIEW), volume }, "coronal")]).toEqual([20, 22, 24, 26, 28]);
  });
});

describe("100 percent", () => {
  it("is the prescription, or the greatest dose where none is known", () => {
    const dose = { id: "d", shape: [1, 1, 1] as [number, number, number], affine: [], max_gy: 52 };
    expect(emptyScene({ ...VIEW, dose: { ...dose, prescription_gy: 50 } }).reference).toEqual({
      gy: 50,
      isPrescription: true,
    });
    expect(emptyScene({ ...VIEW, dose }).reference).toEqual({ gy: 52, isPrescription: false });
    expect(emptyScene(VIEW).reference).toBeNull();
  });
});
