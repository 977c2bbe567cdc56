import { describe, expect, it } from "vitest";
import {
  formatAge,
  formatClock,
  formatDate,
  formatLength,
  formatMoment,
  formatNumber,
  formatReason,
  formatSignal,
  formatUnit,
  formatValue,
} from "../../src/words/format";

describe("ages", () => {
  it.each([
    [-3, "0 s"],
    [0.4, "0 s"],
    [59.99, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [3600, "1 h"],
    [47 * 3600, "47 h"],
    [48 * 3600, "2 d"],
  ])("tells %d s as %s", (seconds, words) => expect(formatAge(seconds)).toBe(words));

  it("never tells an age as greater than it is", () => {
    const size = { s: 1, min: 60, h: 3600, d: 86_400 } as const;
    for (let seconds = 0; seconds < 200_000; seconds += 37) {
      const [n, unit] = formatAge(seconds).split(" ") as [string, keyof typeof size];
      expect(Number(n) * size[unit]).toBeLessThanOrEqual(seconds);
      expect((Number(n) + 1) * size[unit]).toBeGreaterThan(seconds);
    }
  });
});

describe("moments", () => {
  const night = Date.parse("2026-11-22T02:12:08Z");

  it("are 24-hour and local", () => {
    expect(formatClock(night)).toBe("03:12");
    expect(formatClock(night, true)).toBe("03:12:08");
    expect(formatClock(Date.parse("2026-07-01T21:30:00Z"))).toBe("23:30");
  });

  it("have an ISO date, of the local day", () => {
    expect(formatDate(Date.parse("2026-11-22T23:30:00Z"))).toBe("2026-11-23");
  });

  it("name the day only when it is another one", () => {
    expect(formatMoment(night, Date.parse("2026-11-22T20:00:00Z"))).toBe("03:12");
    expect(formatMoment(night, Date.parse("2026-11-22T23:10:00Z"))).toBe("2026-11-22 03:12");
  });

  it("are told the same way inside the server's sentences", () => {
    expect(formatReason("held since 2026-11-22T02:12:08Z; covered", night)).toBe("held since 03:12; covered");
    expect(formatReason("did not last: 5 s of 1 min", night)).toBe("did not last: 5 s of 1 min");
  });
});

describe("values", () => {
  it("carry the decimals of their measurement", () => {
    expect(formatSignal("temperature", 38)).toBe("38.0");
    expect(formatSignal("heart_rate", 71.6)).toBe("72");
    expect(formatSignal("spo2", null)).toBe("–");
    expect(formatNumber(1234.5, 1)).toBe("1234.5");
  });

  it("have units as the ward writes them", () => {
    expect(["mm[Hg]", "Cel", "%", "/min", "{score}", null].map(formatUnit)).toEqual([
      "mmHg",
      "°C",
      "%",
      "/min",
      "",
      "",
    ]);
  });

  it("tell missing from no and from nought", () => {
    expect([null, undefined, false, 0].map(formatValue)).toEqual(["–", "–", "no", "0"]);
    expect(formatValue({ bed: "24", ward: "7A" })).toBe("bed 24; ward 7A");
  });

  it("state a rule's length as the rule does", () => {
    expect([60, 300, 3600, 90, 43_200].map(formatLength)).toEqual([
      "1 min",
      "5 min",
      "60 min",
      "90 s",
      "12 h",
    ]);
  });
});
