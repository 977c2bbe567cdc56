/** The tokens that the wall is drawn in. */
export const WALL_TOKENS = [
  "ground",
  "surface",
  "surface-2",
  "line",
  "line-strong",
  "ink",
  "ink-2",
  "ink-3",
  "ink-frozen",
  "focus",
  "hatch",
  "high",
  "high-ink",
  "high-wash",
  "high-text",
  "medium",
  "medium-ink",
  "medium-wash",
  "medium-text",
  "medium-edge",
  "low",
  "low-ink",
  "low-wash",
  "low-text",
  "low-edge",
  "fine",
  "cannot",
] as const;

export type WallToken = (typeof WALL_TOKENS)[number];
export type WallColours = Record<WallToken, string>;
