import { describe, expect, it } from "vitest";
import type { SignalValue } from "../../src/api/types";
import { lostSignals, sparkSignal, vitalsOf } from "../../src/ward/vitals";
import { notification, tile } from "../tiles";

function signal(value: number | null, status: SignalValue["status"] = "present"): SignalValue {
  return { title: "", abbreviation: "", value, unit: "", time: "2026-11-22T02:00:00Z", status };
}

describe("the cells of a tile", () => {
  it("join the two pressures, and are as doubtful as the worse of them", () => {
    const [, , , pressure] = vitalsOf(
      tile("1", { signals: { systolic_bp: signal(118), diastolic_bp: signal(72, "stale") } }),
    );
    expect(pressure).toMatchObject({ text: "118/72", status: "stale" });
  });

  it("say unknown for what was never measured, not normal", () => {
    for (const vital of vitalsOf(tile("1")))
      expect(vital).toMatchObject({ text: "–", status: "unknown", time: null });
  });

  it("mark the value that the most urgent alarm is about", () => {
    const marked = vitalsOf(tile("1", { notifications: [notification({ priority: "high" })] }));
    expect(marked.filter((vital) => vital.atFault).map((vital) => [vital.name, vital.atFault])).toEqual([
      ["respiratory_rate", "high"],
    ]);
  });
});

describe("the spark line shown", () => {
  const line = { start: "2026-11-22T00:00:00Z", step_s: 60, values: [1] };
  it("is of the signal in alarm, otherwise of the heart", () => {
    const spark = { heart_rate: line, respiratory_rate: line };
    expect(sparkSignal(tile("1", { spark }))).toBe("heart_rate");
    expect(sparkSignal(tile("1", { spark, notifications: [notification()] }))).toBe("respiratory_rate");
    expect(sparkSignal(tile("1"))).toBeNull();
  });
});

describe("lost sensors", () => {
  it("are those with a technical alarm and those that just fell silent, each once", () => {
    const technical = [notification({ kind: "technical", evidence: { signal: "spo2" } })];
    const signals = {
      spo2: signal(null, "lost"),
      heart_rate: signal(null, "lost"),
      temperature: signal(37, "stale"),
    };
    expect(lostSignals(tile("1", { technical, signals })).sort()).toEqual(["heart_rate", "spo2"]);
  });
});
