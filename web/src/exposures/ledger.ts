import type {
  Amount,
  Category,
  Examination,
  LedgerEntry,
  LedgerSum,
  PatientExposures,
} from "../api/exposure-types";
import { language } from "../words";

/** The quantities in the order of their columns. */
export const QUANTITIES = [
  "ctdi_vol",
  "dose_length_product",
  "size_specific_dose_estimate",
  "dose_area_product",
  "reference_point_air_kerma",
  "fluoroscopy_time",
  "average_glandular_dose",
  "administered_activity",
  "prescribed_dose",
] as const;

/** Quantities of which two amounts have no sum. */
const NO_SUM = new Set<string>(["ctdi_vol", "size_specific_dose_estimate", "prescribed_dose"]);

export interface Column {
  quantity: string;
  unit: string;
}

/** The dose indices of an examination's scans, by phantom: they have no sum, so the ends stand there. */
export interface Indices {
  of: string;
  low: number;
  high: number;
  scans: number;
}

export function indicesOf(exam: Examination | null): Indices[] {
  const found = new Map<string, number[]>();
  for (const { quantities } of exam?.events ?? [])
    for (const { quantity, value, of = "" } of quantities)
      if (quantity === "ctdi_vol") found.set(of, [...(found.get(of) ?? []), value]);
  return [...found].map(([of, values]) => ({
    of,
    low: Math.min(...values),
    high: Math.max(...values),
    scans: values.length,
  }));
}

/** The columns that a ledger needs: a quantity that nobody reported has none. */
export function columnsOf(entries: LedgerEntry[]): Column[] {
  const units = new Map<string, string>();
  for (const { quantities } of entries) for (const one of quantities) units.set(one.quantity, one.unit);
  const known = QUANTITIES.filter((each) => units.has(each)) as string[];
  const others = [...units.keys()].filter((each) => !known.includes(each));
  return [...known, ...others].map((quantity) => ({ quantity, unit: units.get(quantity) ?? "" }));
}

export interface Row {
  entry: LedgerEntry;
  exam: Examination | null;
  fractions: number | null;
}

/** The entries, newest first, each with what else is known of it. */
export function rowsOf({ ledger, examinations, courses }: PatientExposures): Row[] {
  return ledger.entries
    .map((entry) => ({
      entry,
      exam:
        examinations.find((one) => one.study_uid === entry.uid && one.modality === entry.modality) ?? null,
      fractions: courses.find((one) => one.plan_uid === entry.uid)?.fractions ?? null,
    }))
    .reverse();
}

export interface Subtotal {
  modality: string;
  count: number;
  /** By quantity: the amounts, one for each `of`; `null` where it is there and has no sum. */
  amounts: Map<string, Amount[] | null>;
}

/** What may be added, one row for each kind of examination; there is none over kinds. */
export function subtotalsOf(entries: LedgerEntry[], sums: LedgerSum[]): Subtotal[] {
  const kinds = new Map<string, { category: Category; modality: string }>();
  for (const { category, modality } of entries) kinds.set(`${category} ${modality}`, { category, modality });
  return [...kinds.values()].map(({ category, modality }) => {
    const mine = entries.filter((one) => one.category === category && one.modality === modality);
    const amounts = new Map<string, Amount[] | null>();
    for (const { quantities } of mine)
      for (const { quantity } of quantities) if (NO_SUM.has(quantity)) amounts.set(quantity, null);
    for (const sum of sums) {
      if (sum.category !== category || sum.modality !== modality) continue;
      amounts.set(sum.quantity, [...(amounts.get(sum.quantity) ?? []), sum]);
    }
    return { modality, count: mine.length, amounts };
  });
}

const significant = new Intl.NumberFormat(language, { maximumSignificantDigits: 4, useGrouping: false });
const two = new Intl.NumberFormat(language, {
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
  useGrouping: false,
});

/** An amount with no more digits than machines mean. */
export function formatAmount(value: number): string {
  return significant.format(value);
}

/** An estimate of effective dose: two digits are more than it carries. */
export function formatEstimate(value: number): string {
  return two.format(value);
}

/** A unit of dose as a person reads it. */
export function doseUnit(unit: string): string {
  return unit.replaceAll(".", "·").replace("2", "²");
}

const SHORT_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A machine's time in milliseconds; where it names no zone it is the hospital's own. */
export function momentOf(started: string | null): number | null {
  if (!started) return null;
  const ms = Date.parse(SHORT_DATE.test(started) ? `${started}T00:00:00` : started);
  return Number.isFinite(ms) ? ms : null;
}

/** The day and, where it is known, the hour. */
export function whenWords(started: string | null): string {
  if (!started) return "";
  return started.slice(0, 16).replace("T", " ");
}

/** The rows of a time strip, from above. */
export const KINDS = ["ct", "x-ray", "mammography", "nuclear medicine", "radiotherapy"] as const;
export type Kind = (typeof KINDS)[number];

/** In which row an exposure lies. */
export function kindOf(modality: string): Kind {
  if (modality === "fluoroscopy" || modality === "radiography") return "x-ray";
  return (KINDS as readonly string[]).includes(modality) ? (modality as Kind) : "x-ray";
}
