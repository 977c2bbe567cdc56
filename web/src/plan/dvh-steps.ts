import type { Curve } from "./dvh-curve";

/** A curve and a dose on it. */
export interface Stand {
  number: number;
  gy: number;
}

/** Of the reference dose. */
const STEP = 0.01;
const LONG_STEP = 0.1;

/** Where a key leads on the curves; null where it leads nowhere, or away from them. */
export function stepped(
  key: string,
  at: Stand | null,
  curves: readonly Pick<Curve, "number">[],
  reference: number,
  most: number,
): Stand | null | undefined {
  if (key === "Escape") return null;
  const first = curves[0];
  if (!first) return undefined;
  const place = curves.findIndex(({ number }) => number === at?.number);
  // The first key only says where one is.
  const from = at && place >= 0 ? at : { number: first.number, gy: Math.min(reference, most) };
  const isNew = from !== at;
  const by = (share: number) => ({
    number: from.number,
    gy: isNew ? from.gy : Math.min(Math.max(from.gy + share * reference, 0), most),
  });
  const curve = (step: number) => {
    if (isNew) return from;
    const next = curves[(place + step + curves.length) % curves.length] ?? first;
    return { number: next.number, gy: from.gy };
  };
  switch (key) {
    case "ArrowRight":
      return by(STEP);
    case "ArrowLeft":
      return by(-STEP);
    case "PageUp":
      return by(LONG_STEP);
    case "PageDown":
      return by(-LONG_STEP);
    case "Home":
      return { number: from.number, gy: 0 };
    case "End":
      return { number: from.number, gy: most };
    case "ArrowDown":
      return curve(1);
    case "ArrowUp":
      return curve(-1);
    default:
      return undefined;
  }
}
