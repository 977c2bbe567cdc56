import { describe, expect, it } from "vitest";
import { cutVoxels } from "../../src/plan/marks";
import { Grid } from "../../src/plan/space";

const ANGLE = Math.PI / 6;
const [COS, SIN] = [Math.cos(ANGLE), Math.sin(ANGLE)];
// Slices of 2 mm, turned by 30 degrees round y; rows along y.
const TURNED = new Grid(
  [9, 9, 9],
  [
    [2 * SIN, 0, 2 * COS, 0],
    [0, 2, 0, 0],
    [2 * COS, 0, -2 * SIN, 0],
    [0, 0, 0, 1],
  ],
);

describe("voxels of a turned grid", () => {
  it("are marked where a plane cuts them, and nowhere else", () => {
    const runs: [number, number, number, number][] = [];
    for (let k = 0; k < 9; k++) runs.push([k, 4, 0, 9]);
    const found = cutVoxels(TURNED, runs, 0, 1, 2, 5);
    const reach = COS + SIN; // half the height of a voxel that stands on its edge
    const wanted = runs
      .flatMap(([k, j]) => Array.from({ length: 9 }, (_, i) => TURNED.toMm(k, j, i)))
      .filter(([, , z]) => Math.abs(z - 5) <= reach);
    expect(found.map(([x, y]) => [x, y])).toEqual(wanted.map(([x, y]) => [x, y]));
    expect(found.length).toBeGreaterThan(9);
    expect(cutVoxels(TURNED, runs, 0, 1, 2, 500)).toEqual([]);
  });
});
