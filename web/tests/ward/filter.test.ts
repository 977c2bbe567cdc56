import { describe, expect, it } from "vitest";
import type { Tile } from "../../src/api/types";
import { countFor, filterOf, searchOf, wanted } from "../../src/ward/filter";
import { notification, tile } from "../tiles";

const TILES: Tile[] = [
  tile("01"),
  tile("02", { state: "act_now", notifications: [notification({ priority: "high" })] }),
  tile("03", {
    state: "act_now",
    notifications: [notification({ priority: "medium", state: "acknowledged", by: "nurse" })],
  }),
  tile("04", {
    state: "cannot_tell",
    technical: [notification({ kind: "technical", priority: "low", evidence: { signal: "spo2" } })],
  }),
  tile("05", { patient: null }),
];

const shown = (search: string) =>
  TILES.filter((each) => wanted(each, filterOf(search), ["nurse"])).map((each) => each.bed);

describe("a filter", () => {
  it("asks for nothing where the address does not", () => {
    expect(shown("")).toEqual(["01", "02", "03", "04", "05"]);
    expect(shown("?state=nonsense&mine=0")).toHaveLength(5);
  });

  it("takes any of one kind, and all kinds together", () => {
    expect(shown("?state=act_now,cannot_tell")).toEqual(["02", "03", "04"]);
    expect(shown("?state=act_now&priority=high")).toEqual(["02"]);
    expect(shown("?mine=1")).toEqual(["03"]);
    expect(shown("?gaps=1")).toEqual(["04"]);
    expect(shown("?gaps=1&state=fine")).toEqual([]);
  });

  it("comes out of the address as it went in, and leaves the rest of the address alone", () => {
    const search = "?hours=6&state=act_now,fine&priority=low&mine=1&gaps=1";
    expect(searchOf(filterOf(search), search)).toBe(search);
    expect(searchOf(filterOf(""), "?hours=6&state=fine")).toBe("?hours=6");
  });

  it("counts on each chip what that chip alone would show", () => {
    const counts = countFor(TILES, ["nurse"]);
    for (const state of ["act_now", "look_soon", "cannot_tell", "fine"] as const)
      expect(counts.states[state]).toBe(shown(`?state=${state}`).length);
    for (const priority of ["high", "medium", "low"] as const)
      expect(counts.priorities[priority]).toBe(shown(`?priority=${priority}`).length);
    expect([counts.mine, counts.gaps]).toEqual([1, 1]);
  });
});
