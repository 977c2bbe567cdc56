import { describe, expect, it } from "vitest";
import type { DiagnosisEstimate, ModelVersion, MovedAnswer } from "../../src/api/diagnosis-types";
import {
  familyTitle,
  formatEstimate,
  isMissingOnly,
  isNothing,
  plainRefusal,
  rowsOf,
  spreadOf,
  yearOf,
} from "../../src/diagnosis/answers";
import { spread } from "../../src/diagnosis/Curves";
import { fates } from "../../src/diagnosis/People";
import { folded } from "../../src/diagnosis/Since";

const estimate = (
  output: string,
  value: number,
  more: Partial<DiagnosisEstimate> = {},
): DiagnosisEstimate => ({
  output,
  title: output,
  value,
  unit: "%",
  low: null,
  high: null,
  level: null,
  category: null,
  range: [0, 100],
  ...more,
});

const version = (
  name: string,
  estimates: DiagnosisEstimate[],
  refusal: string | null = null,
): ModelVersion => ({
  model: `predict-${name}`,
  name: "predict",
  version: name,
  digest: "",
  title: "",
  citation: "",
  available: true,
  refusal,
  concerned: [],
  estimates,
  inputs: {},
  explanation: {},
  has_course: false,
  here: { validated: false, words: "never validated here", validation: null },
});

describe("versions side by side", () => {
  const versions = [
    version("2.2", [estimate("alive_5y_x", 90), estimate("alive_10y_x", 74.57)]),
    version("3.2", [estimate("alive_10y_x", 83.14), estimate("heart_benefit_10y", 0)]),
    version("4", [], "age is missing"),
  ];

  it("have a row for each answer of the chosen year, and a gap where one has none", () => {
    expect(yearOf("overall_survival_10y_treated")).toBe(10);
    expect(yearOf("npi")).toBeNull();
    const rows = rowsOf(versions, 10);
    expect(rows.map((row) => row.output)).toEqual(["alive_10y_x", "heart_benefit_10y"]);
    expect(rows[0]?.cells.map((cell) => cell?.value ?? null)).toEqual([74.57, 83.14, null]);
    expect(rows.map(isNothing)).toEqual([false, true]);
  });

  it("say how far they are apart", () => {
    const [row] = rowsOf(versions, 10);
    expect(row && spreadOf(row)).toEqual({ low: 74.57, high: 83.14 });
    expect(familyTitle("PREDICT Breast 3.2: survival")).toBe("PREDICT Breast: survival");
    expect(familyTitle("Liverpool Lung Project risk model, version 2: cancer")).toBe(
      "Liverpool Lung Project risk model: cancer",
    );
  });
});

describe("an answer in words", () => {
  it("has no more digits than a person can use", () => {
    expect(formatEstimate(estimate("alive", 83.14159))).toBe("83.1 %");
    expect(formatEstimate(estimate("risk", 0.39, { unit: "1", range: [0, 1] }))).toBe("39 %");
    expect(formatEstimate(estimate("risk", 0.0123, { unit: "1", range: [0, 1] }))).toBe("1.2 %");
    expect(formatEstimate(estimate("npi", 4.4, { unit: "{score}", range: [2, null] }))).toBe("4.40");
    expect(formatEstimate(estimate("stage", 4, { unit: "1", category: "IIB" }))).toBe("IIB");
  });

  it("is a refusal that names what is missing once", () => {
    const reason =
      "age is missing (the model refuses: it does not guess); grade is missing (the model refuses: it does not guess)";
    expect(plainRefusal(reason)).toBe("age is missing; grade is missing");
    expect(isMissingOnly(reason)).toBe(true);
    expect(isMissingOnly("HER2 2+ needs an ISH result")).toBe(false);
  });
});

describe("a hundred people", () => {
  it("are a hundred, alive first", () => {
    const parts = fates({
      year: 10,
      alive_anyway: 84,
      because_of: [
        { given: "radiotherapy", people: 2 },
        { given: "hormone_therapy", people: 4 },
      ],
      died_otherwise: 3,
      died_of_cancer: 7,
    });
    expect(parts.map((part) => part.fate)).toEqual(["anyway", "because-1", "because-2", "other", "cancer"]);
    expect(parts.reduce((sum, part) => sum + part.people, 0)).toBe(100);
  });

  it("have labels that do not lie on each other", () => {
    const places = spread([100, 102, 101]).sort((a, b) => a - b);
    expect((places[1] ?? 0) - (places[0] ?? 0)).toBeGreaterThanOrEqual(16);
    expect((places[2] ?? 0) - (places[1] ?? 0)).toBeGreaterThanOrEqual(16);
  });
});

describe("what moved", () => {
  it("has the versions that went the same way on one line", () => {
    const one = (model: string, after: string | null): MovedAnswer => ({
      model,
      name: "predict",
      version: model,
      title: "",
      before: null,
      after,
      estimates: [],
      inputs: [],
    });
    expect(
      folded([one("2.2", null), one("3.0", null), one("3.1", "age is missing")]).map((line) => line.length),
    ).toEqual([2, 1]);
  });
});
