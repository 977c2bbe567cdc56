import { describe, expect, it } from "vitest";
import { volumeAt } from "../../src/plan/dvh-curve";
import { levelsIn } from "../../src/plan/levels";
import { dvhCsv, fileName } from "../../src/plan/take-away";

const curve = (name: string, cumulative_cm3: number[]) => ({
  number: 1,
  name,
  volume_cm3: 8,
  cumulative_cm3,
});

describe("a histogram that is taken away", () => {
  it("has a column for the dose and one for each structure, names quoted where they must be", () => {
    const csv = dvhCsv({
      dose_gy: [0, 0.5, 1],
      structures: [curve('PTV, "50"', [8, 4, 0]), curve("Heart", [3, 1])],
    });
    expect(csv.split("\n")).toEqual(['dose_gy,"PTV, ""50"" cm3",Heart cm3', "0,8,3", "0.5,4,1", "1,0,", ""]);
  });

  it("has no name that a spreadsheet would take for a formula", () => {
    const csv = dvhCsv({ dose_gy: [0], structures: [curve('=HYPERLINK("http://x")', [8])] });
    expect(csv.split("\n")[0]).toBe(`dose_gy,"'=HYPERLINK(""http://x"") cm3"`);
  });

  it("has a file name that every system takes", () => {
    expect(fileName("dvh", "demo/12", "B1 · RT Dose")).toBe("dvh-demo-12-b1-rt-dose");
  });
});

describe("a curve between its points", () => {
  it("is read off straight", () => {
    const half = curve("a", [8, 4, 0]);
    expect(volumeAt([0, 1, 2], half, 0.5, "cm3")).toBe(6);
    expect(volumeAt([0, 1, 2], half, 1.5, "percent")).toBe(25);
    expect(volumeAt([0, 1, 2], half, 0, "percent")).toBe(100);
    expect(volumeAt([0, 1, 2], half, 9, "cm3")).toBe(0);
  });
});

describe("levels that are typed", () => {
  it("fall, each once, and are refused where they are no levels", () => {
    expect(levelsIn("50 95; 107 95% 47,5")).toEqual([107, 95, 50, 47.5]);
    expect(levelsIn("")).toEqual([]);
    expect(levelsIn("95 x")).toBeNull();
    expect(levelsIn("0 300")).toBeNull();
  });
});
