import { describe, expect, it } from "vitest";
import type { SignalValue } from "../../src/api/types";
import { nextStep, shortAge, wallRow } from "../../src/wall/row";
import { notification, tile } from "../tiles";

const NOW = Date.parse("2026-11-22T02:10:00Z");

function signal(changes: Partial<SignalValue>): SignalValue {
  return {
    title: "",
    abbreviation: "",
    value: 80,
    unit: "/min",
    time: "2026-11-22T02:09:58Z",
    status: "present",
    ...changes,
  };
}

describe("a cell of the wall", () => {
  it("gives an old value its age, a lost one no number, and a present one neither", () => {
    const row = wallRow(
      tile("01", {
        signals: {
          heart_rate: signal({}),
          respiratory_rate: signal({ status: "stale", time: "2026-11-22T01:55:00Z", value: 17 }),
          spo2: signal({ status: "lost", value: 97 }),
        },
      }),
      NOW,
    );
    expect(row.values.slice(0, 3).map(({ text, age }) => [text, age])).toEqual([
      ["80", ""],
      ["17", "15m"],
      ["×", ""],
    ]);
  });

  it("says that nobody has taken it, whom it went to, and when it goes further", () => {
    const alarm = notification({
      state: "escalated",
      escalated_to: "ward doctor",
      escalates_at: "2026-11-22T02:15:00Z",
      escalates_to: "rapid response",
      unanswered_since: "2026-11-22T02:05:00Z",
    });
    const row = wallRow(tile("01", { notifications: [alarm] }), NOW);
    expect(row).toMatchObject({ waiting: true, taken: false, escalated: true, left: 16 });
    expect(row.words).toBe("RR > 24 · to ward doctor · rapid response in 5m");
  });

  it("says who has taken it, and counts down no more", () => {
    const alarm = notification({ state: "acknowledged", by: "nurse", escalates_at: null });
    const row = wallRow(tile("01", { notifications: [alarm] }), NOW);
    expect(row).toMatchObject({ waiting: false, taken: true, escalated: false, left: null });
    expect(row.words).toContain("nurse");
  });

  it("never counts below nothing", () => {
    const late = {
      escalates_at: "2026-11-22T02:00:00Z",
      escalates_to: "x",
      unanswered_since: "2026-11-22T01:00:00Z",
    };
    expect(nextStep(late, NOW)).toEqual({ words: "x in 0s", left: 0 });
  });

  it("tells ages in the largest whole unit", () => {
    expect([59, 60, 3599, 3600, 172_800].map(shortAge)).toEqual(["59s", "1m", "59m", "1h", "2d"]);
  });
});
