import { describe, expect, it } from "vitest";
import type { Handover } from "../../src/api/house-types";
import { sheetCsv, sheetText } from "../../src/handover/sheet";
import { notification } from "../tiles";

const SHEET: Handover = {
  ward: "7A",
  hospital: "H",
  simulated: true,
  since: "2026-11-22T00:00:00Z",
  now: "2026-11-22T08:00:00Z",
  patients: [
    {
      bed: "03",
      patient: { id: "demo/3", pseudonym: "=Alder", age: 70, sex: "female", reason: 'day 1, "hip"' },
      state: "look_soon",
      signals: {
        spo2: {
          title: "",
          abbreviation: "",
          value: 91,
          unit: "%",
          time: "2026-11-22T07:48:00Z",
          status: "stale",
        },
      },
      news2: { score: 6, band: "medium", model: { name: "news2", version: "1", digest: "" }, inputs: {} },
      news2_before: { time: "2026-11-22T00:00:00Z", score: 2, refusal: null },
      raised: [
        {
          ...notification({ state: "acknowledged", by: "nurse" }),
          history: [],
          told: [],
          done: [
            { time: "", by: "nurse", kind: "acknowledged", what: null, done_at: "2026-11-22T02:01:00Z" },
            { time: "", by: "nurse", kind: "acted_on", what: "sat up", done_at: "2026-11-22T02:02:00Z" },
          ],
        },
      ],
      held_back: [{ title: "Fast heart rate", reason: "did not last", count: 4 }],
      own_limits: [],
      sensors_lost: [],
    },
  ],
};

describe("the handover sheet", () => {
  it("says in text what the page says: value with its age, trend, what stands, what was done, what was held back", () => {
    const text = sheetText(SHEET);
    for (const part of [
      "Bed 03",
      "SpO₂ 91 (12 min ago, old)",
      "6, was 2 at the beginning",
      "Still stands: 03:00 Fast breathing (medium priority, taken by nurse)",
      "Done: 03:02 sat up (nurse)",
      "Held back: 4 × Fast heart rate: did not last",
      "Not a medical device",
    ])
      expect(text).toContain(part);
  });

  it("is a table of one line a patient, quoted, with no cell that a spreadsheet would run", () => {
    const lines = sheetCsv(SHEET).trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`03,"'=Alder 70 years · woman · day 1, ""hip""",Look soon`);
  });
});
