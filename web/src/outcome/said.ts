import type { Asked, Question, Said, Value } from "../api/outcome-types";
import { createStore, type Store, useStore } from "../state/store";
import { t } from "../words";

/** Nothing said: every model asks for what it needs. */
export const NOTHING: Said = {
  patient: {},
  tumour: {},
  alpha_beta_gy: {},
  organs: {},
  prescription_gy: null,
  fractions: null,
};

/** What was said of each patient, for as long as this page is open: it is kept nowhere. */
const saidStores = new Map<string, Store<Said>>();

export function saidOf(patient: string): Store<Said> {
  const store = saidStores.get(patient) ?? createStore(NOTHING);
  saidStores.set(patient, store);
  return store;
}

export function useSaid(patient: string): Said {
  return useStore(saidOf(patient));
}

/** A form's fields by their names, as they are typed. */
export type Drafts = Record<string, string>;

/** One field of the form. */
export interface Field {
  /** Its name in the drafts: `patient.smoking_status`, `tumour.tcd50_gy`, `alpha_beta.lungs`, `plan.fractions`. */
  name: string;
  group: "plan" | "patient" | "alpha_beta" | "tumour";
  title: string;
  kind: "boolean" | "category" | "number" | "integer";
  unit: string | null;
  categories: string[];
  low: number | null;
  high: number | null;
}

const ALPHA_BETA = { low: 0.3, high: 30 };
const PLAN = { gy: { low: 0.1, high: 200 }, fractions: { low: 1, high: 100 } };

const KINDS = ["boolean", "category", "number", "integer"] as const;

function fieldOf(group: "patient" | "tumour", one: Question): Field {
  const { title, unit, categories, low, high } = one;
  const kind = KINDS.find((each) => each === one.kind) ?? "number";
  return { name: `${group}.${one.name}`, group, title, kind, unit, categories, low, high };
}

/** The fields of the form: what the models of these organs ask, and the tumour's numbers. */
export function fieldsOf(
  asked: Asked,
  words: { prescription: string; fractions: string; structure: string },
) {
  const plain = { unit: null, categories: [] };
  const structure: Field = {
    name: "tumour.structure",
    group: "tumour",
    title: words.structure,
    kind: "category",
    unit: null,
    categories: asked.tumour.structures,
    low: null,
    high: null,
  };
  const fields: Field[] = [
    {
      name: "plan.prescription_gy",
      group: "plan",
      title: words.prescription,
      kind: "number",
      ...plain,
      ...PLAN.gy,
    },
    {
      name: "plan.fractions",
      group: "plan",
      title: words.fractions,
      kind: "integer",
      ...plain,
      ...PLAN.fractions,
    },
    ...asked.patient.map((one) => fieldOf("patient", one)),
    ...asked.alpha_beta.map(
      ({ organ }): Field => ({
        name: `alpha_beta.${organ}`,
        group: "alpha_beta",
        title: organ.replaceAll("_", " "),
        kind: "number",
        unit: "Gy",
        categories: [],
        ...ALPHA_BETA,
      }),
    ),
    ...(asked.tumour.inputs.length > 0 ? [structure] : []),
    ...asked.tumour.inputs.map((one) => fieldOf("tumour", one)),
  ];
  for (const field of fields) if (field.name === "plan.prescription_gy") field.unit = "Gy";
  return fields;
}

/** A number as it is typed, with a point or a comma. */
export function numberIn(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return null;
  return Number(plain);
}

export type Wrong = "number" | "whole" | "range";

/** What is wrong with a draft; null where nothing is. */
export function wrongIn(field: Field, text: string): Wrong | null {
  if (text.trim() === "" || field.kind === "boolean" || field.kind === "category") return null;
  const value = numberIn(text);
  if (value === null) return "number";
  if (field.kind === "integer" && !Number.isInteger(value)) return "whole";
  if ((field.low !== null && value < field.low) || (field.high !== null && value > field.high))
    return "range";
  return null;
}

function typed(field: Field, text: string): Value | null {
  if (text.trim() === "") return null;
  if (field.kind === "boolean") return text === "yes";
  if (field.kind === "category") return text;
  return numberIn(text);
}

/** What the drafts say; fields that are empty say nothing. */
export function saidIn(fields: Field[], drafts: Drafts, before: Said): Said {
  const said: Said = {
    patient: {},
    tumour: {},
    alpha_beta_gy: {},
    organs: before.organs,
    prescription_gy: null,
    fractions: null,
  };
  for (const field of fields) {
    const value = typed(field, drafts[field.name] ?? "");
    if (value === null) continue;
    const name = field.name.slice(field.name.indexOf(".") + 1);
    if (field.group === "patient") said.patient[name] = value;
    else if (field.group === "tumour") said.tumour[name] = value;
    else if (field.group === "alpha_beta") said.alpha_beta_gy[name] = Number(value);
    else if (name === "fractions") said.fractions = Number(value);
    else said.prescription_gy = Number(value);
  }
  return said;
}

/** The form as it stands for what was said. */
export function draftsOf(said: Said): Drafts {
  const text = (value: Value) => (typeof value === "boolean" ? (value ? "yes" : "no") : String(value));
  const drafts: Drafts = {};
  for (const [name, value] of Object.entries(said.patient)) drafts[`patient.${name}`] = text(value);
  for (const [name, value] of Object.entries(said.tumour)) drafts[`tumour.${name}`] = text(value);
  for (const [name, value] of Object.entries(said.alpha_beta_gy)) drafts[`alpha_beta.${name}`] = text(value);
  if (said.prescription_gy !== null) drafts["plan.prescription_gy"] = text(said.prescription_gy);
  if (said.fractions !== null) drafts["plan.fractions"] = text(said.fractions);
  return drafts;
}

/** How many things were said. */
export function countOf(said: Said): number {
  return (
    Object.keys(said.patient).length +
    Object.keys(said.tumour).length +
    Object.keys(said.alpha_beta_gy).length +
    (said.prescription_gy === null ? 0 : 1) +
    (said.fractions === null ? 0 : 1)
  );
}

/** The field that an input of a refused model stands for; null where the form has none. */
export function fieldFor(fields: Field[], answer: { organ: string | null }, input: string): string | null {
  const wanted = input === "alpha_beta_gy" ? `alpha_beta.${answer.organ}` : `patient.${input}`;
  return fields.some(({ name }) => name === wanted) ? wanted : null;
}

/** What a refused model lacks and the form can take, with how it is called there. */
export function missingFields(
  fields: Field[],
  answer: { organ: string | null; refusal: { inputs: string[] } | null },
): { name: string; title: string }[] {
  return (answer.refusal?.inputs ?? []).flatMap((input) => {
    const name = fieldFor(fields, answer, input);
    const field = fields.find((each) => each.name === name);
    if (!name || !field) return [];
    const title =
      field.group === "alpha_beta" ? t("outcome.alpha_beta_of", { organ: field.title }) : field.title;
    return [{ name, title }];
  });
}
