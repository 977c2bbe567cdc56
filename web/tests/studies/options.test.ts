import { describe, expect, it } from "vitest";
import { coefficientsOf, optionText, withError } from "../../src/studies/options";

describe("options", () => {
  it("reads lists and mappings as a person does", () => {
    expect(optionText(["age", "sex"])).toBe("age, sex");
    expect(optionText({ bins: 20, by: ["site"] })).toBe("bins: 20; by: site");
  });
});

describe("a coefficient", () => {
  it("has as many digits as two of its error", () => {
    expect(withError(0.030069, 0.010215)).toEqual(["0.030", "0.010"]);
    expect(withError(-137.42, 12.3)).toEqual(["-137", "12"]);
    expect(withError(0.5, Number.NaN)[1]).toBe("–");
  });
  it("is found with its error by name", () => {
    const found = coefficientsOf({ coefficients: { age: 0.1, note: "x" }, standard_errors: { age: 0.02 } });
    expect(found).toEqual([{ name: "age", value: 0.1, error: 0.02 }]);
    expect(coefficientsOf({ quantiles: [] })).toEqual([]);
  });
});
