/** Axes of the load plot: pure, from values to places. */

export interface Scale {
  /** Where a value lies, in pixels. */
  at(value: number): number;
  ticks: number[];
}

/** Loads worth a line on the axis. */
const LOADS = [0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * Load to the right, logarithmic: 2 alerts a day and 4 are as far apart as 50 and 100. One is added before the
 * logarithm, so that a policy that never speaks still has its place, at the left edge.
 */
export function loadScale(most: number, left: number, right: number): Scale {
  const end = LOADS.find((load) => load >= most) ?? most;
  const whole = Math.log1p(Math.max(end, 1));
  return {
    at: (value) => left + (Math.log1p(Math.max(0, value)) / whole) * (right - left),
    ticks: LOADS.filter((load) => load <= end && load !== 0.5),
  };
}

/** Upwards, in even whole steps, four to eight of them. */
export function countScale(most: number, bottom: number, top: number): Scale {
  const end = Math.max(1, Math.ceil(most));
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => end / each <= 8) ?? end;
  const last = Math.ceil(end / step) * step;
  const ticks: number[] = [];
  for (let tick = 0; tick <= last; tick += step) ticks.push(tick);
  return { at: (value) => bottom + (value / last) * (top - bottom), ticks };
}

/** Upwards from 0 to 1, in quarters. */
export function shareScale(bottom: number, top: number): Scale {
  return { at: (value) => bottom + value * (top - bottom), ticks: [0, 0.25, 0.5, 0.75, 1] };
}

export interface Label {
  x: number;
  y: number;
  words: string;
}

/** About how wide a letter of a label is, in pixels, and how high a line. */
const LETTER = 7;
const LINE = 17;

/**
 * Where the middles of labels lie, each above its mark, and as many lines higher as it takes to lie over no other
 * label and no other mark.
 */
export function labelPlaces(marks: Label[], left: number, right: number): { x: number; y: number }[] {
  const placed: { from: number; to: number; y: number }[] = marks.map(({ x, y }) => ({
    from: x - 9,
    to: x + 9,
    y,
  }));
  return marks.map(({ x, y, words }, mine) => {
    const half = (words.length * LETTER) / 2;
    const middle = Math.min(Math.max(x, left + half), right - half);
    let line = y - LINE;
    const covers = () =>
      placed.some(
        (each, i) =>
          i !== mine &&
          each.from < middle + half &&
          each.to > middle - half &&
          Math.abs(each.y - line) < LINE - 1,
      );
    while (covers()) line -= LINE;
    placed.push({ from: middle - half, to: middle + half, y: line });
    return { x: middle, y: line };
  });
}
