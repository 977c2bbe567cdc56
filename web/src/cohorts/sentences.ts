import type { ValidationDocument } from "../api/validation-types";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { figureOf, reasonOf } from "./figures";

function range(low: number | null, high: number | null, scale: number, decimals: number): string {
  if (low === null || high === null) return t("figure.no_interval");
  return t("cohorts.interval", {
    low: formatNumber(scale * low, decimals),
    high: formatNumber(scale * high, decimals),
  });
}

/** A reason as the end of a sentence. */
function end(why: string): string {
  return why.replace(/\.\s*$/, "");
}

function rank(document: ValidationDocument): string {
  const timed = document.horizon_years !== null;
  const name = figureOf(document, "c_index") ? "c_index" : "auc";
  const figure = figureOf(document, name);
  if (!figure) return t("say.rank_not", { why: end(reasonOf(document, timed ? "c_index" : "auc")) });
  const said = {
    n: formatNumber(100 * figure.estimate),
    range: range(figure.low, figure.high, 100, 0),
  };
  return t(name === "c_index" && timed ? "say.rank" : "say.rank_binary", said);
}

function calibration(document: ValidationDocument): string {
  const ratio = figureOf(document, "e_over_o");
  if (!ratio) return t("say.calibration_not", { why: end(reasonOf(document, "e_over_o")) });
  const n = formatNumber(100 * ratio.estimate);
  const said = { n, range: range(ratio.low, ratio.high, 100, 0) };
  const parts: string[] = [];
  if (ratio.low === null || ratio.high === null) parts.push(t("say.expects", { n }));
  else if (ratio.low > 1) parts.push(t("say.over", said));
  else if (ratio.high < 1) parts.push(t("say.under", said));
  else parts.push(t("say.agrees", said));
  const gap = figureOf(document, "ici");
  if (gap) parts.push(t("say.gap", { n: formatNumber(100 * gap.estimate, 1) }));
  const slope = figureOf(document, "slope");
  if (slope && slope.high !== null && slope.high < 1) parts.push(t("say.slope_low"));
  if (slope && slope.low !== null && slope.low > 1) parts.push(t("say.slope_high"));
  return parts.join(" ");
}

function benefit(document: ValidationDocument): string {
  const figure = figureOf(document, "net_benefit");
  const at = document.net_benefit;
  if (!figure || !at || at.threshold === null || at.threshold === undefined)
    return t("say.benefit_not", { why: end(reasonOf(document, "net_benefit")) });
  const all = at.treat_all ?? null;
  const said = {
    threshold: formatNumber(100 * at.threshold),
    n: formatNumber(100 * figure.estimate, 1),
    range: range(figure.low, figure.high, 100, 1),
  };
  if (figure.estimate <= 0 || (figure.low !== null && figure.low <= 0)) return t("say.benefit_none", said);
  const everybody = all === null ? t("app.unknown") : formatNumber(100 * all, 1);
  return t(all !== null && figure.estimate <= all ? "say.benefit_no_more" : "say.benefit", {
    ...said,
    all: everybody,
  });
}

/** Three plain sentences: does it rank, are its numbers right, does acting on it help. */
export function sentences(document: ValidationDocument): [string, string, string] {
  return [rank(document), calibration(document), benefit(document)];
}
