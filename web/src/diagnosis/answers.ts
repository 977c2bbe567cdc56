import type { DiagnosisEstimate, Fact, ModelFamily, ModelVersion } from "../api/diagnosis-types";
import type { ShownFinding } from "../finding/drawer";
import type { InputRow } from "../finding/inputs";
import { formatNumber, formatUnit } from "../words/format";

/** What models say, arranged to be read: pure. */

const AT_YEAR = /_(\d+)y(_|$)/;
const NO_GUESS = / \(the model refuses: it does not guess\)/g;

/** The year that an output is about; null where it is about none. */
export function yearOf(output: string): number | null {
  const found = AT_YEAR.exec(output);
  return found ? Number(found[1]) : null;
}

export function yearsOf(family: ModelFamily): number[] {
  const years = new Set<number>();
  for (const version of family.versions)
    for (const estimate of version.estimates) {
      const year = yearOf(estimate.output);
      if (year !== null) years.add(year);
    }
  return [...years].sort((a, b) => a - b);
}

export interface AnswerRow {
  output: string;
  title: string;
  unit: string;
  /** One for each version; null where it has no such answer, or refused. */
  cells: (DiagnosisEstimate | null)[];
}

/** The answers of versions side by side, of one year where they are about years; the order is that of the last version. */
export function rowsOf(versions: ModelVersion[], year: number | null): AnswerRow[] {
  const rows = new Map<string, AnswerRow>();
  for (const version of [...versions].reverse())
    for (const estimate of version.estimates) {
      const about = yearOf(estimate.output);
      if (year !== null && about !== null && about !== year) continue;
      if (!rows.has(estimate.output))
        rows.set(estimate.output, {
          output: estimate.output,
          title: estimate.title,
          unit: estimate.unit,
          cells: versions.map((each) => each.estimates.find((one) => one.output === estimate.output) ?? null),
        });
    }
  return [...rows.values()];
}

/** Whether every version says 0: a treatment that is not planned adds nothing. */
export function isNothing(row: AnswerRow): boolean {
  return row.cells.every((cell) => cell === null || cell.value === 0);
}

/** How far the versions are apart: the lowest and the highest value. */
export function spreadOf(row: AnswerRow): { low: number; high: number } | null {
  const values = row.cells.flatMap((cell) => (cell && cell.category === null ? [cell.value] : []));
  if (values.length < 2) return null;
  return { low: Math.min(...values), high: Math.max(...values) };
}

/** So many digits as a person can use: percent with one decimal, a probability as percent. */
export function formatEstimate(
  estimate: Pick<DiagnosisEstimate, "value" | "unit" | "category" | "range">,
): string {
  if (estimate.category !== null) return estimate.category;
  if (isProbability(estimate)) return `${formatNumber(100 * estimate.value, estimate.value < 0.1 ? 1 : 0)} %`;
  return [formatPlain(estimate.value, estimate.unit), formatUnit(estimate.unit)].filter(Boolean).join(" ");
}

export function isProbability(estimate: Pick<DiagnosisEstimate, "unit" | "range">): boolean {
  return estimate.unit === "1" && estimate.range[0] === 0 && estimate.range[1] === 1;
}

export function formatPlain(value: number, unit: string): string {
  if (Number.isInteger(value)) return formatNumber(value, unit === "%" ? 1 : 0);
  const size = Math.abs(value);
  return formatNumber(value, unit === "%" ? 1 : size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** A number before and after: both with the decimals of its unit. */
export function formatSide(value: number | string, unit: string): string {
  if (typeof value === "string") return value;
  return [formatPlain(value, unit), formatUnit(unit)].filter(Boolean).join(" ");
}

/** A refusal without what every model says of what it needs. */
export function plainRefusal(reason: string): string {
  return reason.replace(NO_GUESS, "");
}

/** Whether a refusal is only about what is missing: then the chips say all of it. */
export function isMissingOnly(reason: string): boolean {
  return plainRefusal(reason)
    .split("; ")
    .every((part) => /^\w+ is missing/.test(part));
}

/** An answer with all that it was made from, for the drawer. */
export function answerShown(
  version: ModelVersion,
  estimate: DiagnosisEstimate | null,
  facts: Fact[],
  about: string,
): ShownFinding {
  const known = new Map(facts.map((fact) => [fact.name, fact]));
  const inputs = Object.entries(version.inputs).map(([name, value]): InputRow => {
    const fact = known.get(name);
    const missing = value === null || value === undefined;
    return {
      name,
      value: value ?? null,
      unit: fact?.unit ?? null,
      status: missing ? (fact?.status ?? "unknown") : (fact?.status ?? "present"),
      time: fact?.time ?? null,
      points: null,
    };
  });
  return {
    title: estimate?.title ?? version.title,
    about: `${about} · ${version.title}`,
    time: null,
    model: { name: version.model, version: version.version, digest: version.digest },
    value: estimate?.value ?? null,
    text: estimate ? formatEstimate(estimate) : null,
    here: version.here.words,
    validation: version.here.validation,
    unit: estimate?.unit ?? "",
    low: estimate?.low ?? null,
    high: estimate?.high ?? null,
    refusal: version.refusal === null ? null : plainRefusal(version.refusal),
    inputs,
    explanation: version.explanation,
  };
}

/** A title without its version: the columns have that. */
export function familyTitle(title: string): string {
  return title.replace(/(, version)? v?\d+(\.\d+)*(?=:)/, "").replace(/, \w+ \d+th edition$/, "");
}
