import type { Conduction, Ear, Threshold } from "../api/exposure-types";

/** The measures of an audiogram: one octave is as wide as 20 dB are high (IEC 60645-1). */
export const OCTAVE = 76;
export const PER_DB = OCTAVE / 20;
export const LEFT = 56;
export const TOP = 44;
export const QUIET = -10;
export const LOUD = 120;
export const OCTAVES = [125, 250, 500, 1000, 2000, 4000, 8000, 16000];
export const BETWEEN = [3000, 6000];
export const WIDE = OCTAVE * (OCTAVES.length - 1);
export const HIGH = PER_DB * (LOUD - QUIET);

/** Frequencies that a form asks for. */
export const ASKED_HZ = [125, 250, 500, 1000, 2000, 3000, 4000, 6000, 8000, 12500, 16000];

/** Where a frequency lies: every octave is as wide as every other. */
export function across(hz: number): number {
  return LEFT + OCTAVE * Math.log2(hz / (OCTAVES[0] ?? 125));
}

/** Where a level lies: louder is lower, and what lies beyond the paper stands at its edge. */
export function down(db: number): number {
  return TOP + PER_DB * (Math.min(Math.max(db, QUIET), LOUD) - QUIET);
}

/** The thresholds of an ear by rising frequency. */
export function of(thresholds: Threshold[], ear: Ear, conduction: Conduction): Threshold[] {
  return thresholds
    .filter((one) => one.ear === ear && one.conduction === conduction)
    .sort((a, b) => a.frequency_hz - b.frequency_hz);
}

/** The lines of an ear's air conduction: a tone that was not heard ends one. */
export function lines(thresholds: Threshold[], ear: Ear): Threshold[][] {
  const found: Threshold[][] = [[]];
  for (const one of of(thresholds, ear, "air")) {
    if (one.response) found.at(-1)?.push(one);
    else found.push([]);
  }
  return found.filter((line) => line.length > 1);
}

/** The usual symbol, around 0, 0: O and X; masked triangle and square; bone < and >, masked [ and ]. */
export function symbol({ ear, conduction, masked }: Threshold): string {
  if (conduction === "air") {
    if (ear === "right") return masked ? "M0 -8L8 6H-8Z" : "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0";
    return masked ? "M-6 -6H6V6H-6Z" : "M-6 -6L6 6M6 -6L-6 6";
  }
  if (ear === "right") return masked ? "M4 -7H-2V7H4" : "M5 -6L-3 0L5 6";
  return masked ? "M-4 -7H2V7H-4" : "M-5 -6L3 0L-5 6";
}

/** The arrow of a tone that was not heard, away from the middle and down. */
export function arrow(ear: Ear): string {
  return ear === "right" ? "M-6 6L-16 18M-16 11V18H-9" : "M6 6L16 18M16 11V18H9";
}

export interface Typed {
  thresholds: Threshold[];
  /** The cells that hold no level. */
  wrong: string[];
}

const LEVEL = /^([+-]?\d{1,3}(?:[.,]\d)?)\s*(nr)?$/i;

/** Levels as they were typed, by `right 4000`: `55`, or `100NR` for one that was not heard. */
export function typedThresholds(cells: Record<string, string>): Typed {
  const thresholds: Threshold[] = [];
  const wrong: string[] = [];
  for (const [key, text] of Object.entries(cells)) {
    const said = text.trim();
    if (said === "") continue;
    const found = LEVEL.exec(said);
    const level = Number(found?.[1]?.replace(",", "."));
    if (!found || !(level >= -20 && level <= 130)) {
      wrong.push(key);
      continue;
    }
    const [ear = "right", hz = ""] = key.split(" ");
    thresholds.push({
      ear: ear as Ear,
      frequency_hz: Number(hz),
      level_db: level,
      response: found[2] === undefined,
      conduction: "air",
      masked: false,
    });
  }
  return { thresholds, wrong };
}
