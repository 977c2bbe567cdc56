import { describe, expect, it } from "vitest";
import {
  dayOf,
  eventsAt,
  firstPolicy,
  missedInterval,
  nurseLoad,
  settingAt,
  settingsOf,
} from "../../src/policies/settings";
import { comparison, numbers } from "./comparison";

describe("settings of a policy", () => {
  it("are those that were judged, by rising factor", () => {
    expect(settingsOf(comparison(), "calm").map((each) => each.factor)).toEqual([0.5, 1, 2]);
  });

  it("are the policy as it is, where no others were tried", () => {
    expect(settingsOf(comparison(), "loud").map((each) => each.factor)).toEqual([1]);
    expect(settingsOf(comparison(), "nobody")).toEqual([]);
  });

  it("a factor that was not judged is never shown: the policy as it is stands in", () => {
    expect(settingAt(comparison(), "calm", 1.5)?.factor).toBe(1);
    expect(settingAt(comparison(), "calm", Number.NaN)?.factor).toBe(1);
  });

  it("begins with the policy on the front that misses least", () => {
    expect(firstPolicy(comparison())).toBe("loud");
  });
});

describe("events at a setting", () => {
  it("tells what is missed here and found by the policy as it is, and the other way round", () => {
    const at = (factor: number) =>
      eventsAt(comparison(), "calm", factor).map((each) => [
        each.event.event,
        each.afterMin,
        each.lost,
        each.won,
      ]);
    expect(at(1)).toEqual([
      ["bleeding", null, false, false],
      ["sepsis", 10, false, false],
    ]);
    expect(at(2)).toEqual([
      ["sepsis", null, true, false],
      ["bleeding", null, false, false],
    ]);
    expect(at(0.5)).toEqual([
      ["bleeding", 30, false, true],
      ["sepsis", 5, false, false],
    ]);
  });

  it("each lies in a day of its patient", () => {
    expect(comparison().events.map((each) => dayOf(comparison(), each.patient, each.onset))).toEqual([1, 2]);
    expect(dayOf(comparison(), "unknown/1", "2026-03-02T01:00:00Z")).toBe(1);
  });
});

describe("numbers", () => {
  it("the interval of missed events is that of the sensitivity, upside down", () => {
    expect(missedInterval(numbers(1, 1))).toEqual({ low: 0, high: 1 });
  });

  it("an hour in which nobody was monitored counts for nothing in a nurse's load", () => {
    const load = nurseLoad(numbers(2, 0));
    expect(load.worst).toBe(16);
    expect(load.hour).toBe(3);
    expect(load.mean).toBeCloseTo(16 / 23);
  });
});
