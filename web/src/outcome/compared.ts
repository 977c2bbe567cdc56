import type { ComparedPlans, ComparedRisk, OutcomeAnswer, Pair, PlanOutcome } from "../api/outcome-types";
import { isUnavailable, plainReason } from "./tell";

/** The pattern of each plan's line: A is solid, B dashed. */
export const PLAN_DASHES: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [12, 3, 2, 3],
  [4, 4],
  [1, 2],
  [14, 6],
  [6, 2, 2, 2],
];

/** One line of the table of risks. */
export interface RiskLine extends ComparedRisk {
  key: string;
  structure: string | null;
  /** What it is, where the page has no word of its own for it. */
  endpoint: string;
  kind: "endpoint" | "control" | "any_complication" | "p_plus";
  /** Of a single model; none of what was combined. */
  model: string | null;
  good: boolean;
}

/** Every risk that some plan answers, control, and the stated combinations. */
export function riskLines({ comparison }: ComparedPlans): RiskLine[] {
  const lines: RiskLine[] = comparison.endpoints.map((each) => ({
    ...each,
    key: `${each.structure} ${each.model.name}`,
    kind: "endpoint",
    model: each.model.name,
    good: false,
  }));
  const { control, combined } = comparison;
  if (control)
    lines.push({
      ...control,
      key: "control",
      structure: null,
      endpoint: "",
      kind: "control",
      model: control.model.name,
      good: true,
    });
  for (const kind of ["any_complication", "p_plus"] as const) {
    const found = combined?.[kind];
    if (!found || (kind === "any_complication" && (combined?.of.length ?? 0) < 2)) continue;
    lines.push({
      ...found,
      key: kind,
      structure: null,
      endpoint: "",
      kind,
      model: null,
      good: kind === "p_plus",
    });
  }
  return lines;
}

/** The answer of a plan that a line's cell tells; null for what was combined. */
export function answerOf(plan: PlanOutcome, line: RiskLine): OutcomeAnswer | null {
  if (line.kind === "control") return plan.control;
  if (line.model === null) return null;
  return (
    plan.complications.find(
      ({ structure, standard, model }) =>
        model.name === line.model && (standard === line.structure || structure === line.structure),
    ) ?? null
  );
}

/** Who declined in which plans, by reason. */
export interface RefusalGroup {
  reason: string;
  who: { structure: string; model: string; letters: string }[];
  /** One of those that declined so. */
  answer: OutcomeAnswer;
}

/** What no plan answers because of what is missing or not covered; not what is available nowhere. */
export function refusalGroups({ plans }: ComparedPlans): RefusalGroup[] {
  type Who = RefusalGroup["who"][number];
  const groups = new Map<string, { answer: OutcomeAnswer; who: Map<string, Who> }>();
  for (const plan of plans)
    for (const answer of [...plan.complications, ...(plan.control ? [plan.control] : [])]) {
      if (!answer.refusal || isUnavailable(answer)) continue;
      const reason = plainReason(answer.refusal.reason);
      const group = groups.get(reason) ?? { answer, who: new Map<string, Who>() };
      groups.set(reason, group);
      const key = `${answer.structure} ${answer.model.name}`;
      const entry = group.who.get(key) ?? {
        structure: answer.structure,
        model: answer.model.name,
        letters: "",
      };
      entry.letters += plan.letter;
      group.who.set(key, entry);
    }
  return [...groups].map(([reason, { answer, who }]) => ({ reason, answer, who: [...who.values()] }));
}

/** Why an order is not known, or what must be read with it; not what the cells already say. */
export function pairWords({ reason, note }: Pair): string {
  return reason === "one of the two has no answer" ? "" : reason || note;
}

/** The letters of all plans, in order. */
export const lettersOf = ({ plans }: ComparedPlans): string[] => plans.map(({ letter }) => letter);

/** A colour for a structure that has none: of those that are free the one that is farthest from all in use. */
export function freeColour(used: readonly string[], free: readonly string[]): string {
  const parts = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const apart = (a: string, b: string) => {
    const other = parts(b);
    return Math.hypot(...parts(a).map((value, n) => value - (other[n] ?? 0)));
  };
  const distance = (colour: string) =>
    Math.min(Number.POSITIVE_INFINITY, ...used.map((one) => apart(colour, one)));
  return free.reduce((best, one) => (distance(one) > distance(best) ? one : best), free[0] ?? "#888888");
}
