import { describe, expect, it } from "vitest";
import type { AlarmStep, RaisedAlarm } from "../../src/api/types";
import { lifeOf, unansweredFor } from "../../src/patient/alarm-life";
import { notification } from "../tiles";

const clock = (minute: number) => new Date(Date.UTC(2026, 10, 22, 2, minute)).toISOString();
const at = (minute: number) => Date.parse(clock(minute)) / 1000;

function step(minute: number, kind: string, changes: Partial<AlarmStep> = {}): AlarmStep {
  return {
    time: clock(minute),
    kind,
    phase: null,
    by: null,
    reason: null,
    to: null,
    until: null,
    done_at: null,
    ...changes,
  };
}

function alarm(...history: AlarmStep[]): RaisedAlarm {
  return { ...notification(), history, told: [], done: [] };
}

const told = (life: ReturnType<typeof lifeOf>) =>
  life.stretches.map((each) => [each.phase, (each.from - at(0)) / 60, (each.to - at(0)) / 60]);

describe("the life of an alarm", () => {
  it("goes from raised over taken and raised again to its end", () => {
    const life = lifeOf(
      alarm(step(0, "raised"), step(4, "acknowledged"), step(34, "re_raised"), step(40, "cleared")),
      at(99),
    );
    expect(told(life)).toEqual([
      ["unanswered", 0, 4],
      ["taken", 4, 34],
      ["unanswered", 34, 40],
    ]);
    expect(life.over).toBe(true);
    expect(unansweredFor(life)).toBe(10 * 60);
  });

  it("what has not ended goes on until now", () => {
    const life = lifeOf(alarm(step(0, "raised")), at(7));
    expect(told(life)).toEqual([["unanswered", 0, 7]]);
    expect(life.over).toBe(false);
  });

  it("escalation is a point on the line, and it is still not taken", () => {
    const life = lifeOf(alarm(step(0, "raised"), step(3, "escalated", { to: "ward doctor" })), at(5));
    expect(told(life)).toEqual([["unanswered", 0, 5]]);
    expect(life.points).toEqual([{ kind: "escalated", at: at(3) }]);
  });

  it("waiting for the budget and paused time is no time in which nobody took it", () => {
    const life = lifeOf(
      alarm(
        step(0, "raised"),
        step(0, "waiting"),
        step(10, "released"),
        step(12, "paused", { until: clock(27) }),
        step(27, "resumed"),
        step(30, "acted_on"),
      ),
      at(60),
    );
    expect(told(life)).toEqual([
      ["waiting", 0, 10],
      ["unanswered", 10, 12],
      ["paused", 12, 27],
      ["unanswered", 27, 30],
      ["taken", 30, 60],
    ]);
    expect(unansweredFor(life)).toBe(5 * 60);
  });

  it("over and not taken is latched until someone does", () => {
    const life = lifeOf(alarm(step(0, "raised"), step(5, "latched"), step(9, "cleared")), at(20));
    expect(told(life)).toEqual([
      ["unanswered", 0, 5],
      ["latched", 5, 9],
    ]);
  });

  it("the stretches cover the whole line without a hole, whatever the order of the steps", () => {
    const steps = [step(12, "cleared"), step(0, "raised"), step(3, "acknowledged"), step(8, "re_raised")];
    const life = lifeOf(alarm(...steps), at(60));
    expect(life.stretches[0]?.from).toBe(life.from);
    expect(life.stretches.at(-1)?.to).toBe(life.to);
    life.stretches.slice(1).forEach((each, i) => {
      expect(each.from).toBe(life.stretches[i]?.to);
    });
  });
});
