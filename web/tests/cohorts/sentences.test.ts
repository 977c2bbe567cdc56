import { describe, expect, it } from "vitest";
import type { Figure, ValidationDocument } from "../../src/api/validation-types";
import { sentences } from "../../src/cohorts/sentences";

const figure = (estimate: number, low: number | null, high: number | null): Figure => ({
  estimate,
  low,
  high,
});

function document(more: Partial<ValidationDocument> = {}): ValidationDocument {
  return {
    model: { name: "m", version: "1", digest: "d" },
    cohort: {},
    horizon_years: 5,
    c_index: figure(0.68, 0.65, 0.71),
    calibration: {
      e_over_o: figure(1.1, 1.02, 1.2),
      ici: figure(0.031, 0.02, 0.05),
      slope: figure(0.8, 0.7, 0.9),
    },
    net_benefit: { estimate: 0.06, low: 0.03, high: 0.09, threshold: 0.2, treat_all: 0.04 },
    ...more,
  };
}

describe("three plain sentences", () => {
  it("say whether it ranks, whether its numbers are right, whether acting on it helps", () => {
    const [rank, calibration, benefit] = sentences(document());
    expect(rank).toContain("in 68 of 100 pairs (65 to 71)");
    expect(calibration).toContain("too many events: 110 for every 100 that came (102 to 120)");
    expect(calibration).toContain("3.1 percentage points");
    expect(calibration).toContain("high risks are too high and its low ones too low");
    expect(benefit).toContain("20 % or more is worth 6.0 found per 100 patients");
    expect(benefit).toContain("acting on everybody 4.0");
  });

  it("call it agreement only where the interval allows it, and nothing where there is none", () => {
    const at = (e_over_o: Figure) => sentences(document({ calibration: { e_over_o } }))[1];
    expect(at(figure(1.02, 0.9, 1.1))).toContain("which agrees");
    expect(at(figure(0.8, 0.7, 0.95))).toContain("too few events: 80");
    expect(at(figure(1.02, null, null))).toContain("nobody can say whether that agrees");
  });

  it("do not sell a benefit that is not shown", () => {
    const at = (estimate: number, low: number, treat_all: number) =>
      sentences(document({ net_benefit: { estimate, low, high: 0.2, threshold: 0.1, treat_all } }))[2];
    expect(at(0.02, -0.01, 0.01)).toContain("not shown to help");
    expect(at(-0.02, -0.05, -0.1)).toContain("not shown to help");
    expect(at(0.03, 0.01, 0.05)).toContain("no more than acting on everybody");
  });

  it("give the reason where there is no figure", () => {
    const [rank, calibration, benefit] = sentences(
      document({
        c_index: null,
        calibration: { e_over_o: null, not_assessable: { e_over_o: "npi ranks, and gives no risk." } },
        net_benefit: {
          ...{ estimate: null, low: null, high: null, threshold: null },
          not_assessable: { net_benefit: "it gives no risk" },
        },
        not_assessable: { c_index: "there are no events" },
      }),
    );
    expect(rank).toBe("Whether it ranks patients could not be assessed: there are no events.");
    expect(calibration).toBe(
      "Whether its numbers are right could not be assessed: npi ranks, and gives no risk.",
    );
    expect(benefit).toContain("it gives no risk.");
  });

  it("speak of two patients, one with the event, where there is no time", () => {
    const [rank] = sentences(document({ horizon_years: null, c_index: null, auc: figure(0.9, 0.85, 0.94) }));
    expect(rank).toContain("one without");
    expect(rank).toContain("in 90 of 100 pairs (85 to 94)");
  });
});
