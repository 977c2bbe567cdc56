import { describe, expect, it } from "vitest";
import type { Fact } from "../../src/api/diagnosis-types";
import { differs, problemOf, requests, typedValue, withDraft } from "../../src/diagnosis/facts";

const fact = (name: string, more: Partial<Fact> = {}): Fact => ({
  name,
  group: "tumour",
  title: name,
  kind: "number",
  unit: "mm",
  code: null,
  low: 0,
  high: 500,
  categories: [],
  meaning: "",
  accepted: "0 to 500 mm",
  models: [],
  required_by: [],
  value: null,
  status: null,
  time: null,
  source: null,
  derived_from: [],
  ...more,
});

const present = (text: string) => ({ text, status: "present" as const });

describe("what is typed", () => {
  it("is a number with a point or a comma, inside what is possible", () => {
    const size = fact("tumour_size_mm");
    expect(typedValue(size, present("22,5"))).toBe(22.5);
    expect(problemOf(size, present("22,5"))).toBeNull();
    expect(problemOf(size, present("2 cm"))).toBe("A number, please");
    expect(problemOf(size, present("501"))).toBe("Possible is 0 to 500 mm");
    expect(problemOf(fact("nodes", { kind: "integer" }), present("1.5"))).toBe("A whole number, please");
    expect(problemOf(size, present(""))).toBeNull();
  });

  it("is no value where it is unknown or was not done", () => {
    const size = fact("tumour_size_mm");
    expect(typedValue(size, { text: "22", status: "not done" })).toBeNull();
    expect(problemOf(size, { text: "rubbish", status: "unknown" })).toBeNull();
  });

  it("is no draft while it says what is known", () => {
    const known = fact("tumour_size_mm", { value: 20, status: "present" });
    expect(differs(known, present("20"))).toBe(false);
    expect(differs(known, present("21"))).toBe(true);
    expect(differs(known, { text: "20", status: "imputed" })).toBe(true);
    expect(withDraft({}, known, present("20"))).toEqual({});
    const drafts = withDraft({}, known, present("21"));
    expect(withDraft(drafts, known, present("20"))).toEqual({});
  });

  it("goes to the server with its status, and its day where one is given", () => {
    const facts = [
      fact("tumour_size_mm"),
      fact("er_positive", { kind: "boolean", unit: null, low: null, high: null }),
      fact("grade", { kind: "integer", low: 1, high: 3 }),
      fact("her2_ish", { kind: "category", categories: ["positive", "negative"] }),
    ];
    const drafts = {
      tumour_size_mm: present("22"),
      er_positive: present("no"),
      grade: present("9"),
      her2_ish: { text: "", status: "not done" as const },
    };
    expect(requests(facts, drafts, "")).toEqual([
      { name: "tumour_size_mm", status: "present", value: 22 },
      { name: "er_positive", status: "present", value: false },
      { name: "her2_ish", status: "not done" },
    ]);
    expect(requests(facts, drafts, "2026-11-20")[0]?.time).toBe("2026-11-20T11:00:00.000Z");
  });
});
