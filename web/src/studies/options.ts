/** An option of a study, as a person reads it. */
export function optionText(value: unknown): string {
  if (Array.isArray(value)) return value.map(optionText).join(", ");
  if (value !== null && typeof value === "object")
    return Object.entries(value)
      .map(([name, one]) => `${name}: ${optionText(one)}`)
      .join("; ");
  return String(value);
}

/** A number with as many digits as its standard error carries: two of the error's, and no more. */
export function withError(value: number, error: number): [string, string] {
  if (!(error > 0)) return [value.toPrecision(4), "–"];
  const digits = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return [value.toFixed(digits), error.toFixed(digits)];
}

export interface Coefficient {
  name: string;
  value: number;
  error: number;
}

/** The coefficients of a result that has any. */
export function coefficientsOf(result: Record<string, unknown>): Coefficient[] {
  const values = numbersOf(result.coefficients);
  const errors = numbersOf(result.standard_errors);
  return Object.entries(values).map(([name, value]) => ({ name, value, error: errors[name] ?? Number.NaN }));
}

function numbersOf(value: unknown): Record<string, number> {
  if (value === null || typeof value !== "object") return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
