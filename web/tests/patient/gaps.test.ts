import { describe, expect, it } from "vitest";
import type { SignalSeries } from "../../src/api/types";
import { appendSample, paceOf, withGaps } from "../../src/patient/gaps";
import { randomNumbers } from "../tiles";

function series(
  time: number[],
  value: (number | null)[] = time.map(() => 70),
  period_s: number | null = 60,
): SignalSeries {
  return { title: "", unit: "/min", period_s, time, value };
}

const minutes = (...n: number[]) => n.map((each) => each * 60);

describe("gaps", () => {
  it("two missing samples are bridged, the third is a gap", () => {
    expect(withGaps(series(minutes(0, 1, 2, 5, 6)), 0, 360).gaps).toEqual([]);
    expect(withGaps(series(minutes(0, 1, 2, 6, 7)), 0, 420).gaps).toEqual([[120, 360]]);
  });

  it("a null is put into a gap, so that no line crosses it", () => {
    const { time, value } = withGaps(series(minutes(0, 1, 2, 30, 31)), 0, 31 * 60);
    expect(value).toEqual([70, 70, 70, null, 70, 70]);
    expect(time).toEqual([...time].sort((a, b) => a - b));
  });

  it("the time before the first and after the last value is a gap too", () => {
    expect(withGaps(series(minutes(60, 61, 62, 63)), 0, 7200).gaps).toEqual([
      [0, 3600],
      [3780, 7200],
    ]);
  });

  it("missing values that the server names are gaps from the last good one to the next", () => {
    const { gaps } = withGaps(
      series(minutes(0, 1, 2, 3, 4, 5, 6, 7), [70, 70, null, null, null, null, 70, 70]),
      0,
      420,
    );
    expect(gaps).toEqual([[60, 360]]);
  });

  it("no two values further apart than allowed are ever joined", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = randomNumbers(seed);
      let at = 0;
      const time = Array.from({ length: 200 }, () => {
        at += 60 * (random() < 0.1 ? 1 + Math.floor(random() * 30) : 1);
        return at;
      });
      const drawn = withGaps(series(time), 0, at);
      for (let i = 1; i < drawn.time.length; i++)
        if (drawn.value[i] !== null && drawn.value[i - 1] !== null)
          expect((drawn.time[i] ?? 0) - (drawn.time[i - 1] ?? 0)).toBeLessThanOrEqual(210);
    }
  });
});

describe("the pace of a signal", () => {
  it("is the real one, where a cuff comes more rarely than its device says", () => {
    expect(paceOf(series([0, 3600, 7200, 10_800]))).toBe(3600);
  });
  it("is the device's own for a steady stream with a hole in it", () => {
    expect(paceOf(series(minutes(0, 1, 2, 3, 50, 51, 52)))).toBe(60);
  });
  it("does not exist for a handful of readings: they have no gaps between them", () => {
    expect(paceOf(series([0, 14_400], [37, 37.2]))).toBe(Number.POSITIVE_INFINITY);
    expect(withGaps(series([0, 14_400], [37, 37.2], null), 0, 20_000).gaps).toEqual([]);
  });
});

describe("a live value", () => {
  it("is added once, and only if it is newer", () => {
    const before = series([0, 60]);
    const after = appendSample(before, 120, 71);
    expect(after.time).toEqual([0, 60, 120]);
    expect(appendSample(after, 120, 71)).toBe(after);
    expect(appendSample(after, 90, 71)).toBe(after);
    expect(before.time).toEqual([0, 60]);
  });
});
