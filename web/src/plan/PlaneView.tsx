import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { usePart, useStore } from "../state/store";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { Painter } from "./painter";
import { usePointing } from "./pointing";
import { AXES, nearest, type PlaneName } from "./space";
import { change, goTo, type Opened } from "./state";

const LETTER = ["x", "y", "z"] as const;
export const PLANE_KEY: Record<PlaneName, string> = { axial: "1", coronal: "2", sagittal: "3" };

/** Where one plane stands: its axis, mm, and which of its steps. */
export function usePlace(opened: Opened, plane: PlaneName): { mm: number; at: number; of: number } {
  const { w } = AXES[plane];
  const mm = usePart(
    opened.look,
    useCallback((look) => look.point[w], [w]),
  );
  const steps = usePart(
    opened.steps,
    useCallback((all) => all[plane], [plane]),
  );
  return { mm, at: nearest(steps, mm), of: steps.length };
}

export function placeWords(plane: PlaneName, mm: number, at: number, of: number): string {
  return t("plan.slice_at", {
    axis: LETTER[AXES[plane].w],
    mm: formatNumber(mm, 1),
    n: at + 1,
    of,
  });
}

/** One plane: its picture, where it stands, and a slider through it. */
export function PlaneView({ opened, plane }: { opened: Opened; plane: PlaneName }) {
  const frame = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [painter, setPainter] = useState<Painter | null>(null);
  const title = t(`plan.${plane}`);

  useLayoutEffect(() => {
    const [box, below, above] = [frame.current, base.current, over.current];
    if (!box || !below || !above) return;
    const made = new Painter(plane, opened, below, above);
    const fill = () => made.resize(box.clientWidth, box.clientHeight);
    fill();
    const observer = new ResizeObserver(fill);
    observer.observe(box);
    // Labels in the page's own typeface, once it is here.
    void document.fonts.ready.then(fill);
    setPainter(made);
    // So that a test can hold what is drawn to what the server says.
    Object.assign(box, { drawn: () => made.drawn() });
    return () => {
      observer.disconnect();
      made.stop();
    };
  }, [opened, plane]);

  usePointing(over, painter, opened, plane);

  const large = usePart(opened.look, (look) => look.large);
  const active = usePart(opened.look, (look) => look.active === plane);
  return (
    <section
      className="plane"
      data-testid={`plane-${plane}`}
      data-active={active}
      aria-label={t("plan.canvas", { plane: title })}
    >
      <div className="plane-frame" ref={frame}>
        <canvas ref={base} />
        <canvas ref={over} className="plane-over" />
      </div>
      <PlaneTitle opened={opened} plane={plane} />
      <button
        type="button"
        className="plane-large"
        aria-pressed={large === plane}
        aria-label={
          large === plane ? t("plan.all_planes") : t("plan.enlarge", { plane: title, key: PLANE_KEY[plane] })
        }
        title={
          large === plane ? t("plan.all_planes") : t("plan.enlarge", { plane: title, key: PLANE_KEY[plane] })
        }
        onClick={() => change(opened, { large: large === plane ? null : plane, active: plane })}
      >
        <svg
          width="14"
          height="14"
          viewBox="0 0 14 14"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          aria-hidden="true"
        >
          <path d={large === plane ? "M1 6h5V1M13 8H8v5" : "M8 1h5v5M6 13H1V8"} />
        </svg>
      </button>
      <PlaneSlider opened={opened} plane={plane} />
    </section>
  );
}

function PlaneTitle({ opened, plane }: { opened: Opened; plane: PlaneName }) {
  const { mm, at, of } = usePlace(opened, plane);
  const scene = useStore(opened.scene);
  const { volume, view } = scene;
  let note = "";
  if (volume && plane === "axial") {
    const look = opened.look.get();
    const whole = view.volume !== null && volume.grid.shape[0] === view.volume.shape[0];
    const voxel = volume.voxelAt(look.point);
    const inside = volume.lines === null || holds(volume.positions(2), mm);
    if (!inside) note = t("plan.no_image_here");
    else if (view.volume && (!whole || (voxel && !scene.loaded[voxel[0]]))) note = t("plan.coarse");
  }
  return (
    <p className="plane-title">
      <strong>{t(`plan.${plane}`)}</strong> {of > 0 && placeWords(plane, mm, at, of)}
      {note && <span className="plane-note">{note}</span>}
    </p>
  );
}

function holds(positions: Float64Array, mm: number): boolean {
  const at = nearest(positions, mm);
  const step = positions.length > 1 ? Math.abs((positions[1] ?? 0) - (positions[0] ?? 0)) : 3;
  return Math.abs((positions[at] ?? Infinity) - mm) <= step / 2 + 1e-6;
}

function PlaneSlider({ opened, plane }: { opened: Opened; plane: PlaneName }) {
  const { mm, at, of } = usePlace(opened, plane);
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (slider.current) slider.current.value = String(at);
  }, [at]);
  if (of < 2) return null;
  return (
    <input
      ref={slider}
      type="range"
      className="plane-slider"
      min={0}
      max={of - 1}
      defaultValue={at}
      aria-label={t("plan.slice_of", { plane: t(`plan.${plane}`) })}
      aria-valuetext={placeWords(plane, mm, at, of)}
      onInput={(event) => goTo(opened, plane, Number(event.currentTarget.value))}
    />
  );
}
