import { describe, expect, it } from "vitest";
import { Dose, paintWash, washRaster } from "../../src/plan/dose";
import { AXES, type Grid, PLANES, type Vec3 } from "../../src/plan/space";
import { gridOf, headFirst } from "./made";

/** A dose that grows evenly along x, y and z: between voxels it is known exactly. */
function even(grid: Grid, at: (point: Vec3) => number): Dose {
  const [nk, nj, ni] = grid.shape;
  const gy = Float32Array.from({ length: nk * nj * ni }, (_, n) =>
    at(grid.toMm(Math.floor(n / (nj * ni)), Math.floor(n / ni) % nj, n % ni)),
  );
  return new Dose(grid, gy);
}

const slope = ([x, y, z]: Vec3) => 20 + 0.5 * x - 0.25 * y + 0.125 * z;
const standing = headFirst([4, 5, 6], [3, 2.5, 2]);
const lying = gridOf([4, 5, 6], [10, 8, 9], [0, 0, -3], [0, -2, 0], [-2.5, 0, 0]);
const askew = gridOf([4, 5, 6], [0, 0, 0], [0, -1.8, 2.4], [0, 1.6, 1.2], [2, 0, 0]);

describe("dose between voxels", () => {
  it.each([standing, lying, askew])("is trilinear", (grid) => {
    const dose = even(grid, slope);
    for (const index of [
      [0, 0, 0],
      [1.3, 2.7, 4.1],
      [3, 4, 5],
      [2.99, 0.01, 2.5],
    ] as Vec3[]) {
      const point = grid.toMm(...index);
      expect(dose.at(point)).toBeCloseTo(slope(point), 4);
    }
  });

  it("is what eight corners weigh, on a dose that is not even", () => {
    const dose = new Dose(headFirst([2, 2, 2], [1, 1, 1]), Float32Array.of(1, 2, 4, 8, 16, 32, 64, 128));
    // (1-x)(1-y)(1-z)·1 + x(1-y)(1-z)·2 + … + xyz·128 at x 0.25, y 0.5, z 0.75
    expect(dose.at([0.25, 0.5, 0.75])).toBeCloseTo((1 + 0.25) * (0.5 + 0.5 * 4) * (0.25 + 0.75 * 16), 5);
  });

  it("goes on for half a voxel beyond the outer centres, and ends there", () => {
    const dose = even(standing, slope);
    expect(dose.at([-1, 0, 0])).toBeCloseTo(slope([0, 0, 0]), 4);
    expect(dose.at([-1.001, 0, 0])).toBeNull();
    expect(dose.at([10, 10, 10.5])).toBeCloseTo(slope([10, 10, 9]), 4);
    expect(dose.at([10, 10, 10.6])).toBeNull();
  });
});

describe("a plane of dose", () => {
  it.each([standing, lying])("is the dose at its places", (grid) => {
    const dose = even(grid, slope);
    const through = grid.toMm(1.4, 2.2, 3.6);
    for (const name of PLANES) {
      const { u, v, w } = AXES[name];
      const plane = dose.plane(name, through[w]);
      if (!plane) throw new Error("no plane");
      for (let row = 0; row < plane.height; row++)
        for (let column = 0; column < plane.width; column++) {
          const point: Vec3 = [0, 0, 0];
          point[u] = plane.u + column * plane.du;
          point[v] = plane.v + row * plane.dv;
          point[w] = through[w];
          expect(plane.gy[row * plane.width + column]).toBeCloseTo(dose.at(point) ?? -1, 4);
        }
    }
  });

  it("is none outside", () => {
    const dose = even(standing, slope);
    expect(dose.plane("axial", 10.6)).toBeNull();
    expect(dose.plane("axial", -1.4)).not.toBeNull();
  });

  it("is washed with the colour of the dose at each pixel", () => {
    const dose = even(standing, slope);
    const plane = dose.plane("coronal", 3.3);
    if (!plane) throw new Error("no plane");
    const raster = washRaster(plane, 1, -1);
    const table = Uint32Array.from({ length: 4001 }, (_, n) => n);
    const pixels = new Uint32Array(raster.width * raster.height);
    paintWash(plane, raster, table, 40, pixels);
    for (let row = 0; row < raster.height; row++)
      for (let column = 0; column < raster.width; column++) {
        const here = dose.at([raster.u + column * raster.du, 3.3, raster.v + row * raster.dv]) ?? -1;
        expect(Math.abs((pixels[row * raster.width + column] ?? 0) / 100 - here)).toBeLessThanOrEqual(0.0101);
      }
  });
});
