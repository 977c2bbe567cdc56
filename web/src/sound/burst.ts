import type { Priority } from "../api/types";

/** One pulse of a burst: when it begins and ends, in seconds, and its pitch in hertz. */
export interface Pulse {
  start: number;
  end: number;
  hertz: number;
}

interface Pattern {
  pulses: number;
  /** Length of a pulse, and from the start of one to the start of the next. */
  length: number;
  spacing: number;
  hertz: number;
}

/**
 * Modelled on the bursts of IEC 60601-1-8: ten pulses for high (three and two, twice), three for medium, two for low;
 * faster and higher the more urgent. The text of the standard was not at hand: lengths and pitches are Fyr's own choice.
 */
const PATTERNS: Record<Priority, Pattern> = {
  high: { pulses: 10, length: 0.12, spacing: 0.2, hertz: 880 },
  medium: { pulses: 3, length: 0.18, spacing: 0.36, hertz: 587 },
  low: { pulses: 2, length: 0.2, spacing: 0.5, hertz: 392 },
};
const HALF_PAUSE = 0.6;
const GROUP_PAUSE = 0.2;

/** The pulses of one burst. */
export function burst(priority: Priority): Pulse[] {
  const { pulses, length, spacing, hertz } = PATTERNS[priority];
  return Array.from({ length: pulses }, (_, i) => {
    const pauses =
      priority === "high" ? (i % 5 >= 3 ? GROUP_PAUSE : 0) + (i >= 5 ? HALF_PAUSE + GROUP_PAUSE : 0) : 0;
    const start = i * spacing + pauses;
    return { start, end: start + length, hertz };
  });
}

/** A high alarm that nobody has taken sounds again after this long. */
export const REPEAT_MS = 10_000;
