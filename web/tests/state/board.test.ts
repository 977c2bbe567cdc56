import { describe, expect, it } from "vitest";
import type { Board, Budget } from "../../src/api/types";
import { countStates, takeBoard, takeBudget, takeTile } from "../../src/state/board";
import { tile } from "../tiles";

function board(changes: Partial<Board> = {}): Board {
  return {
    ward: "7A",
    title: "Ward 7A",
    hospital: "H",
    simulated: true,
    policy: { name: "p", version: "1", title: "P" },
    now: "2026-11-22T02:12:08Z",
    cursor: "1:1",
    budget: null,
    beds: [tile("10"), tile("2"), tile("1")],
    ...changes,
  };
}

describe("a board", () => {
  it("has its beds in the order in which people count", () => {
    expect(takeBoard(null, board()).beds).toEqual(["1", "2", "10"]);
  });

  it("keeps the very tile that did not change, so that nothing is drawn anew", () => {
    const before = takeBoard(null, board());
    const after = takeBoard(
      before,
      board({ beds: [tile("10"), tile("2", { state: "act_now" }), tile("1")] }),
    );
    expect(after.tiles.get("10")).toBe(before.tiles.get("10"));
    expect(after.tiles.get("2")).not.toBe(before.tiles.get("2"));
    expect(after.beds).toBe(before.beds);
  });

  it("keeps nothing of another ward", () => {
    const after = takeBoard(takeBoard(null, board()), board({ ward: "8B", beds: [tile("4")] }));
    expect([...after.tiles.keys()]).toEqual(["4"]);
  });

  it("drops a bed that is no longer there", () => {
    const after = takeBoard(takeBoard(null, board()), board({ beds: [tile("1")] }));
    expect(after.beds).toEqual(["1"]);
  });
});

describe("a tile", () => {
  it("replaces its bed and touches no other", () => {
    const before = takeBoard(null, board());
    const after = takeTile(before, tile("2", { state: "look_soon" }));
    expect(after.tiles.get("2")?.state).toBe("look_soon");
    for (const bed of ["1", "10"]) expect(after.tiles.get(bed)).toBe(before.tiles.get(bed));
    expect(before.tiles.get("2")?.state).toBe("fine");
  });

  it("of a new bed finds its place", () => {
    expect(takeTile(takeBoard(null, board()), tile("3")).beds).toEqual(["1", "2", "3", "10"]);
  });
});

describe("the counts", () => {
  it("add up to the occupied beds", () => {
    const beds = [
      tile("1", { state: "act_now" }),
      tile("2", { state: "cannot_tell" }),
      tile("3", { patient: null }),
    ];
    const counts = countStates(takeBoard(null, board({ beds })));
    expect(counts).toEqual({ act_now: 1, look_soon: 0, fine: 0, cannot_tell: 1 });
  });
});

describe("the alarm budget", () => {
  const budget = (ward: string, load: number): Budget => ({
    ward,
    nurses: 4,
    per_nurse_hour: 6,
    capacity: 24,
    load,
    waiting: [],
  });

  it("comes with the board, and again when it says something else", () => {
    const before = takeBoard(null, board({ budget: budget("7A", 3) }));
    expect(before.budget?.load).toBe(3);
    expect(takeBudget(before, budget("7A", 4)).budget?.load).toBe(4);
  });

  it("of another ward changes nothing", () => {
    const before = takeBoard(null, board({ budget: budget("7A", 3) }));
    expect(takeBudget(before, budget("8B", 9))).toBe(before);
  });

  it("that says the same as before stays the same object", () => {
    const before = takeBoard(null, board({ budget: budget("7A", 3) }));
    expect(takeBoard(before, board({ budget: budget("7A", 3) })).budget).toBe(before.budget);
  });
});
