import { describe, expect, it } from "vitest";
import type { SignalValue } from "../../src/api/types";
import { explanationRows, inputRows, withSignals } from "../../src/finding/inputs";

const spo2: SignalValue = {
  title: "",
  abbreviation: "",
  value: 97,
  unit: "%",
  time: "2026-11-22T02:00:00Z",
  status: "present",
};

describe("inputs as rows", () => {
  it("take plain values, records, lists of records and bare names", () => {
    expect(inputRows({ heart_rate: 71 }, { points: { heart_rate: 0 } })[0]).toMatchObject({
      value: 71,
      status: "present",
      points: 0,
    });
    expect(inputRows({ spo2: { value: null, status: "not done" } }, null)[0]).toMatchObject({
      status: "not done",
      points: null,
    });
    expect(inputRows([{ name: "spo2", value: 96, unit: "%" }], null)[0]).toMatchObject({
      name: "spo2",
      value: 96,
      unit: "%",
    });
    expect(inputRows(["spo2"], null)[0]).toMatchObject({ name: "spo2", value: null, status: "unknown" });
    expect(inputRows(undefined, null)).toEqual([]);
  });

  it("call a missing value unknown, never present", () => {
    expect(inputRows({ consciousness: null }, null)[0]?.status).toBe("unknown");
  });

  it("get a time only from a signal that still has the value that was used", () => {
    const [used] = withSignals(inputRows({ spo2: 97 }, null), { spo2 });
    expect(used).toMatchObject({ unit: "%", time: spo2.time });
    const [older] = withSignals(inputRows({ spo2: 95 }, null), { spo2 });
    expect(older?.time).toBeNull();
  });

  it("say of a missing input what became of its sensor", () => {
    const [lost] = withSignals(inputRows(["spo2"], null), { spo2: { ...spo2, status: "lost" } });
    expect(lost).toMatchObject({ status: "lost", value: null, time: spo2.time });
  });
});

describe("an explanation", () => {
  it("leaves the points to the inputs", () => {
    expect(explanationRows({ points: { spo2: 3 }, band: "high", note: null })).toEqual([["band", "high"]]);
  });
});
