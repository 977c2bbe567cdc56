import type { Fact, FactRequest, FactStatus, FactValue } from "../api/diagnosis-types";
import { t, tMaybe } from "../words";

/** What a person typed and has not kept: pure. */

export interface Draft {
  /** As it was typed; "yes" and "no" for a truth value. */
  text: string;
  status: FactStatus;
}

export type Drafts = Record<string, Draft>;

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;

/** A known value as a field shows it. */
export function asTyped(fact: Fact): Draft {
  const { value, status } = fact;
  const text = value === null ? "" : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  return { text, status: status ?? "present" };
}

export function hasNoValue(status: FactStatus): boolean {
  return status === "unknown" || status === "not done";
}

/** What stands in a field: what was typed, else what is known (a derived value is not the field's own). */
export function shown(fact: Fact, drafts: Drafts): Draft {
  return (
    drafts[fact.name] ?? (fact.derived_from.length > 0 ? { text: "", status: "present" } : asTyped(fact))
  );
}

/** A value as the server takes it; the decimal comma is read as a point. */
export function typedValue(fact: Fact, draft: Draft): FactValue {
  const text = draft.text.trim();
  if (hasNoValue(draft.status) || text === "") return null;
  if (fact.kind === "boolean") return text === "yes";
  if (fact.kind === "number" || fact.kind === "integer") return Number(text.replace(",", "."));
  return text;
}

/** What is wrong with a field, as soon as it is typed; null where nothing is. */
export function problemOf(fact: Fact, draft: Draft): string | null {
  const text = draft.text.trim();
  if (hasNoValue(draft.status) || text === "") return null;
  if (fact.kind !== "number" && fact.kind !== "integer") return null;
  if (!NUMBER.test(text)) return t("facts.not_number");
  const value = Number(text.replace(",", "."));
  if ((fact.low !== null && value < fact.low) || (fact.high !== null && value > fact.high))
    return t("facts.range", { accepted: fact.accepted });
  if (fact.kind === "integer" && !Number.isInteger(value)) return t("facts.not_whole");
  return null;
}

/** Whether a draft says something else than what is known. */
export function differs(fact: Fact, draft: Draft): boolean {
  const known = fact.derived_from.length > 0 ? { text: "", status: "present" } : asTyped(fact);
  const empty = draft.text.trim() === "" && !hasNoValue(draft.status);
  if (empty) return false;
  return draft.status !== known.status || (!hasNoValue(draft.status) && draft.text.trim() !== known.text);
}

/** Take over what was typed; what is as it was, or empty again, is no draft. */
export function withDraft(drafts: Drafts, fact: Fact, draft: Draft): Drafts {
  const { [fact.name]: _, ...others } = drafts;
  const empty = draft.text === "" && !hasNoValue(draft.status);
  const known = fact.derived_from.length === 0 && fact.value !== null;
  return differs(fact, draft) || (empty && known) ? { ...others, [fact.name]: draft } : others;
}

/** Every draft that can be sent: no local problem, and something in it. */
export function requests(facts: Fact[], drafts: Drafts, date: string): FactRequest[] {
  return facts.flatMap((fact): FactRequest[] => {
    const draft = drafts[fact.name];
    if (!draft || !differs(fact, draft) || problemOf(fact, draft) !== null) return [];
    const value = typedValue(fact, draft);
    if (value === null && !hasNoValue(draft.status)) return [];
    const asked: FactRequest = { name: fact.name, status: draft.status };
    if (value !== null) asked.value = value;
    if (date !== "") asked.time = new Date(`${date}T12:00:00`).toISOString();
    return [asked];
  });
}

export interface FactGroup {
  group: string;
  facts: Fact[];
}

/** The facts by the group that they stand in, in the order in which they came. */
export function byGroup(facts: Fact[]): FactGroup[] {
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) groups.set(fact.group, [...(groups.get(fact.group) ?? []), fact]);
  return [...groups].map(([group, several]) => ({ group, facts: several }));
}

/**
 * Facts that are asked for first: known ones, those that the pathway's first question needs or takes, and the assays
 * from which they follow.
 */
export function isCore(fact: Fact, first: Set<string>, sources: Set<string>): boolean {
  return fact.status !== null || fact.models.some((model) => first.has(model)) || sources.has(fact.name);
}

/** A fact as the clinic calls it: short, where there is a short word. */
export function factTitle(name: string, title: string): string {
  return tMaybe(`fact.${name}`, title);
}
