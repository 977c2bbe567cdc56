import { describe, expect, it } from "vitest";
import type { Finding, ModelInput } from "../../src/api/types";
import {
  featureUnit,
  featureWords,
  naturalFrequency,
  newestRisks,
  probability,
  riskExplanation,
  tileRisk,
} from "../../src/finding/risk";

const KNOWN = new Map<string, ModelInput>([
  ["crea", { name: "crea", title: "Creatinine", kind: "number", unit: "mg/dL" }],
  ["hr", { name: "hr", title: "Heart rate", kind: "number", unit: "/min" }],
]);

describe("what moved a risk", () => {
  const said = {
    method: "Shapley values",
    base: -3.5,
    log_odds: -1.75,
    moved_by: [
      { feature: "hr_mean6", value: 118, log_odds: 0.25 },
      { feature: "crea_last", value: null, log_odds: -0.75 },
      { feature: "news5_max", value: 11, log_odds: 1.5 },
      { feature: "temp_last", value: 37, log_odds: 0 },
    ],
    others: 0.75,
  };

  it("is sorted by how much, up and down alike, and what did nothing is left out", () => {
    expect(riskExplanation(said)?.movers.map((each) => each.feature)).toEqual([
      "news5_max",
      "crea_last",
      "hr_mean6",
    ]);
  });

  it("adds up to the answer: base, what moved it and all others", () => {
    const explanation = riskExplanation(said);
    const sum = explanation?.movers.reduce((total, each) => total + each.logOdds, explanation.base) ?? 0;
    expect(sum + (explanation?.others ?? 0)).toBeCloseTo(said.log_odds);
    expect(probability(0)).toBe(0.5);
    expect(probability(Math.log(0.2 / 0.8))).toBeCloseTo(0.2);
  });

  it("a missing input is kept as missing, for its absence moved the risk", () => {
    expect(riskExplanation(said)?.movers.find((each) => each.feature === "crea_last")?.value).toBeNull();
  });

  it.each([null, "words", {}, { points: { a: 1 } }, { moved_by: "nothing" }, []])(
    "an explanation of another form is none: %j",
    (other) => expect(riskExplanation(other)).toBeNull(),
  );

  it("is told in words, with the unit of what was made of the variable", () => {
    expect(featureWords("hr_mean6", KNOWN)).toBe("Heart rate, mean of 6 h");
    expect(featureWords("crea_last", KNOWN)).toBe("Creatinine");
    expect(featureWords("unheard_of", KNOWN)).toBe("unheard of");
    expect(["crea_last", "crea_age", "hr_slope", "news5"].map((name) => featureUnit(name, KNOWN))).toEqual([
      "mg/dL",
      "h",
      "/min/h",
      null,
    ]);
  });
});

describe("a risk as a natural frequency", () => {
  it.each([
    [0.149, { n: 15, of: 100 }],
    [0.01, { n: 1, of: 100 }],
    [0.004, { n: 4, of: 1000 }],
    [0.00031, { n: 3, of: 10_000 }],
    [0, { n: 0, of: 10_000 }],
    [1, { n: 100, of: 100 }],
  ])("%d", (risk, frequency) => expect(naturalFrequency(risk)).toEqual(frequency));
});

describe("the newest risk of each model", () => {
  const finding = (name: string, time: string, answer: Finding["answer"]): Finding => ({
    time,
    model: { name, version: "1", digest: "" },
    answer,
    inputs: {},
  });

  it("is the last one, be it an answer or a refusal; other models and other outputs are not risks", () => {
    const found = newestRisks([
      finding("news2", "2026-01-01T05:00:00Z", { output: "score", value: 3 }),
      finding("early_warning_icu", "2026-01-01T03:00:00Z", { output: "risk", value: 0.1 }),
      finding("early_warning_icu", "2026-01-01T04:00:00Z", { refusal: "no usable signal" }),
      finding("early_warning_icu", "2026-01-01T05:00:00Z", { output: "alarm", value: 1 }),
    ]);
    expect(found.map((each) => [each.model.name, each.answer.refusal])).toEqual([
      ["early_warning_icu", "no usable signal"],
    ]);
  });
});

describe("the risk on a live tile", () => {
  const model = { name: "early_warning_icu", version: "1", digest: "ab" };
  const time = "2026-01-01T06:00:00Z";

  it("is a finding like any other, be it an answer or a refusal", () => {
    expect(tileRisk({ risk: { time, model, value: 0.15, unit: "1" } })?.answer.value).toBe(0.15);
    const refused = tileRisk({ risk: { time, model, refusal: "no usable signal" } });
    expect(refused?.answer).toMatchObject({ refusal: "no usable signal" });
    expect(refused?.answer.value).toBeUndefined();
  });

  it("is none where no risk score runs", () => {
    expect([tileRisk(null), tileRisk({}), tileRisk({ risk: null })]).toEqual([null, null, null]);
  });
});
