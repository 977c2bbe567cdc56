import { describe, expect, it, vi } from "vitest";
import { createTimeRange } from "../../src/patient/time-range";

describe("the time shown", () => {
  it("is the whole, a part, and the whole again", () => {
    const range = createTimeRange(0, 3600);
    range.zoom([600, 1800]);
    expect(range.get()).toEqual([600, 1800]);
    expect(range.isZoomed()).toBe(true);
    range.reset();
    expect(range.get()).toEqual([0, 3600]);
  });

  it("stays where a person zoomed while time goes on", () => {
    const range = createTimeRange(0, 3600);
    range.zoom([600, 1800]);
    range.whole(60, 3660);
    expect(range.get()).toEqual([600, 1800]);
    range.reset();
    expect(range.get()).toEqual([60, 3660]);
  });

  it("never gets closer than two minutes, nor out of the whole", () => {
    const range = createTimeRange(0, 3600);
    range.zoom([1000, 1001]);
    const [from, to] = range.get();
    expect(to - from).toBe(120);
    range.zoom([-50, 9999]);
    expect(range.get()).toEqual([0, 3600]);
  });

  it("tells every lane once for each change", () => {
    const range = createTimeRange(0, 3600);
    const listener = vi.fn();
    range.subscribe(listener);
    range.whole(0, 3600);
    expect(listener).not.toHaveBeenCalled();
    range.zoom([600, 1800]);
    range.reset();
    range.reset();
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
