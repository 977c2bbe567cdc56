import type { Finding, ModelReference, News2, Tile } from "../api/types";
import { createStore } from "../state/store";
import { type InputRow, inputRows, withSignals } from "./inputs";

/** A number (or a refusal) together with all that it was made from, as it stood when it was asked about. */
export interface ShownFinding {
  title: string;
  about: string;
  time: string | null;
  model: ModelReference;
  value: number | null;
  /** The value as it is told, with its unit, where that is another than the plain number. */
  text?: string | null;
  /** What stands under the value: its interval as it is told, how many of a hundred. */
  under?: string[];
  /** How the model did on this hospital's own patients, where that is known. */
  here?: string | null;
  /** The validation that says so. */
  validation?: string | null;
  unit: string;
  low: number | null;
  high: number | null;
  refusal: string | null;
  inputs: InputRow[];
  explanation: unknown;
}

/** What the drawer shows; null when it is closed. */
export const drawerStore = createStore<ShownFinding | null>(null);

export function isScore(news2: News2): news2 is Extract<News2, { score: number }> {
  return "score" in news2 && news2.score !== null;
}

export function news2Finding(
  news2: News2,
  tile: Tile,
  nowIso: string,
  title: string,
  about: string,
): ShownFinding {
  const scored = isScore(news2);
  const newest = Object.values(tile.signals)
    .map((signal) => signal.time ?? "")
    .sort()
    .at(-1);
  return {
    title,
    about,
    time: newest || nowIso,
    model: news2.model,
    value: scored ? news2.score : null,
    unit: "{score}",
    low: null,
    high: null,
    refusal: scored ? null : news2.refusal,
    inputs: withSignals(inputRows(news2.inputs, scored ? news2.explanation : null), tile.signals),
    explanation: scored ? news2.explanation : null,
  };
}

export function findingShown(finding: Finding, about: string): ShownFinding {
  const { answer } = finding;
  const given = answer.refusal && answer.inputs?.length ? answer.inputs : finding.inputs;
  return {
    title: finding.model.name === "news2" ? "NEWS2" : finding.model.name,
    about,
    time: finding.time,
    model: finding.model,
    value: answer.value ?? null,
    text: answer.category ?? null,
    unit: answer.unit ?? "",
    low: answer.low ?? null,
    high: answer.high ?? null,
    refusal: answer.refusal ?? null,
    inputs: inputRows(given, finding.explanation),
    explanation: finding.explanation,
  };
}
