import { describe, expect, it } from "vitest";
import type { Board } from "../../src/api/types";
import { burst } from "../../src/sound/burst";
import { Ear, isMoreUrgent, loudest } from "../../src/sound/listen";
import { SILENT, settingsOf } from "../../src/sound/settings";
import { leaveBeds, takeBoard, takeTiles } from "../../src/state/board";
import { notification, tile } from "../tiles";

const BOARD: Board = {
  ward: "7A",
  title: "7A",
  hospital: "H",
  simulated: true,
  policy: { name: "p", version: "1", title: "P" },
  now: "2026-11-22T02:12:08Z",
  cursor: "1:1",
  budget: null,
  beds: [tile("01", { notifications: [notification({ id: "old", priority: "high" })] }), tile("02")],
};

describe("a burst", () => {
  it("has ten, three and two pulses, none over another, the more urgent the faster", () => {
    expect((["high", "medium", "low"] as const).map((each) => burst(each).length)).toEqual([10, 3, 2]);
    for (const priority of ["high", "medium", "low"] as const) {
      const pulses = burst(priority);
      pulses.slice(1).forEach((pulse, i) => {
        expect(pulse.start).toBeGreaterThan(pulses[i]?.end ?? 0);
      });
    }
    const gap = (p: "high" | "medium" | "low") => (burst(p)[1]?.start ?? 0) - (burst(p)[0]?.start ?? 0);
    expect(gap("high")).toBeLessThan(gap("medium"));
    expect(gap("medium")).toBeLessThan(gap("low"));
  });
});

describe("an ear", () => {
  it("takes what stands when it begins for nothing new, and hears each new alarm once", () => {
    const ear = new Ear();
    const first = takeBoard(null, BOARD);
    expect(ear.hear(first)).toMatchObject({ fresh: [], standing: [{ priority: "high", bed: "01" }] });
    const next = takeTiles(first, [tile("02", { notifications: [notification({ id: "new", bed: "02" })] })]);
    expect(ear.hear(next).fresh.map((each) => each.bed)).toEqual(["02"]);
    expect(ear.hear(next).fresh).toEqual([]);
  });

  it("is silent about what somebody has taken, and about who has left", () => {
    const ear = new Ear();
    ear.hear(takeBoard(null, BOARD));
    const taken = [notification({ id: "x", bed: "02", state: "acknowledged", by: "nurse" })];
    const next = takeTiles(takeBoard(null, BOARD), [tile("02", { notifications: taken })]);
    expect(ear.hear(next).fresh).toEqual([]);
    expect(ear.hear(leaveBeds(next, ["01"])).standing).toEqual([]);
  });

  it("hears what is wrong with the house", () => {
    const ear = new Ear();
    const board = takeBoard(null, BOARD);
    ear.hear(board);
    const notice = { id: "n", title: "", detail: "", since: BOARD.now, priority: "medium" as const };
    expect(loudest(ear.hear({ ...board, notices: [notice] }).fresh)).toBe("medium");
  });
});

describe("urgency", () => {
  it("lets the more urgent alone talk over another", () => {
    expect(isMoreUrgent("high", "medium")).toBe(true);
    expect(isMoreUrgent("high", "high")).toBe(false);
    expect(isMoreUrgent("low", "medium")).toBe(false);
  });
});

describe("what a person has set", () => {
  it("is silence until they set it, and silence where it cannot be read", () => {
    expect(settingsOf(null).on).toBe(false);
    expect(settingsOf("{nonsense")).toEqual(SILENT);
    expect(settingsOf('{"on":"yes","volume":7}')).toMatchObject({ on: false, volume: 1 });
  });
});
