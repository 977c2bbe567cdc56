import type { Figure, FigureName, Judged, ValidationRow } from "../api/validation-types";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";

/** In which order figures are shown: rank, calibration, error, benefit. */
export const FIGURES: FigureName[] = [
  ...(["c_index", "uno_c", "auc"] as const),
  ...(["slope", "e_over_o", "in_the_large", "intercept", "ici", "e50", "e90"] as const),
  ...(["brier", "scaled_brier", "net_benefit"] as const),
];

const OF_CALIBRATION = ["slope", "intercept", "in_the_large", "e_over_o", "ici", "e50", "e90"] as const;

function isOfCalibration(name: FigureName): name is (typeof OF_CALIBRATION)[number] {
  return (OF_CALIBRATION as readonly string[]).includes(name);
}

/** A figure of all patients, or of a group; null where it could not be assessed. */
export function figureOf(judged: Judged, name: FigureName): Figure | null {
  if (name === "net_benefit") {
    const benefit = judged.net_benefit;
    return benefit && benefit.estimate !== null && benefit.estimate !== undefined
      ? { estimate: benefit.estimate, low: benefit.low, high: benefit.high }
      : null;
  }
  return (isOfCalibration(name) ? judged.calibration?.[name] : judged[name]) ?? null;
}

/** Why a figure is not there. */
export function reasonOf(judged: Judged, name: FigureName): string {
  const places = [
    name === "net_benefit" ? judged.net_benefit : undefined,
    isOfCalibration(name) ? judged.calibration : undefined,
    judged,
  ];
  for (const place of places) {
    const why = place?.not_assessable?.[name];
    if (why) return why;
  }
  return t("say.no_reason");
}

/** Everything that could not be assessed of all patients: the figure's words, and why. */
export function notAssessable(judged: Judged): { figure: string; why: string }[] {
  const all = {
    ...judged.not_assessable,
    ...judged.calibration?.not_assessable,
    ...judged.net_benefit?.not_assessable,
  };
  return Object.entries(all)
    .filter(([name]) => !name.startsWith("curve."))
    .map(([name, why]) => {
      const plain = name.replace(/\.interval$/, "");
      const figure = tMaybe(`figure.${plain}`, plain.replaceAll("_", " "));
      return { figure: plain === name ? figure : t("notassessable.interval", { figure }), why };
    });
}

const THREE: FigureName[] = ["ici", "e50", "e90", "brier", "net_benefit"];

/** A number of a figure with as many decimals as it is read with. */
export function formatFigure(name: FigureName, value: number): string {
  return formatNumber(value, THREE.includes(name) ? 3 : 2);
}

/** The interval in words, or that there is none. */
export function formatRange(name: FigureName, figure: Figure): string {
  if (figure.low === null || figure.high === null) return t("figure.no_interval");
  return t("cohorts.interval", {
    low: formatFigure(name, figure.low),
    high: formatFigure(name, figure.high),
  });
}

/** The figure at which nothing is wrong, where there is one to compare with. */
export function rightValue(name: FigureName): number | null {
  if (name === "slope" || name === "e_over_o") return 1;
  if (name === "in_the_large" || name === "intercept" || name === "ici") return 0;
  if (name === "c_index" || name === "uno_c" || name === "auc") return 0.5;
  return name === "net_benefit" ? 0 : null;
}

/** The horizon as people say it. */
export function horizonWords(years: number | null): string {
  if (years === null) return t("cohorts.no_time");
  if (years === 1) return t("cohorts.year");
  return t("cohorts.years", { n: formatNumber(years, Number.isInteger(years) ? 0 : 1) });
}

/** By what the list is sorted. */
export type SortKey =
  | "model"
  | "cohort"
  | "horizon"
  | "rank"
  | "slope"
  | "e_over_o"
  | "ici"
  | "net_benefit"
  | "date"
  | "warnings";

/** The C-index, or the AUC for an outcome without times. */
export function rankName(row: ValidationRow): "c_index" | "auc" {
  return row.figures.c_index === null && row.figures.auc !== null ? "auc" : "c_index";
}

function sortValue(row: ValidationRow, key: SortKey): string | number | null {
  switch (key) {
    case "model":
      return (row.model.title ?? row.model.name).toLowerCase();
    case "cohort":
      return row.cohort.source.toLowerCase();
    case "horizon":
      return row.horizon_years;
    case "rank":
      return row.figures[rankName(row)]?.estimate ?? null;
    case "date":
      return row.kept_at;
    case "warnings":
      return row.warnings;
    default:
      return row.figures[key]?.estimate ?? null;
  }
}

/** The rows in order; what could not be assessed stands last, whichever way the list is turned. */
export function sorted(rows: ValidationRow[], key: SortKey, descending: boolean): ValidationRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sortValue(a, key), sortValue(b, key)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return x < y ? -sign : x > y ? sign : 0;
  });
}
