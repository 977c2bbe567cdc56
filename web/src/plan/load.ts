import { ApiError } from "../api/client";
import { imagingApi } from "../api/imaging";
import type { ContoursOfAll, Shape } from "../api/imaging-types";
import { t } from "../words";
import { Dose } from "./dose";
import { structuresOf } from "./outlines";
import { allSteps, bodyOf, outlinedBody, type Scene, startPoint } from "./scene";
import { Grid, nearest } from "./space";
import type { Opened } from "./state";
import { change } from "./state";
import { Volume } from "./volume";

/** Slices asked for at once, and requests under way together. */
const CHUNK = 8;
const TOGETHER = 3;

/** How far it has come; after a failure, what is missing. */
export interface Progress {
  phase: "loading" | "ready" | "failed";
  done: number;
  of: number;
  errors: string[];
}

/** The grid of every so-many-th voxel: what a preview's affine is. */
export function coarseGrid(grid: Grid, shape: Shape, stride: Shape): Grid {
  // A block of voxels is shown where its middle lies.
  const middle = stride.map((step) => (step - 1) / 2) as Shape;
  const first = grid.toMm(...middle);
  const affine = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => (grid.affine[row]?.[column] ?? 0) * (stride[column] ?? 1)),
    first[row] ?? 0,
  ]);
  return new Grid(shape, [...affine, [0, 0, 0, 1]]);
}

/** Fill slices of a whole volume, from `first` to below `end`, with the blocks of its preview: they are still to come. */
export function spread(
  from: Int16Array,
  coarse: Shape,
  stride: Shape,
  to: Int16Array,
  shape: Shape,
  first = 0,
  end = shape[0],
): void {
  const [, nj, ni] = shape;
  const [ck, cj, ci] = coarse;
  const blockOf = (k: number) => Math.min(Math.floor(k / stride[0]), ck - 1);
  const lineOf = (j: number) => Math.min(Math.floor(j / stride[1]), cj - 1);
  for (let k = first; k < end; k++) {
    const slice = k * nj * ni;
    if (k > first && blockOf(k) === blockOf(k - 1)) {
      to.copyWithin(slice, slice - nj * ni, slice);
      continue;
    }
    for (let j = 0; j < nj; j++) {
      const row = slice + j * ni;
      if (j > 0 && lineOf(j) === lineOf(j - 1)) {
        to.copyWithin(row, row - ni, row);
        continue;
      }
      const start = (blockOf(k) * cj + lineOf(j)) * ci;
      for (let i = 0; i < ni; i++)
        to[row + i] = from[start + Math.min(Math.floor(i / stride[2]), ci - 1)] as number;
    }
  }
}

/** Slices that are spread before the page may do something else. */
const BREATH = 8;

/** The parts of a volume that are still to come, nearest to a slice first. */
export function nextChunk(waiting: Set<number>, slice: number): number | null {
  let best: number | null = null;
  for (const chunk of waiting) {
    const away = Math.abs(chunk * CHUNK + CHUNK / 2 - slice);
    if (best === null || away < Math.abs(best * CHUNK + CHUNK / 2 - slice)) best = chunk;
  }
  return best;
}

/**
 * Bring everything of a view: the preview, the dose and the contours at once for the first sight of all three planes,
 * then the image slice by slice from where the person is looking outward. What one part lacks does not keep the others
 * from being seen: it is told.
 */
export async function loadView(
  patient: string,
  view: string,
  opened: Opened,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
  onFirstPaint: () => void,
): Promise<void> {
  const { scene } = opened;
  const { volume, dose, structures } = scene.get().view;
  const of = volume?.shape[0] ?? 0;
  const errors: string[] = [];
  let done = 0;
  const say = (phase: Progress["phase"]) => {
    if (!signal.aborted) tell({ phase, done, of, errors: [...errors] });
  };
  const orNothing = <T>(part: Promise<T>, what: string): Promise<T | null> =>
    part.catch((reason: unknown) => {
      errors.push(`${what}: ${wordsOf(reason)}`);
      return null;
    });
  /** Show what has come. The first look is at the start; a second try leaves the person where they are. */
  const isFirst = opened.steps.get().axial.length === 0;
  let begun = opened.look.get().point;
  const since = performance.now();
  const put = (part: Partial<Scene>) => {
    if (signal.aborted) return;
    scene.set((now) => ({ ...now, ...part }));
    if (isFirst && opened.look.get().point === begun && performance.now() - since < SETTLED_MS) {
      begun = startPoint(scene.get());
      change(opened, { point: begun });
    }
    opened.steps.set(allSteps(scene.get()));
  };
  say("loading");
  const grid = volume && new Grid(volume.shape, volume.affine);
  const image =
    volume &&
    orNothing(imagingApi.preview(patient, volume.id, signal), t("plan.image")).then((preview) => {
      if (!preview || !grid) return null;
      const coarse = new Volume(
        coarseGrid(grid, preview.shape, preview.stride),
        preview.stored,
        preview.slope,
        preview.intercept,
      );
      put({ volume: coarse, body: (volume.modality === "CT" ? bodyOf(coarse) : null) ?? scene.get().body });
      return preview;
    });
  const wash =
    dose &&
    orNothing(imagingApi.dose(patient, dose.id, signal), t("plan.dose")).then((gy) => {
      if (gy) put({ dose: new Dose(new Grid(dose.shape, dose.affine), gy) });
    });
  const outlines =
    structures.length > 0 &&
    orNothing(imagingApi.contours(patient, view), t("plan.structures")).then((contours) => {
      const drawn = structuresOf(structures, contours ?? NO_CONTOURS);
      put({ structures: drawn, body: scene.get().body ?? outlinedBody(drawn) });
    });
  const first = Promise.all([image, wash, outlines]).then(async () => {
    await painted();
    if (signal.aborted) return;
    performance.mark("plan:first-paint");
    onFirstPaint();
  });

  const [preview] = await Promise.all([image, wash]);
  // Outlines that are long in coming (worked out for the first time) do not hold up the slices.
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  if (volume && grid && preview && !signal.aborted) {
    const whole = new Int16Array(grid.shape[0] * grid.shape[1] * grid.shape[2]);
    for (let k = 0; k < of && !signal.aborted; k += BREATH) {
      spread(preview.stored, preview.shape, preview.stride, whole, grid.shape, k, Math.min(k + BREATH, of));
      await new Promise((resolve) => setTimeout(resolve));
    }
    const full = new Volume(grid, whole, preview.slope, preview.intercept, volume.z_positions ?? null);
    put({ volume: full, volumeTurn: 1, loaded: new Uint8Array(of) });
    try {
      await fill(patient, volume.id, full, opened, signal, (slices) => {
        done = slices;
        say("loading");
      });
    } catch (reason) {
      errors.push(wordsOf(reason));
    }
  }
  await first;
  performance.mark("plan:whole");
  say(errors.length > 0 ? "failed" : "ready");
}

/** After so long nobody is taken elsewhere by what comes late. */
const SETTLED_MS = 3000;

/** How long slices wait for outlines and dose. */
const PATIENCE_MS = 1000;

const NO_CONTOURS: ContoursOfAll = { planes: [] };

function wordsOf(reason: unknown): string {
  return reason instanceof ApiError ? [reason.what, reason.mend].filter(Boolean).join(" ") : String(reason);
}

/** Fill a volume with its slices, several requests at a time, nearest to what is looked at first. */
async function fill(
  patient: string,
  id: string,
  volume: Volume,
  opened: Opened,
  signal: AbortSignal,
  tell: (slices: number) => void,
): Promise<void> {
  const [slices, rows, columns] = volume.grid.shape;
  const waiting = new Set(Array.from({ length: Math.ceil(slices / CHUNK) }, (_, n) => n));
  let done = 0;
  async function worker() {
    for (;;) {
      const chunk = nextChunk(waiting, sliceLookedAt(volume, opened));
      if (chunk === null || signal.aborted) return;
      waiting.delete(chunk);
      const from = chunk * CHUNK;
      const to = Math.min(from + CHUNK, slices);
      try {
        const { stored } = await imagingApi.voxels(patient, id, from, to, signal);
        volume.stored.set(stored.subarray(0, (to - from) * rows * columns), from * rows * columns);
      } catch (reason) {
        waiting.clear();
        throw reason;
      }
      if (signal.aborted) return;
      done += to - from;
      opened.scene.set((now) => {
        now.loaded.fill(1, from, to);
        return { ...now, volumeTurn: now.volumeTurn + 1 };
      });
      tell(done);
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}

/** The slice of the volume nearest to what is looked at. */
function sliceLookedAt(volume: Volume, opened: Opened): number {
  const { point } = opened.look.get();
  const [slice] = volume.grid.toIndex(point);
  const last = volume.grid.shape[0] - 1;
  return nearest([0, last], slice) === 0 ? Math.max(slice, 0) : Math.min(slice, last);
}

/** Resolves once the next picture has been handed to the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 0))),
  );
}
