import { describe, expect, it } from "vitest";
import { linesOf } from "../../src/cohorts/Forest";

describe("groups", () => {
  it("stand in the order of what they mean, all patients first", () => {
    const by = {
      age: { "50 to <65": {}, "<50": {}, "≥65": {}, unknown: {} },
      hospital: { "10": {}, "2": {} },
    };
    const model = { name: "m", version: "1", digest: "d" };
    const lines = linesOf({ model, cohort: {}, horizon_years: 5, by });
    expect(lines.map((each) => each.name)).toEqual([
      ...["All patients", "<50", "50 to <65", "≥65", "unknown"],
      ...["2", "10"],
    ]);
  });
});
