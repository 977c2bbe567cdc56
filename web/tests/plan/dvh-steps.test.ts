import { describe, expect, it } from "vitest";
import { stepped } from "../../src/plan/dvh-steps";

const CURVES = [{ number: 4 }, { number: 7 }, { number: 9 }];
const go = (key: string, number: number, gy: number) => stepped(key, { number, gy }, CURVES, 50, 60);

describe("keys on the curves", () => {
  it("begin on the first curve at the reference dose", () => {
    expect(stepped("ArrowLeft", null, CURVES, 50, 60)).toEqual({ number: 4, gy: 50 });
    expect(stepped("ArrowDown", null, CURVES, 80, 60)).toEqual({ number: 4, gy: 60 });
  });

  it("go along a curve by parts of the reference dose, and no further than it reaches", () => {
    expect(go("ArrowRight", 7, 20)).toEqual({ number: 7, gy: 20.5 });
    expect(go("ArrowLeft", 7, 0.2)).toEqual({ number: 7, gy: 0 });
    expect(go("PageUp", 7, 58)).toEqual({ number: 7, gy: 60 });
    expect(go("PageDown", 7, 20)).toEqual({ number: 7, gy: 15 });
    expect(go("Home", 7, 20)).toEqual({ number: 7, gy: 0 });
    expect(go("End", 7, 20)).toEqual({ number: 7, gy: 60 });
  });

  it("go from curve to curve, round and round, at the same dose", () => {
    expect(go("ArrowDown", 4, 20)).toEqual({ number: 7, gy: 20 });
    expect(go("ArrowDown", 9, 20)).toEqual({ number: 4, gy: 20 });
    expect(go("ArrowUp", 4, 20)).toEqual({ number: 9, gy: 20 });
  });

  it("begin anew where the curve was hidden", () => {
    expect(go("ArrowRight", 5, 20)).toEqual({ number: 4, gy: 50 });
  });

  it("leave, and leave other keys alone", () => {
    expect(go("Escape", 7, 20)).toBeNull();
    expect(go("d", 7, 20)).toBeUndefined();
    expect(stepped("ArrowUp", null, [], 50, 60)).toBeUndefined();
  });
});
