/** Red, green, blue from 0 to 255. */
export type Rgb = [number, number, number];

export const SCALES = ["even", "spectrum"] as const;
export type ScaleName = (typeof SCALES)[number];

/**
 * Colours from no dose to the highest. `even` grows lighter all the way, so that it reads without colour vision and
 * on paper; `spectrum` is what planning systems have accustomed people to.
 */
const ANCHORS: Record<ScaleName, Rgb[]> = {
  even: [
    [44, 33, 122],
    [86, 60, 190],
    [160, 62, 176],
    [219, 86, 108],
    [244, 146, 62],
    [252, 205, 96],
    [255, 246, 205],
  ],
  spectrum: [
    [38, 44, 168],
    [30, 110, 230],
    [0, 178, 200],
    [30, 190, 90],
    [180, 212, 32],
    [250, 200, 20],
    [250, 124, 18],
    [232, 38, 30],
  ],
};

/** The colour at a part (0 to 1) of the scale. */
export function colourAt(scale: ScaleName, part: number): Rgb {
  const anchors = ANCHORS[scale];
  const place = Math.min(Math.max(part, 0), 1) * (anchors.length - 1);
  const low = Math.min(Math.floor(place), anchors.length - 2);
  const [from, to] = [anchors[low] as Rgb, anchors[low + 1] as Rgb];
  const mix = (n: 0 | 1 | 2) => Math.round(from[n] + (to[n] - from[n]) * (place - low));
  return [mix(0), mix(1), mix(2)];
}

export function cssColour([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}

export const WASH_ENTRIES = 2048;

/** Pixels (little-endian RGBA) from 0 to `top` Gy; nothing below the threshold. */
export function washTable(scale: ScaleName, top: number, threshold: number): Uint32Array {
  const table = new Uint32Array(WASH_ENTRIES);
  for (let at = 0; at < WASH_ENTRIES; at++) {
    const part = at / (WASH_ENTRIES - 1);
    if (part * top < threshold || at === 0) continue;
    const [r, g, b] = colourAt(scale, part);
    table[at] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  return table;
}

/** A colour of "#rrggbb" that can be seen on black: made lighter where it is too dark. */
export function seenOnBlack(colour: string): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!match) return "#d0d0d0";
  const rgb = [1, 2, 3].map((n) => Number.parseInt(match[n] ?? "0", 16)) as Rgb;
  const light = (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / 255;
  if (light >= 0.25) return colour.toLowerCase();
  const share = (0.25 - light) / (1 - light);
  return cssColour(rgb.map((each) => Math.round(each + (255 - each) * share)) as Rgb);
}
