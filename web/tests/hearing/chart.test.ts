import { describe, expect, it } from "vitest";
import type { Threshold } from "../../src/api/exposure-types";
import { across, arrow, down, lines, OCTAVE, PER_DB, symbol, typedThresholds } from "../../src/hearing/chart";

const one = (frequency_hz: number, level_db: number, more: Partial<Threshold> = {}): Threshold => ({
  ear: "right",
  frequency_hz,
  level_db,
  response: true,
  conduction: "air",
  masked: false,
  ...more,
});

describe("an audiogram", () => {
  it("has octaves of one width, as wide as 20 dB are high", () => {
    for (const hz of [125, 250, 1000, 4000]) expect(across(2 * hz) - across(hz)).toBeCloseTo(OCTAVE);
    expect(OCTAVE).toBe(20 * PER_DB);
  });

  it("has louder downwards, and nothing beyond the paper", () => {
    expect(down(40) - down(20)).toBeCloseTo(OCTAVE);
    expect(down(130)).toBe(down(120));
    expect(down(-20)).toBe(down(-10));
  });

  it("ends a line where a tone was not heard, and joins no bone conduction to it", () => {
    const found = lines(
      [
        one(4000, 60),
        one(500, 10),
        one(1000, 20),
        one(6000, 90, { response: false }),
        one(8000, 100),
        one(2000, 5, { conduction: "bone" }),
      ],
      "right",
    );
    expect(found.map((line) => line.map((each) => each.frequency_hz))).toEqual([[500, 1000, 4000]]);
  });

  it("has a symbol for each way of testing, and arrows away from the middle", () => {
    const every = [false, true].flatMap((masked) =>
      (["air", "bone"] as const).flatMap((conduction) =>
        (["right", "left"] as const).map((ear) => symbol(one(1000, 0, { ear, conduction, masked }))),
      ),
    );
    expect(new Set(every).size).toBe(8);
    expect(arrow("right")).toContain("-16 18");
    expect(arrow("left")).not.toContain("-16 18");
  });
});

describe("what is typed in", () => {
  it("is a level, or the loudest that was not heard; nothing is nothing", () => {
    const { thresholds, wrong } = typedThresholds({
      "right 4000": " 55 ",
      "left 8000": "100NR",
      "left 500": "",
      "right 250": "2,5",
    });
    expect(wrong).toEqual([]);
    expect(thresholds.map((each) => [each.ear, each.frequency_hz, each.level_db, each.response])).toEqual([
      ["right", 4000, 55, true],
      ["left", 8000, 100, false],
      ["right", 250, 2.5, true],
    ]);
  });

  it("is refused where it is none", () => {
    for (const text of ["x", "5 5", "140", "-30", "NR", ">90"])
      expect(typedThresholds({ "right 4000": text }).wrong).toEqual(["right 4000"]);
  });
});
