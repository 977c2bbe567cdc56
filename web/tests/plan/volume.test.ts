import { describe, expect, it } from "vitest";
import { AXES, type Grid, PLANES, type PlaneName, type Vec3 } from "../../src/plan/space";
import { Volume } from "../../src/plan/volume";
import { gridOf, headFirst } from "./made";

/** A volume whose stored value is the number of the voxel, so that a picture tells which voxels are in it. */
function numbered(grid: Grid, slices: number[] | null = null): Volume {
  const [nk, nj, ni] = grid.shape;
  return new Volume(
    grid,
    Int16Array.from({ length: nk * nj * ni }, (_, n) => n + 1),
    1,
    0,
    slices,
  );
}

/** The stored values of a plane's picture, with 0 where there is nothing. */
function picture(volume: Volume, plane: PlaneName, at: number): { rows: number[][]; any: boolean } {
  const raster = volume.raster(plane);
  const table = Uint32Array.from({ length: 65_536 }, (_, n) => n - 32_768);
  const pixels = new Uint32Array(raster.width * raster.height);
  const any = volume.paint(plane, at, table, pixels);
  const rows = Array.from({ length: raster.height }, (_, row) =>
    Array.from(pixels.subarray(row * raster.width, (row + 1) * raster.width)),
  );
  return { rows, any };
}

describe("a picture of a plane", () => {
  it("of a patient lying head first has the columns across and the rows down", () => {
    const volume = numbered(headFirst([2, 2, 3], [5, 2, 1]));
    expect(picture(volume, "axial", 5).rows).toEqual([
      [7, 8, 9],
      [10, 11, 12],
    ]);
    // From the front, the head on top; from the left, the front at the left.
    expect(picture(volume, "coronal", 0).rows).toEqual([
      [7, 8, 9],
      [1, 2, 3],
    ]);
    expect(picture(volume, "sagittal", 2).rows).toEqual([
      [9, 12],
      [3, 6],
    ]);
  });

  it.each([
    ["head first, supine", [0, 0, 2], [0, 1, 0], [1, 0, 0]],
    ["feet first, supine", [0, 0, -2], [0, 1, 0], [-1, 0, 0]],
    ["head first, prone", [0, 0, 2], [0, -1, 0], [-1, 0, 0]],
    ["feet first, prone", [0, 0, -2], [0, -1, 0], [1, 0, 0]],
    ["in sagittal slices", [2, 0, 0], [0, 0, -1], [0, 1, 0]],
    ["in coronal slices", [0, 2, 0], [0, 0, -1], [1, 0, 0]],
    ["obliquely", [0, -1.2, 1.6], [0, 0.8, 0.6], [1, 0, 0]],
  ])("shows every voxel where it is in the patient who lies %s", (_, k, j, i) => {
    const grid = gridOf([3, 4, 5], [7, -3, 11], k, j, i);
    const volume = numbered(grid);
    const inside: Vec3 = grid.toMm(1, 2, 3);
    for (const plane of PLANES) {
      const { u, v, w } = AXES[plane];
      const raster = volume.raster(plane);
      const { rows } = picture(volume, plane, inside[w]);
      let seen = 0;
      for (let r = 0; r < raster.height; r++)
        for (let c = 0; c < raster.width; c++) {
          const point: Vec3 = [0, 0, 0];
          point[u] = raster.u + c * raster.du;
          point[v] = raster.v + r * raster.dv;
          point[w] = inside[w];
          expect(rows[r]?.[c]).toBe(volume.valueAt(point) ?? 0);
          if (rows[r]?.[c] !== 0) seen++;
        }
      expect(seen).toBeGreaterThan(0);
    }
  });

  it("has nothing outside the volume", () => {
    const volume = numbered(headFirst([2, 2, 3], [5, 2, 1]));
    expect(picture(volume, "axial", 7.4).any).toBe(true);
    expect(picture(volume, "axial", 7.6).any).toBe(false);
    expect(volume.valueAt([0, 0, 7.6])).toBeNull();
  });

  it("leaves a gap open where slices stand too far apart", () => {
    const volume = numbered(headFirst([4, 1, 1], [2, 1, 1]), [0, 2, 4, 12]);
    expect(picture(volume, "coronal", 0).rows.flat()).toEqual([4, 0, 0, 0, 3, 2, 1]);
    expect(picture(volume, "axial", 8).any).toBe(false);
    expect(volume.valueAt([0, 0, 12])).toBe(4);
  });
});
