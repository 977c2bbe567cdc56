import type { Ends, OutcomeAnswer, PlanOutcome } from "../api/outcome-types";
import type { ShownFinding } from "../finding/drawer";
import { inputRows } from "../finding/inputs";
import { t } from "../words";
import { formatNumber } from "../words/format";

/**
 * Decimals of percentage points that an interval carries: none where it is two points wide or wider. Without an
 * interval, as many as two figures.
 */
export function decimalsOf({ value, low, high }: Ends): number {
  if (low === null || high === null) {
    const percent = 100 * Math.abs(value);
    return percent >= 10 ? 0 : 1;
  }
  const wide = 100 * (high - low);
  return wide >= 2 ? 0 : wide >= 0.2 ? 1 : 2;
}

/** A share in percent, with so many decimals; what would be told as nothing is told as less. */
export function formatShare(share: number, decimals: number): string {
  const least = 0.5 * 10 ** -decimals;
  const percent = 100 * share;
  if (percent > 0 && percent < least)
    return t("outcome.less", { n: formatNumber(10 ** -decimals, decimals) });
  return t("outcome.percent", { n: formatNumber(percent, decimals) });
}

/** A probability with the ends of its interval, or that none was published. */
export function formatRiskEnds(ends: Ends): string {
  const decimals = decimalsOf(ends);
  const value = formatShare(ends.value, decimals);
  if (ends.low === null || ends.high === null) return value;
  const low = formatNumber(100 * ends.low, decimals);
  const high = formatNumber(100 * ends.high, decimals);
  return t("outcome.with_ends", { value, low, high });
}

export const isProbability = (quantity: string | null) => quantity !== "relative_rate";

const FOLD_DECIMALS = 2;

/** Any estimate as it is told: percent, or how many times as often. */
export function formatEstimate(estimate: Ends, quantity: string | null): string {
  if (isProbability(quantity)) return formatRiskEnds(estimate);
  const fold = (value: number) => formatNumber(value, FOLD_DECIMALS);
  const value = t("outcome.fold", { n: fold(estimate.value) });
  if (estimate.low === null || estimate.high === null) return value;
  return t("outcome.with_ends", { value, low: fold(estimate.low), high: fold(estimate.high) });
}

/** An estimate without its interval, with the digits that the interval carries. */
export function formatPoint(estimate: Ends, quantity: string | null): string {
  if (!isProbability(quantity)) return t("outcome.fold", { n: formatNumber(estimate.value, FOLD_DECIMALS) });
  return formatShare(estimate.value, decimalsOf(estimate));
}

/** The difference of two probabilities in percentage points, with its interval. */
export function formatDifference(ends: Ends): string {
  const decimals = decimalsOf(ends);
  const signed = (share: number) => {
    const text = formatNumber(100 * Math.abs(share), decimals);
    const isNothing = Number(formatNumberPlain(100 * share, decimals)) === 0;
    return isNothing ? text : `${share > 0 ? "+" : "\u2212"}${text}`;
  };
  const value = signed(ends.value);
  if (ends.low === null || ends.high === null) return value;
  return t("outcome.with_ends", { value, low: signed(ends.low), high: signed(ends.high) });
}

const formatNumberPlain = (value: number, decimals: number) => value.toFixed(decimals);

const SURE = 0.999;

/** How probably one plan is better: never 0 or 1, for draws do not say that. */
export function formatProbability(value: number): string {
  if (value > SURE) return `> ${formatNumber(SURE, 3)}`;
  if (value < 1 - SURE) return `< ${formatNumber(1 - SURE, 3)}`;
  return formatNumber(value, 2);
}

/** The natural frequency without its interval: 12 of 100. */
export function shortFrequency(told: string): string {
  return told.replace(/\s*\(.*\)$/, "");
}

/** The end of the axis that bars of several estimates share. */
export function topOf(all: readonly Ends[]): number {
  const most = Math.max(0.02, ...all.map(({ value, high }) => high ?? value));
  const steps = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  return steps.find((step) => step >= most) ?? 1;
}

/** Known in the literature, and not available here whatever is said. */
export const isUnavailable = (answer: OutcomeAnswer) =>
  answer.refusal?.reason.startsWith("not available") ?? false;

/** Why a model declined, without what every such sentence repeats. */
export function plainReason(reason: string): string {
  return reason.replaceAll(" (the model refuses: it does not guess)", "");
}

export interface OrganRisks {
  structure: string;
  number: number | null;
  organ: string | null;
  answers: OutcomeAnswer[];
}

/** The answers of a plan, structure by structure; those with a number first. */
export function byStructure(outcome: PlanOutcome): OrganRisks[] {
  const found = new Map<string, OrganRisks>();
  for (const answer of outcome.complications) {
    const { structure, number, organ } = answer;
    const entry = found.get(structure) ?? { structure, number, organ, answers: [] };
    entry.answers.push(answer);
    found.set(structure, entry);
  }
  const rank = ({ answers }: OrganRisks) => (answers.some(({ estimate }) => estimate) ? 0 : 1);
  return [...found.values()].sort((a, b) => rank(a) - rank(b));
}

/** The answer that stands for a structure: a probability with an interval, else any with a number. */
export function mainAnswer(answers: readonly OutcomeAnswer[]): OutcomeAnswer | null {
  const given = answers.filter(({ estimate }) => estimate);
  const risks = given.filter(({ quantity }) => isProbability(quantity));
  return risks.find(({ estimate }) => estimate?.low !== null) ?? risks[0] ?? given[0] ?? null;
}

/** An answer as the drawer shows it. */
export function shownAnswer(answer: OutcomeAnswer, about: string): ShownFinding {
  const { estimate, refusal, model } = answer;
  const said = Object.fromEntries(
    Object.entries(answer.explanation).filter(
      ([, value]) => typeof value !== "object" || (value !== null && Object.keys(value).length > 0),
    ),
  );
  if (answer.converted) said[t("outcome.converted")] = answer.converted;
  if (answer.interval_note) said[t("outcome.interval_note")] = answer.interval_note;
  return {
    title: answer.title,
    about: [answer.structure, answer.endpoint, about].filter(Boolean).join(" · "),
    time: null,
    model,
    value: estimate?.value ?? null,
    text: estimate ? formatPoint(estimate, answer.quantity) : null,
    under: estimate ? underOf(estimate, answer) : [],
    unit: estimate?.unit ?? "",
    low: null,
    high: null,
    refusal: refusal ? plainReason(refusal.reason) : null,
    inputs: inputRows(answer.inputs, null),
    explanation: said,
  };
}

/** The interval alone, or that none was published. */
export function intervalWords(estimate: Ends, quantity: string | null): string {
  const { low, high } = estimate;
  if (low === null || high === null) return t("outcome.no_interval");
  const [decimals, factor] = isProbability(quantity) ? [decimalsOf(estimate), 100] : [FOLD_DECIMALS, 1];
  return t("outcome.interval", {
    low: formatNumber(factor * low, decimals),
    high: formatNumber(factor * high, decimals),
    unit: isProbability(quantity) ? t("outcome.unit_percent") : t("outcome.unit_fold"),
  });
}

function underOf(estimate: Ends, answer: OutcomeAnswer): string[] {
  const told = answer.natural_frequency ? [shortFrequency(answer.natural_frequency)] : [];
  return [intervalWords(estimate, answer.quantity), ...told];
}
