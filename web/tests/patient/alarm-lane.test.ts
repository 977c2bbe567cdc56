import { describe, expect, it } from "vitest";
import type { AlarmStep } from "../../src/api/types";
import { alarmBars, barsAt } from "../../src/patient/alarm-lane";
import { notification } from "../tiles";

const at = (iso: string) => Date.parse(iso) / 1000;
const NOW = at("2026-11-22T03:00:00Z");
const step = (time: string, kind: string, by: string | null = null): AlarmStep => ({
  time,
  kind,
  phase: null,
  by,
  reason: null,
  to: null,
  until: null,
  done_at: null,
});
const NOTHING = { raised: [], suppressed: [], not_assessable: [] };

describe("bars of the alarm lane", () => {
  it("an alarm that is over ends when it was cleared, one that is not ends now", () => {
    const history = [step("2026-11-22T02:00:00Z", "raised"), step("2026-11-22T02:20:00Z", "cleared")];
    const raised = [
      { ...notification({ state: "cleared" }), history, told: [], done: [] },
      { ...notification({ id: "n2" }), history: history.slice(0, 1), told: [], done: [] },
    ];
    const bars = alarmBars({ ...NOTHING, raised }, NOW);
    expect(bars.map((bar) => [bar.from, bar.to])).toEqual([
      [at("2026-11-22T02:00:00Z"), at("2026-11-22T02:20:00Z")],
      [at("2026-11-22T02:00:00Z"), NOW],
    ]);
  });

  it("who took or paused it is a mark of its own", () => {
    const history = [step("2026-11-22T02:05:00Z", "acknowledged", "A. Linde")];
    const taken = alarmBars(
      { ...NOTHING, raised: [{ ...notification(), history, told: [], done: [] }] },
      NOW,
    ).filter((bar) => bar.row === "taken");
    expect(taken).toHaveLength(1);
    expect(taken[0]?.words).toContain("A. Linde");
  });

  it("a suppressed alarm carries its reason, a lost signal that is still lost ends now", () => {
    const suppressed = [
      { time: "2026-11-22T02:00:00Z", rule: "rr>30/1min", title: "Fast", reason: "did not last" },
    ];
    const not_assessable = [{ signal: "spo2", start: "2026-11-22T02:30:00Z", end: null }];
    const bars = alarmBars({ raised: [], suppressed, not_assessable }, NOW);
    expect(bars.map((bar) => [bar.row, bar.words, bar.to])).toEqual([
      ["suppressed", "Fast: did not last", at("2026-11-22T02:00:00Z")],
      ["not_assessable", "spo2", NOW],
    ]);
  });

  it("a mark without length can still be pointed at", () => {
    const suppressed = [{ time: "2026-11-22T02:00:00Z", rule: "r", title: "Fast", reason: "why" }];
    const bars = alarmBars({ ...NOTHING, suppressed }, NOW);
    const when = at("2026-11-22T02:00:00Z");
    expect(barsAt(bars, when + 30, 20)).toHaveLength(1);
    expect(barsAt(bars, when + 300, 20)).toHaveLength(0);
  });
});
