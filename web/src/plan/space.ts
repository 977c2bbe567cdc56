import type { Affine, Shape } from "../api/imaging-types";

/** Patient space is DICOM's (PS3.3 C.7.6.2.1.1): x to the patient's left, y to the back, z to the head; mm. */
export type Vec3 = [number, number, number];

export const PLANES = ["axial", "coronal", "sagittal"] as const;
export type PlaneName = (typeof PLANES)[number];

/** How a plane lies: which of x, y, z runs across, which down, which through it, and whether down is along it. */
export interface PlaneAxes {
  u: 0 | 1 | 2;
  v: 0 | 1 | 2;
  w: 0 | 1 | 2;
  /** +1 where the screen's down is along v, -1 where it is against it. */
  down: 1 | -1;
}

/** As radiology looks: from the feet, from the front, from the left of the patient. */
export const AXES: Record<PlaneName, PlaneAxes> = {
  axial: { u: 0, v: 1, w: 2, down: 1 },
  coronal: { u: 0, v: 2, w: 1, down: -1 },
  sagittal: { u: 1, v: 2, w: 0, down: -1 },
};

const LETTERS = ["LR", "PA", "HF"] as const;

/**
 * The letter of the side that a direction in patient space points to: R, L, A, P, H, F; two or three of them, the
 * strongest first, where it points between sides (PS3.3 C.7.6.1.1.1, Patient Orientation).
 */
export function orientationLetters(direction: Vec3): string {
  const length = Math.hypot(...direction);
  return ([0, 1, 2] as const)
    .filter((axis) => Math.abs(direction[axis]) > 0.1 * length)
    .sort((a, b) => Math.abs(direction[b]) - Math.abs(direction[a]))
    .map((axis) => LETTERS[axis][direction[axis] > 0 ? 0 : 1])
    .join("");
}

export interface Sides {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

/** The letters at the four sides of a plane. */
export function sidesOf(plane: PlaneName): Sides {
  const { u, v, down } = AXES[plane];
  const along = (axis: number, sign: number): Vec3 => {
    const direction: Vec3 = [0, 0, 0];
    direction[axis] = sign;
    return direction;
  };
  return {
    left: orientationLetters(along(u, -1)),
    right: orientationLetters(along(u, 1)),
    top: orientationLetters(along(v, -down)),
    bottom: orientationLetters(along(v, down)),
  };
}

/** Voxels in patient space: an affine from `(k, j, i)` to mm, and its inverse. */
export class Grid {
  /** Rows of the inverse: from x, y, z to k, j, i. */
  private readonly inverse: number[];

  constructor(
    readonly shape: Shape,
    readonly affine: Affine,
  ) {
    this.inverse = inverse3(affine);
  }

  toMm(k: number, j: number, i: number): Vec3 {
    const [x = 0, y = 0, z = 0] = [0, 1, 2].map((row) => {
      const [a = 0, b = 0, c = 0, d = 0] = this.affine[row] ?? [];
      return a * k + b * j + c * i + d;
    });
    return [x, y, z];
  }

  /** Indices `(k, j, i)`, with fractions. */
  toIndex(point: Vec3): Vec3 {
    const m = this.inverse;
    const x = point[0] - (this.affine[0]?.[3] ?? 0);
    const y = point[1] - (this.affine[1]?.[3] ?? 0);
    const z = point[2] - (this.affine[2]?.[3] ?? 0);
    const row = (n: number) => (m[n] ?? 0) * x + (m[n + 1] ?? 0) * y + (m[n + 2] ?? 0) * z;
    return [row(0), row(3), row(6)];
  }

  /** How the indices change for a mm along one axis of the patient. */
  slope(axis: number): Vec3 {
    return [this.inverse[axis] ?? 0, this.inverse[3 + axis] ?? 0, this.inverse[6 + axis] ?? 0];
  }

  /** The length of a step along k, j and i. */
  get spacing(): Vec3 {
    const of = (column: number) =>
      Math.hypot(...[0, 1, 2].map((row) => this.affine[row]?.[column] ?? 0)) || 1;
    return [of(0), of(1), of(2)];
  }

  /** Where its voxels lie, to their outer faces: least and greatest x, y, z. */
  get box(): [Vec3, Vec3] {
    const low: Vec3 = [Infinity, Infinity, Infinity];
    const high: Vec3 = [-Infinity, -Infinity, -Infinity];
    const [nk, nj, ni] = this.shape;
    for (const k of [-0.5, nk - 0.5])
      for (const j of [-0.5, nj - 0.5])
        for (const i of [-0.5, ni - 0.5]) {
          const point = this.toMm(k, j, i);
          for (const axis of [0, 1, 2] as const) {
            low[axis] = Math.min(low[axis], point[axis]);
            high[axis] = Math.max(high[axis], point[axis]);
          }
        }
    return [low, high];
  }

  /**
   * For each of x, y, z the index that runs along it (0 is k, 1 is j, 2 is i) and whether it runs against it; null
   * where the grid stands obliquely.
   */
  get alongAxes(): { index: 0 | 1 | 2; sign: 1 | -1 }[] | null {
    const spacing = this.spacing;
    const found = [0, 1, 2].map((axis) => {
      for (const index of [0, 1, 2] as const) {
        const cosine = (this.affine[axis]?.[index] ?? 0) / spacing[index];
        if (Math.abs(cosine) > 1 - 1e-5) return { index, sign: cosine > 0 ? (1 as const) : (-1 as const) };
      }
      return null;
    });
    return found.every((each) => each !== null) ? found : null;
  }
}

function inverse3(affine: Affine): number[] {
  const [a = 0, b = 0, c = 0] = affine[0] ?? [];
  const [d = 0, e = 0, f = 0] = affine[1] ?? [];
  const [g = 0, h = 0, i = 0] = affine[2] ?? [];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ].map((cofactor) => cofactor / determinant);
}

/** The entry of a rising list that lies nearest to a value; -1 of an empty one. */
export function nearest(rising: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = rising.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return Math.abs((rising[low] ?? 0) - value) <= Math.abs((rising[high] ?? 0) - value) ? low : high;
}
