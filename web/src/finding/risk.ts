import type { Finding, ModelInput } from "../api/types";
import { t, tMaybe } from "../words";
import { spaced } from "./inputs";

/** A risk as people understand one, and what moved it: pure. */

/** Models whose answer is a risk carry this in front of their names. */
const RISK_MODEL = /^early_warning/;

export interface Mover {
  feature: string;
  /** The feature's value; null where it was missing, which moves a risk too. */
  value: number | null;
  /** What it added to the log odds: above 0 upwards. */
  logOdds: number;
}

export interface RiskExplanation {
  method: string;
  base: number;
  logOdds: number;
  movers: Mover[];
  /** What all other features added together. */
  others: number;
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** What moved a risk, the strongest first; null where the explanation is not of that form. */
export function riskExplanation(explanation: unknown): RiskExplanation | null {
  const said = record(explanation);
  if (!said || !Array.isArray(said.moved_by)) return null;
  const movers = said.moved_by.flatMap((each): Mover[] => {
    const one = record(each);
    if (!one || typeof one.feature !== "string") return [];
    return [
      {
        feature: one.feature,
        value: typeof one.value === "number" ? one.value : null,
        logOdds: number(one.log_odds),
      },
    ];
  });
  movers.sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
  return {
    method: typeof said.method === "string" ? said.method : "",
    base: number(said.base),
    logOdds: number(said.log_odds),
    movers: movers.filter((each) => each.logOdds !== 0),
    others: number(said.others),
  };
}

/** Whether a model's answer is a risk. */
export function isRiskModel(name: string): boolean {
  return RISK_MODEL.test(name);
}

/** Whether a finding is a model's risk, answered or refused. */
export function isRisk(finding: Finding): boolean {
  return isRiskModel(finding.model.name) && (finding.answer.output ?? "risk") === "risk";
}

/** The newest risk of each model, in the order of the models' names. */
export function newestRisks(findings: Finding[]): Finding[] {
  const newest = new Map<string, Finding>();
  for (const finding of findings.filter(isRisk)) {
    const known = newest.get(finding.model.name);
    if (!known || finding.time > known.time) newest.set(finding.model.name, finding);
  }
  return [...newest.values()].sort((a, b) => a.model.name.localeCompare(b.model.name));
}

/** The risk that a live tile carries, as a finding; a server without a risk score sends none. */
export function tileRisk(tile: object | null): Finding | null {
  const risk = record(record(tile)?.risk);
  const model = record(risk?.model);
  if (!risk || typeof risk.time !== "string" || typeof model?.name !== "string") return null;
  const given = (value: unknown) => (typeof value === "number" ? value : undefined);
  const answer: Finding["answer"] = { output: "risk" };
  const value = given(risk.value);
  if (value !== undefined) answer.value = value;
  if (typeof risk.unit === "string") answer.unit = risk.unit;
  answer.low = given(risk.low) ?? null;
  answer.high = given(risk.high) ?? null;
  if (typeof risk.refusal === "string") answer.refusal = risk.refusal;
  return {
    time: risk.time,
    model: { name: model.name, version: String(model.version ?? ""), digest: String(model.digest ?? "") },
    answer,
    inputs: risk.inputs ?? {},
    explanation: risk.explanation,
  };
}

/** A risk as so many of so many: 15 in 100, 4 in 1000; at most two figures, for it carries no more. */
export function naturalFrequency(risk: number): { n: number; of: number } {
  for (const of of [100, 1000, 10_000])
    if (risk * of >= 1 || of === 10_000) return { n: Math.round(risk * of), of };
  return { n: 0, of: 10_000 };
}

/** log odds as a probability. */
export function probability(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

const STATISTICS = ["last", "age", "min", "max", "mean", "mean6", "slope", "delta"] as const;
type Statistic = (typeof STATISTICS)[number];

interface Feature {
  variable: string;
  statistic: Statistic | null;
}

/** `hr_mean6` as the heart rate's mean of six hours; a name of one piece stands for itself. */
export function featureOf(name: string): Feature {
  const cut = name.lastIndexOf("_");
  const statistic = name.slice(cut + 1);
  if (cut > 0 && (STATISTICS as readonly string[]).includes(statistic))
    return { variable: name.slice(0, cut), statistic: statistic as Statistic };
  return { variable: name, statistic: null };
}

/** A feature in words: "Heart rate, mean of 6 h". */
export function featureWords(name: string, known: Map<string, ModelInput>): string {
  const { variable, statistic } = featureOf(name);
  const title = tMaybe(`feature.${variable}`, known.get(variable)?.title ?? spaced(variable));
  const what = statistic === null || statistic === "last" ? "" : t(`statistic.${statistic}`);
  return [title, what].filter(Boolean).join(", ");
}

/** The unit of a feature, as UCUM; an age is in hours, a slope is a change in an hour. */
export function featureUnit(name: string, known: Map<string, ModelInput>): string | null {
  const { variable, statistic } = featureOf(name);
  if (statistic === "age") return "h";
  const unit = known.get(variable)?.unit ?? null;
  if (statistic === "slope") return unit === null || unit === "1" ? "/h" : `${unit}/h`;
  return unit;
}
