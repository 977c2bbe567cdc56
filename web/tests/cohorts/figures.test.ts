import { describe, expect, it } from "vitest";
import type { Judged, ValidationRow } from "../../src/api/validation-types";
import {
  figureOf,
  formatFigure,
  formatRange,
  horizonWords,
  notAssessable,
  rankName,
  reasonOf,
  sorted,
} from "../../src/cohorts/figures";

const judged: Judged = {
  c_index: { estimate: 0.681, low: 0.65, high: 0.712 },
  auc: null,
  calibration: {
    slope: { estimate: 0.9, low: null, high: null },
    ici: null,
    not_assessable: { ici: "too few events", "slope.interval": "one patient" },
  },
  net_benefit: {
    estimate: null,
    low: null,
    high: null,
    threshold: 0.2,
    not_assessable: { net_benefit: "no risk" },
  },
  not_assessable: { auc: "no events by then", "curve.0.1": "left out" },
};

function row(id: string, more: Partial<ValidationRow> & { slope?: number }): ValidationRow {
  const none = { c_index: null, uno_c: null, auc: null, brier: null, scaled_brier: null, intercept: null };
  const rest = { in_the_large: null, e_over_o: null, ici: null, e50: null, e90: null, net_benefit: null };
  const slope = more.slope === undefined ? null : { estimate: more.slope, low: null, high: null };
  return {
    id,
    kept_at: "2026-11-27T06:00:00Z",
    model: { name: id, version: "1", digest: "d", output: null, title: null, current: false },
    cohort: {
      ...{ source: "table", sample: null, rows: null, patients: null, events: null },
      ...{ answered: null, refused: null, hospitals: null },
    },
    horizon_years: 5,
    figures: { ...none, ...rest, slope },
    warnings: 0,
    ...more,
  };
}

describe("figures", () => {
  it("are found where the document has them", () => {
    expect(figureOf(judged, "c_index")?.estimate).toBe(0.681);
    expect(figureOf(judged, "slope")?.low).toBeNull();
    expect(figureOf(judged, "ici")).toBeNull();
    expect(figureOf(judged, "net_benefit")).toBeNull();
    expect(figureOf(judged, "brier")).toBeNull();
  });

  it("that are not there have their reason", () => {
    expect(reasonOf(judged, "ici")).toBe("too few events");
    expect(reasonOf(judged, "auc")).toBe("no events by then");
    expect(reasonOf(judged, "net_benefit")).toBe("no risk");
    expect(reasonOf(judged, "brier")).toBe("no reason is given");
  });

  it("that are not there are listed, but not each threshold of the decision curve", () => {
    expect(notAssessable(judged)).toEqual([
      { figure: "Area under the curve (AUC)", why: "no events by then" },
      { figure: "Mean gap (ICI)", why: "too few events" },
      { figure: "Calibration slope, its interval", why: "one patient" },
      { figure: "Net benefit", why: "no risk" },
    ]);
  });

  it("are told with as many digits as they are read with", () => {
    expect(formatFigure("c_index", 0.6812)).toBe("0.68");
    expect(formatFigure("ici", 0.0321)).toBe("0.032");
    expect(formatRange("c_index", { estimate: 0.68, low: 0.651, high: 0.712 })).toBe("0.65 to 0.71");
    expect(formatRange("slope", { estimate: 0.9, low: null, high: null })).toBe("no interval");
  });
});

describe("the list", () => {
  const rows = [row("b", { slope: 1.2 }), row("a", {}), row("c", { slope: 0.8 })];

  it("is sorted either way, with what is not known last", () => {
    expect(sorted(rows, "slope", false).map((each) => each.id)).toEqual(["c", "b", "a"]);
    expect(sorted(rows, "slope", true).map((each) => each.id)).toEqual(["b", "c", "a"]);
    expect(sorted(rows, "model", false).map((each) => each.id)).toEqual(["a", "b", "c"]);
  });

  it("takes the AUC where there are no times", () => {
    const figure = { estimate: 0.9, low: null, high: null };
    expect(rankName(row("a", {}))).toBe("c_index");
    expect(rankName(row("a", { figures: { ...row("a", {}).figures, auc: figure } }))).toBe("auc");
  });

  it("says the horizon as people do", () => {
    expect([horizonWords(5), horizonWords(1), horizonWords(2.5), horizonWords(null)]).toEqual([
      "5 years",
      "1 year",
      "2.5 years",
      "no time",
    ]);
  });
});
