import { t } from "../words";
import { formatLength, formatNumber } from "../words/format";

/** How the page says a comparison's numbers: never more digits than they carry. */

/** Alerts per patient-day: 0.08, 2.9, 11, 101. */
export function formatLoad(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value === 0) return formatNumber(0);
  return formatNumber(value, value < 1 ? 2 : value < 10 ? 1 : 0);
}

export function formatPercent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  return t("policies.percent", { n: formatNumber(100 * share, share > 0 && share < 0.01 ? 1 : 0) });
}

/** A delay in the unit in which people think of it. */
export function formatDelay(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.abs(seconds);
  if (whole < 60) return `${sign}${formatLength(Math.round(whole))}`;
  return `${sign}${formatLength(Math.round(whole / 60) * 60)}`;
}

/** ×¼ as ×0.25, ×2 as ×2. */
export function formatFactor(factor: number): string {
  return t("policies.factor", {
    n: formatNumber(factor, Number.isInteger(factor) ? 0 : factor * 10 === Math.round(factor * 10) ? 1 : 2),
  });
}

/** `opioid respiratory depression` as it begins a line. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
