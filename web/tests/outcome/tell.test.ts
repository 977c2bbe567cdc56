import { describe, expect, it } from "vitest";
import type { OutcomeAnswer } from "../../src/api/outcome-types";
import {
  decimalsOf,
  formatDifference,
  formatEstimate,
  formatProbability,
  formatShare,
  mainAnswer,
  shortFrequency,
  topOf,
} from "../../src/outcome/tell";

const ends = (value: number, low: number | null = null, high: number | null = null) => ({ value, low, high });

function answer(name: string, estimate: OutcomeAnswer["estimate"], quantity = "ntcp"): OutcomeAnswer {
  return {
    structure: "Lungs",
    number: 1,
    standard: "Lungs",
    organ: "lungs",
    endpoint: "Pneumonitis",
    model: { name, version: "1", digest: "d" },
    title: name,
    citation: "",
    quantity,
    estimate,
    natural_frequency: null,
    interval_note: "",
    converted: null,
    inputs: {},
    explanation: {},
    refusal: estimate ? null : { reason: "missing", inputs: [] },
  };
}

describe("the digits of a risk", () => {
  it("are those that its interval carries", () => {
    expect(decimalsOf(ends(0.041, 0.03, 0.06))).toBe(0);
    expect(decimalsOf(ends(0.0041, 0.003, 0.006))).toBe(1);
    expect(decimalsOf(ends(0.00041, 0.0003, 0.0006))).toBe(2);
    expect(formatEstimate(ends(0.0413, 0.0291, 0.0582), "ntcp")).toBe("4 % (3 to 6)");
    expect(formatEstimate(ends(0.0121), "ntcp")).toBe("1.2 %");
    expect(formatEstimate(ends(0.8412), "tcp")).toBe("84 %");
  });

  it("never tell little as nothing", () => {
    expect(formatShare(0.0004, 0)).toBe("< 1 %");
    expect(formatShare(0, 0)).toBe("0 %");
  });

  it("are other ones for what is no probability", () => {
    expect(formatEstimate(ends(1.0636, 1.02, 1.12), "relative_rate")).toBe("1.06-fold (1.02 to 1.12)");
  });
});

describe("an order of two plans", () => {
  it("is never told as certain", () => {
    expect(formatProbability(1)).toBe("> 0.999");
    expect(formatProbability(0)).toBe("< 0.001");
    expect(formatProbability(0.5)).toBe("0.50");
  });

  it("has its difference in points, with a sign unless it is nothing", () => {
    expect(formatDifference(ends(-0.164, -0.245, -0.096))).toBe("−16 (−25 to −10)");
    expect(formatDifference(ends(0.0017, 0.0012, 0.0022))).toBe("+0.17 (+0.12 to +0.22)");
    expect(formatDifference(ends(-0.00001))).toBe("0.0");
  });
});

describe("what stands for a structure", () => {
  it("is a probability with an interval before any other number", () => {
    const rate = answer("rate", { ...ends(1.1, 1, 1.2), level: 0.95, unit: "1" }, "relative_rate");
    const bare = answer("bare", { ...ends(0.1), level: null, unit: "1" });
    const best = answer("best", { ...ends(0.1, 0.05, 0.2), level: 0.95, unit: "1" });
    const none = answer("none", null);
    expect(mainAnswer([none, rate, bare, best])?.model.name).toBe("best");
    expect(mainAnswer([none, rate, bare])?.model.name).toBe("bare");
    expect(mainAnswer([none, rate])?.model.name).toBe("rate");
    expect(mainAnswer([none])).toBeNull();
  });

  it("is told as so many of so many without the interval", () => {
    expect(shortFrequency("12 of 1,000 (no interval published)")).toBe("12 of 1,000");
    expect(shortFrequency("4 of 100 (3 to 6)")).toBe("4 of 100");
  });

  it("shares an axis with the others that holds all of their intervals", () => {
    expect(topOf([ends(0.04, 0.03, 0.06), ends(0.01)])).toBe(0.1);
    expect(topOf([])).toBe(0.02);
  });
});
