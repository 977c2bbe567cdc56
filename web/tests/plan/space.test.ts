import { describe, expect, it } from "vitest";
import { nearest, orientationLetters, sidesOf } from "../../src/plan/space";
import { gridOf, headFirst } from "./made";

describe("the letters at the sides", () => {
  it("are those of DICOM's patient axes: x to the left, y to the back, z to the head", () => {
    expect(orientationLetters([1, 0, 0])).toBe("L");
    expect(orientationLetters([0, 1, 0])).toBe("P");
    expect(orientationLetters([0, 0, 1])).toBe("H");
    expect(orientationLetters([-1, 0, 0])).toBe("R");
    expect(orientationLetters([0, -1, 0])).toBe("A");
    expect(orientationLetters([0, 0, -1])).toBe("F");
  });

  it("are two between sides, the stronger first", () => {
    expect(orientationLetters([0.5, 0, 0.9])).toBe("HL");
    expect(orientationLetters([0.99, 0.05, 0])).toBe("L");
  });

  it("stand as radiology looks at the planes", () => {
    expect(sidesOf("axial")).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
    expect(sidesOf("coronal")).toEqual({ left: "R", right: "L", top: "H", bottom: "F" });
    expect(sidesOf("sagittal")).toEqual({ left: "A", right: "P", top: "H", bottom: "F" });
  });
});

describe("a grid", () => {
  const oblique = gridOf([4, 5, 6], [10, -20, 30], [0, -1.8, 2.4], [0, 0.8, 0.6], [1.5, 0, 0]);

  it("leads from index to place and back", () => {
    const place = oblique.toMm(1.5, -2, 3.25);
    expect(place).toEqual(
      [10 + 4.875, -20 - 2.7 - 1.6, 30 + 3.6 - 1.2].map((each) => expect.closeTo(each, 9)),
    );
    oblique.toIndex(place).forEach((each, n) => {
      expect(each).toBeCloseTo([1.5, -2, 3.25][n] ?? 0, 9);
    });
  });

  it("knows whether it stands along the axes, and which way", () => {
    expect(oblique.alongAxes).toBeNull();
    const feetFirst = gridOf([3, 4, 5], [0, 0, 0], [0, 0, -2], [0, 1, 0], [-1, 0, 0]);
    expect(feetFirst.alongAxes).toEqual([
      { index: 2, sign: -1 },
      { index: 1, sign: 1 },
      { index: 0, sign: -1 },
    ]);
  });

  it("reaches half a voxel beyond the outer centres", () => {
    expect(headFirst([2, 3, 4], [5, 2, 1]).box).toEqual([
      [-0.5, -1, -2.5],
      [3.5, 5, 7.5],
    ]);
  });
});

describe("the nearest of a rising list", () => {
  it("is found between and beyond the entries", () => {
    const list = [0, 10, 25];
    expect([-5, 4, 6, 17, 18, 99].map((value) => nearest(list, value))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearest([], 3)).toBe(-1);
  });
});
