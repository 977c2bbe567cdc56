import { describe, expect, it } from "vitest";
import type { Day, DayOfPolicy } from "../../src/api/comparison-types";
import {
  briefReason,
  eventsDuring,
  momentsOf,
  nextMoment,
  saidAt,
  secondsOf,
  valueAt,
} from "../../src/replay/moments";
import { saidBars, saidUnder } from "../../src/replay/policy-lane";

const at = (clock: string) => `2026-03-01T${clock}:00Z`;

function policy(name: string, changes: Partial<DayOfPolicy> = {}): DayOfPolicy {
  return {
    name,
    title: "",
    version: "1",
    digest: "",
    factor: 1,
    rules: [],
    raised: [],
    suppressed: [],
    ...changes,
  };
}

const raised = (time: string, end: string | null) => ({
  time: at(time),
  end: end === null ? null : at(end),
  rule: "hr>130/30min",
  title: "Fast heart rate",
  priority: "high" as const,
  signal: "heart_rate",
  value: 150,
  is_true: true,
});

function day(policies: DayOfPolicy[]): Day {
  return {
    patient: "t/1",
    pseudonym: "t/1",
    comparison: "march",
    simulated: true,
    day: 1,
    days: 1,
    factors: [1],
    start: at("00:00"),
    end: "2026-03-02T00:00:00Z",
    series: {},
    truth: [{ event: "sepsis", onset: at("10:00"), end: at("12:00") }],
    policies,
  };
}

describe("moments of a day", () => {
  const one = policy("calm", { raised: [raised("10:30", "11:00"), raised("13:00", null)] });

  it("are the true events and what the policy raised, in order of time", () => {
    expect(momentsOf(day([one]), one).map((each) => each.kind)).toEqual(["onset", "raised", "end", "raised"]);
  });

  it("are not those of another day", () => {
    const later = { ...day([one]), start: at("12:30") };
    expect(momentsOf(later, one).map((each) => each.kind)).toEqual(["raised"]);
  });

  it("are stepped through one by one, and there is an end", () => {
    const moments = momentsOf(day([one]), one);
    let here: number | null = null;
    const visited: string[] = [];
    for (let next = nextMoment(moments, here, 1); next; next = nextMoment(moments, here, 1)) {
      here = next.at;
      visited.push(next.kind);
    }
    expect(visited).toEqual(["onset", "raised", "end", "raised"]);
    expect(nextMoment(moments, secondsOf(at("10:30")), -1)?.kind).toBe("onset");
    expect(nextMoment(moments, secondsOf(at("10:00")), -1)).toBeNull();
  });
});

describe("what is said at a time", () => {
  const held = {
    time: at("10:20"),
    rule: "hr>110/60min",
    title: "Fast heart rate",
    reason: "did not last: 5 min of 1 h",
  };
  const calm = policy("calm", { raised: [raised("10:30", "11:00")], suppressed: [held] });

  it("an alarm stands from when it is raised until it is cleared", () => {
    const standing = (time: string) => saidAt(day([calm]), secondsOf(at(time)))[0]?.standing.length;
    expect(["10:29", "10:30", "10:59", "11:00"].map(standing)).toEqual([0, 1, 1, 0]);
  });

  it("what was held back is told for a quarter of an hour", () => {
    const told = (time: string) => saidAt(day([calm]), secondsOf(at(time)))[0]?.held.length;
    expect(["10:19", "10:20", "10:34", "10:35"].map(told)).toEqual([0, 1, 1, 0]);
  });

  it("where it is not known what was held back, nothing is invented", () => {
    const unknown = policy("old", { suppressed: null });
    expect(saidAt(day([unknown]), secondsOf(at("10:20")))[0]?.held).toEqual([]);
    expect(saidBars(unknown, 0)).toEqual([]);
  });

  it("an event is under way from its onset to its end", () => {
    expect(eventsDuring(day([]), secondsOf(at("12:00")))).toEqual(["sepsis"]);
    expect(eventsDuring(day([]), secondsOf(at("12:01")))).toEqual([]);
  });

  it("reasons count together without how long and until when", () => {
    expect(briefReason("did not last: 3 min of 5 min")).toBe("did not last");
    expect(briefReason("refractory until 2026-01-02T08:00:00Z")).toBe("refractory");
  });
});

describe("values at a time", () => {
  const series = { time: [0, 60, 120], value: [80, null, 90], period_s: 60 };

  it("are the newest, with their age, and a gap is no value", () => {
    expect(valueAt(series, 30)).toEqual({ value: 80, age: 30 });
    expect(valueAt(series, 90)).toBeNull();
    expect(valueAt(series, 120)).toEqual({ value: 90, age: 0 });
    expect(valueAt(series, -1)).toBeNull();
    expect(valueAt(undefined, 0)).toBeNull();
  });
});

describe("bars of a policy's lane", () => {
  it("what still stands ends with the day; what was held back is a point with its reason", () => {
    const suppressed = [{ time: at("09:00"), rule: "r", title: "Slow", reason: "implausible" }];
    const end = secondsOf("2026-03-02T00:00:00Z");
    const bars = saidBars(policy("calm", { raised: [raised("13:00", null)], suppressed }), end);
    expect(bars.map((bar) => [bar.priority, bar.to])).toEqual([
      [null, secondsOf(at("09:00"))],
      ["high", end],
    ]);
    expect(saidUnder(bars, secondsOf(at("09:00")), 60).map((bar) => bar.words)).toEqual([
      "Slow: implausible",
    ]);
  });
});
