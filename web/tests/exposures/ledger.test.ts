import { describe, expect, it } from "vitest";
import type { Amount, LedgerEntry, LedgerSum } from "../../src/api/exposure-types";
import {
  columnsOf,
  doseUnit,
  formatAmount,
  indicesOf,
  kindOf,
  momentOf,
  subtotalsOf,
  whenWords,
} from "../../src/exposures/ledger";
import { outstandingOf, sectionsOf, wantedOf } from "../../src/exposures/levels";
import { ticksOf } from "../../src/exposures/Strip";

const amount = (quantity: string, value: number, of = ""): Amount => ({
  quantity,
  value,
  unit: quantity === "prescribed_dose" ? "Gy" : "mGy.cm",
  of,
  source: "",
});

const entry = (modality: string, ...quantities: Amount[]): LedgerEntry => ({
  category: modality === "radiotherapy" ? "therapy" : "diagnostic",
  modality,
  started: "2026-02-10T08:30:00",
  what: "Chest",
  uid: modality,
  quantities,
});

describe("a ledger", () => {
  const entries = [
    entry("ct", amount("dose_length_product", 300), amount("ctdi_vol", 8)),
    entry("ct", amount("dose_length_product", 500)),
    entry("radiotherapy", amount("prescribed_dose", 60, "PTV")),
    entry("radiotherapy", amount("prescribed_dose", 10, "PTV")),
  ];
  const sums: LedgerSum[] = [
    { ...amount("dose_length_product", 800), category: "diagnostic", modality: "ct", exposures: 2 },
  ];

  it("has a column for each quantity that was reported, in one order", () => {
    expect(columnsOf(entries).map((one) => one.quantity)).toEqual([
      "ctdi_vol",
      "dose_length_product",
      "prescribed_dose",
    ]);
  });

  it("adds within a kind of examination what has a sum, and nothing over kinds", () => {
    const found = subtotalsOf(entries, sums);
    expect(found.map((one) => [one.modality, one.count])).toEqual([
      ["ct", 2],
      ["radiotherapy", 2],
    ]);
    expect(found[0]?.amounts.get("dose_length_product")?.map((one) => one.value)).toEqual([800]);
    expect(found[0]?.amounts.get("ctdi_vol")).toBeNull();
    expect(found[1]?.amounts.get("prescribed_dose")).toBeNull();
    expect(found[1]?.amounts.has("dose_length_product")).toBe(false);
  });

  it("shows no more digits than machines mean", () => {
    expect(formatAmount(724.52)).toBe("724.5");
    expect(formatAmount(0.000394)).toBe("0.000394");
    expect(doseUnit("Gy.cm2")).toBe("Gy·cm²");
  });

  it("takes a time without a zone as the hospital's own, and a day as its beginning", () => {
    expect(momentOf("2026-02-10T08:30:00")).toBe(Date.UTC(2026, 1, 10, 7, 30));
    expect(momentOf("2026-02-10")).toBe(Date.UTC(2026, 1, 9, 23));
    expect(momentOf(null)).toBeNull();
    expect(whenWords("2026-02-10T08:30:00")).toBe("2026-02-10 08:30");
  });

  it("shows the ends of dose indices by phantom, for they have no sum", () => {
    const event = (value: number, of: string) => ({
      quantities: [{ quantity: "ctdi_vol", value, unit: "mGy", of }, amount("dose_length_product", 9)],
    });
    const exam = {
      study_uid: "1",
      modality: "ct",
      protocol: "",
      device: { manufacturer: "", model: "" },
      warnings: [],
      events: [event(8, "32 cm"), event(3, "32 cm"), event(40, "16 cm")],
    };
    expect(indicesOf(exam)).toEqual([
      { of: "32 cm", low: 3, high: 8, scans: 2 },
      { of: "16 cm", low: 40, high: 40, scans: 1 },
    ]);
    expect(indicesOf(null)).toEqual([]);
  });

  it("gives each kind a row", () => {
    expect(kindOf("fluoroscopy")).toBe("x-ray");
    expect(kindOf("nuclear medicine")).toBe("nuclear medicine");
  });

  it("has few ticks however many years there are", () => {
    const day = 86_400_000;
    for (const days of [20, 200, 2000, 20_000, 40_000]) {
      const ticks = ticksOf(Date.UTC(2000, 5, 5), Date.UTC(2000, 5, 5) + days * day);
      expect(ticks.length).toBeLessThan(11);
      expect(ticks.length).toBeGreaterThan(days > 60 ? 2 : -1);
    }
  });

  it("has no ticks closer than their words are wide", () => {
    const years = 365.25 * 86_400_000;
    for (const long of [0.2, 1, 3, 8, 20, 35, 60, 99]) {
      for (const room of [300, 600, 1000]) {
        const ticks = ticksOf(Date.UTC(1920, 2, 3), Date.UTC(1920, 2, 3) + long * years, room);
        for (const [n, at] of ticks.slice(1).entries())
          expect(((at - (ticks[n] ?? 0)) * room) / (long * years)).toBeGreaterThan(56);
      }
    }
  });
});

describe("a department's levels", () => {
  const level = (protocol: string, n: number, more = {}) => ({
    modality: "ct",
    protocol,
    quantity: "dose_length_product",
    of: "",
    unit: "mGy.cm",
    examinations: n,
    median: 100,
    p25: 90,
    p75: 120,
    lowest: 10,
    highest: 300,
    is_enough: n >= 20,
    fence: 165,
    values: [],
    level: null,
    is_median_above: false,
    standing_out: [],
    ...more,
  });
  const out = (value: number, outlier: boolean) => ({
    patient: "demo/1",
    pseudonym: "A",
    study_uid: String(value),
    started: null,
    device: "",
    value,
    is_outlier: outlier,
    is_above_level: !outlier,
  });

  it("are on one scale for each quantity, those with most examinations first", () => {
    const found = sectionsOf([
      level("A", 3),
      level("B", 30, { level: { protocol: "B", quantity: "", value: 900, source: "" } }),
      level("C", 5, { quantity: "dose_area_product" }),
    ]);
    expect(found.map((one) => [one.quantity, one.most, one.levels.map((each) => each.protocol)])).toEqual([
      ["dose_length_product", 900, ["B", "A"]],
      ["dose_area_product", 300, ["C"]],
    ]);
  });

  it("are found by their words and their number", () => {
    const every = [level("Chest", 3), level("Chest low dose", 30)];
    expect(wantedOf(every, "chest", true).map((one) => one.protocol)).toEqual(["Chest low dose"]);
    expect(wantedOf(every, "LOW", false)).toHaveLength(1);
  });

  it("list outliers first, the farthest before", () => {
    const found = outstandingOf([
      level("A", 30, { standing_out: [out(500, false), out(400, true), out(800, true)] }),
    ]);
    expect(found.map((one) => one.value)).toEqual([800, 400, 500]);
  });
});
