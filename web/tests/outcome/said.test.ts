import { describe, expect, it } from "vitest";
import type { Asked } from "../../src/api/outcome-types";
import {
  countOf,
  draftsOf,
  fieldsOf,
  missingFields,
  NOTHING,
  numberIn,
  saidIn,
  wrongIn,
} from "../../src/outcome/said";

const question = (name: string, kind: string, categories: string[] = []) => ({
  name,
  title: name,
  kind,
  unit: null,
  categories,
  low: kind === "number" ? 0 : null,
  high: kind === "number" ? 100 : null,
});

const ASKED: Asked = {
  patient: [question("older", "boolean"), question("smoking", "category", ["never", "former"])],
  alpha_beta: [{ organ: "lungs", models: ["m"] }],
  organs: ["lungs"],
  tumour: { structures: ["GTV"], inputs: [question("tcd50_gy", "number")], models: [] },
};
const FIELDS = fieldsOf(ASKED, { prescription: "Dose", fractions: "Fractions", structure: "Structure" });
const field = (name: string) => {
  const found = FIELDS.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe("what is said", () => {
  it("is what is in the fields, and nothing of those that are empty", () => {
    const drafts = {
      "patient.older": "no",
      "patient.smoking": "former",
      "alpha_beta.lungs": "3,5",
      "tumour.structure": "GTV",
      "tumour.tcd50_gy": "",
      "plan.fractions": "20",
    };
    const said = saidIn(FIELDS, drafts, NOTHING);
    expect(said).toEqual({
      ...NOTHING,
      patient: { older: false, smoking: "former" },
      alpha_beta_gy: { lungs: 3.5 },
      tumour: { structure: "GTV" },
      fractions: 20,
    });
    expect(countOf(said)).toBe(5);
    expect(saidIn(FIELDS, draftsOf(said), NOTHING)).toEqual(said);
  });

  it("is checked before it is sent", () => {
    expect(wrongIn(field("plan.fractions"), "1.5")).toBe("whole");
    expect(wrongIn(field("plan.fractions"), "300")).toBe("range");
    expect(wrongIn(field("alpha_beta.lungs"), "three")).toBe("number");
    expect(wrongIn(field("alpha_beta.lungs"), "")).toBeNull();
    expect(numberIn("1e3")).toBeNull();
    expect(numberIn("-10")).toBe(-10);
  });
});

describe("what a refused model lacks", () => {
  it("leads to the fields that the form has", () => {
    const refusal = { inputs: ["smoking", "alpha_beta_gy", "dvh_volume_cm3"] };
    expect(missingFields(FIELDS, { organ: "lungs", refusal }).map(({ name }) => name)).toEqual([
      "patient.smoking",
      "alpha_beta.lungs",
    ]);
    expect(missingFields(FIELDS, { organ: "heart", refusal: null })).toEqual([]);
  });
});
