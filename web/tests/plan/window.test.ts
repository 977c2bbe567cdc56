import { describe, expect, it } from "vitest";
import { dragged, grey, greyTable, NO_IMAGE } from "../../src/plan/window";

// The examples that DICOM itself gives, PS3.3 C.11.2.1.2.1, with an output from 0 to 255.
describe("the linear window of DICOM", () => {
  it("of centre 2048 and width 4096 begins at 0 and ends at 4095", () => {
    const window = { center: 2048, width: 4096 };
    expect(grey(0, window)).toBe(0);
    expect(grey(4096, window)).toBe(255);
    for (const x of [1, 1000, 2047, 4095])
      expect(grey(x, window)).toBeCloseTo(((x - 2047.5) / 4095 + 0.5) * 255, 9);
  });

  it("of width 1 is a step after the centre less one", () => {
    expect(grey(2047, { center: 2048, width: 1 })).toBe(0);
    expect(grey(2048, { center: 2048, width: 1 })).toBe(255);
  });

  it("of centre 0 and width 100 is dark up to -50 and bright from 49 on", () => {
    const window = { center: 0, width: 100 };
    expect(grey(-50, window)).toBe(0);
    expect(grey(49, window)).toBe(255);
    expect(grey(50, window)).toBe(255);
    expect(grey(-0.5, window)).toBeCloseTo(127.5, 9);
  });

  it("of centre 0 and width 1 is dark up to -1 and bright above", () => {
    expect(grey(-1, { center: 0, width: 1 })).toBe(0);
    expect(grey(0, { center: 0, width: 1 })).toBe(255);
  });
});

describe("the table of grey levels", () => {
  it("says of every stored value what the window says of what it means", () => {
    const table = new Uint32Array(65_536);
    greyTable({ center: 40, width: 400 }, 2, -1000, table);
    for (const stored of [-32_767, -1, 0, 420, 520, 600, 719, 32_767]) {
      const level = Math.round(grey(stored * 2 - 1000, { center: 40, width: 400 }));
      expect((table[stored + 32_768] ?? 0) & 0xff).toBe(level);
      expect((table[stored + 32_768] ?? 0) >>> 24).toBe(255);
    }
  });

  it("shows nothing where there is no image, not black air", () => {
    const table = new Uint32Array(65_536).fill(7);
    greyTable({ center: 40, width: 400 }, 1, 0, table);
    expect(table[NO_IMAGE + 32_768]).toBe(0);
  });
});

describe("a dragged window", () => {
  it("is wider to the right, never narrower than 1", () => {
    expect(dragged({ center: 40, width: 300 }, 100, 0).width).toBe(400);
    expect(dragged({ center: 40, width: 300 }, -1000, 0).width).toBe(1);
    expect(dragged({ center: 40, width: 300 }, 0, 20).center).toBe(60);
  });
});
