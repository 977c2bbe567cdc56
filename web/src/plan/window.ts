/** The grey levels that values are shown in: a window has a centre and a width, in the unit of the values. */
export interface Window {
  center: number;
  width: number;
}

export interface Preset extends Window {
  name: "soft" | "lung" | "bone" | "brain" | "wide";
  key: string;
}

/** In HU. Usual choices of CT reporting; none is a standard's. */
export const PRESETS: readonly Preset[] = [
  { name: "soft", key: "t", center: 40, width: 400 },
  { name: "lung", key: "l", center: -600, width: 1500 },
  { name: "bone", key: "b", center: 400, width: 1800 },
  { name: "brain", key: "n", center: 40, width: 80 },
  { name: "wide", key: "u", center: 0, width: 3000 },
];

/**
 * What a value is shown as, from 0 to 255: the linear VOI LUT function of DICOM (PS3.3 C.11.2.1.2.1), with the width
 * of at least 1 that it asks for.
 */
export function grey(value: number, { center, width }: Window): number {
  const w = Math.max(width, 1);
  const below = center - 0.5 - (w - 1) / 2;
  const above = center - 0.5 + (w - 1) / 2;
  if (value <= below) return 0;
  if (value > above) return 255;
  return ((value - (center - 0.5)) / (w - 1) + 0.5) * 255;
}

/** What is stored where there is no image: in slices that are missing. */
export const NO_IMAGE = -32_768;

/** Opaque grey pixels (little-endian RGBA) for every stored value, at `stored + 32768`; none where there is no image. */
export function greyTable(window: Window, slope: number, intercept: number, table: Uint32Array): void {
  for (let at = 0; at < 65_536; at++) {
    const level = Math.round(grey((at - 32_768) * slope + intercept, window));
    table[at] = 0xff000000 | (level << 16) | (level << 8) | level;
  }
  table[NO_IMAGE + 32_768] = 0;
}

/** A window after a drag of so many pixels: across for the width, up for a brighter image. */
export function dragged(from: Window, dx: number, dy: number): Window {
  const pace = Math.max(from.width, 50) / 300;
  return {
    center: Math.round((from.center + dy * pace) * 10) / 10,
    width: Math.max(1, Math.round(from.width + dx * pace)),
  };
}
