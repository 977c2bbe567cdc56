import { describe, expect, it } from "vitest";
import type { ModelVersion } from "../../src/api/diagnosis-types";
import { hereOfVersions } from "../../src/diagnosis/Here";

const version = (name: string, words: string) =>
  ({ version: name, here: { validated: false, words, validation: null } }) as ModelVersion;

describe("how versions did here", () => {
  it("is said once where it is the same, and apart where one was judged", () => {
    const never = "never validated here";
    expect(hereOfVersions([version("2.2", never), version("3.0", never)])).toHaveLength(1);
    const apart = hereOfVersions([version("2.2", never), version("3.0", "C 0.70"), version("3.1", never)]);
    expect(apart.map((each) => each.names)).toEqual([["2.2", "3.1"], ["3.0"]]);
  });
});
