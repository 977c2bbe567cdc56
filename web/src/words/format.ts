import { language, t, tMaybe } from "./index";

const numbers = new Map<number, Intl.NumberFormat>();

/** A number with exactly so many decimals, with the language's own separator. */
export function formatNumber(value: number, decimals = 0): string {
  let format = numbers.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(language, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      useGrouping: false,
    });
    numbers.set(decimals, format);
  }
  return format.format(value);
}

const DECIMALS: Record<string, number> = { temperature: 1 };

/** A vital sign with the decimals that its measurement carries; a dash where there is none. */
export function formatSignal(signal: string, value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : formatNumber(value, DECIMALS[signal] ?? 0);
}

const UNITS: Record<string, string> = {
  "mm[Hg]": "mmHg",
  Cel: "°C",
  "{score}": "",
  "[hnsf'U]": "HU",
  "1/1000000{Base}": "/Mb",
  "10*9/L": "10⁹/L",
  "kg/m2": "kg/m²",
  "umol/L": "µmol/L",
  a: "years",
  d: "days",
  mm3: "mm³",
  "1": "",
};

/** A UCUM unit as a person reads it. */
export function formatUnit(unit: string | null | undefined): string {
  return unit === null || unit === undefined ? "" : (UNITS[unit] ?? unit);
}

/** An age in the largest whole unit: 4 s, 12 min, 3 h, 2 d. */
export function formatAge(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return t("age.seconds", { n: s });
  if (s < 3600) return t("age.minutes", { n: Math.floor(s / 60) });
  if (s < 172_800) return t("age.hours", { n: Math.floor(s / 3600) });
  return t("age.days", { n: Math.floor(s / 86_400) });
}

/** A length of time as a rule states it: 90 s, 5 min, 60 min, 12 h. */
export function formatLength(seconds: number): string {
  if (seconds < 60 || seconds % 60 !== 0) return t("age.seconds", { n: seconds });
  if (seconds <= 7200 || seconds % 3600 !== 0) return t("age.minutes", { n: seconds / 60 });
  return t("age.hours", { n: seconds / 3600 });
}

const two = (n: number) => String(n).padStart(2, "0");

/** 24-hour clock, local: 03:12 or 03:12:08. */
export function formatClock(ms: number, seconds = false): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}${seconds ? `:${two(d.getSeconds())}` : ""}`;
}

/** ISO date, local: 2026-11-22. */
export function formatDate(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** The clock alone for today, with the date in front otherwise. */
export function formatMoment(ms: number, nowMs: number, seconds = false): string {
  const clock = formatClock(ms, seconds);
  return formatDate(ms) === formatDate(nowMs) ? clock : `${formatDate(ms)} ${clock}`;
}

/** The clock for today, the date alone for any other day. */
export function formatDay(ms: number, nowMs: number): string {
  return formatDate(ms) === formatDate(nowMs) ? formatClock(ms) : formatDate(ms);
}

const ISO_MOMENT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;

/** A sentence of the server's with the moments in it told as the page tells them. */
export function formatReason(reason: string, nowMs: number): string {
  return reason.replace(ISO_MOMENT, (iso) => formatMoment(Date.parse(iso), nowMs));
}

/** A signal's title, from the catalogue or, for one the page does not know, from the server. */
export function signalTitle(signal: string, fromServer = signal): string {
  return tMaybe(`signal.${signal}`, fromServer);
}

/** A signal's short form. */
export function signalShort(signal: string, fromServer = signal): string {
  return tMaybe(`signal.short.${signal}`, fromServer);
}

const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 3, useGrouping: false });

/** Any value of an input or a parameter as a person reads it. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return plain.format(value);
  if (typeof value === "boolean") return value ? t("app.yes") : t("app.no");
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(formatValue).join(", ");
  return Object.entries(value as object)
    .map(([name, inner]) => `${name} ${formatValue(inner)}`)
    .join("; ");
}
