import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { imagingApi } from "../api/imaging";
import type { DvhAnswer } from "../api/imaging-types";
import { usePalette } from "../patient/palette";
import { usePart, useStore } from "../state/store";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { type Axis, tableOf, volumeAt } from "./dvh-curve";
import { curveColour, dvhOptions, isDark } from "./dvh-plot";
import { type Stand, stepped } from "./dvh-steps";
import { contains } from "./outlines";
import { change, type Opened } from "./state";
import { useDvhPlot } from "./use-dvh-plot";

/** Half the width of the dose bin whose voxels are marked, as a part of the reference dose. */
const HALF_BIN = 0.005;
const REST_MS = 90;

interface DvhProps {
  opened: Opened;
  patient: string;
  view: string;
  dvh: DvhAnswer;
  /** What stands under the curves. */
  children?: ReactNode;
}

/** The histogram, linked with the planes both ways. */
export function Dvh({ opened, patient, view, dvh, children }: DvhProps) {
  const [unit, setUnit] = useState<Axis>("percent");
  const [asked, setAsked] = useState<Stand | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  const hidden = usePart(opened.look, (look) => look.hidden);
  const reference = usePart(opened.scene, (scene) => scene.reference);
  const heads = opened.scene.get().view.structures;

  const shown = useMemo(
    () =>
      dvh.structures
        .filter(({ number, cumulative_cm3 }) => !hidden.has(number) && cumulative_cm3.length > 0)
        .map((each) => ({
          ...each,
          colour: curveColour(
            heads.find(({ number }) => number === each.number)?.colour ?? "#888888",
            isDark(palette.surface),
          ),
        })),
    [dvh, hidden, heads, palette],
  );
  const table = useMemo(() => tableOf(dvh.dose_gy, shown, unit), [dvh, shown, unit]);
  const onPoint = useCallback(
    (series: number | null, gy: number | null) => {
      const structure = series === null ? undefined : shown[series - 1];
      const next = structure && gy !== null ? { number: structure.number, gy } : null;
      setAsked((before) => (before?.number === next?.number && before?.gy === next?.gy ? before : next));
      change(opened, { highlighted: next?.number ?? null });
    },
    [shown, opened],
  );
  const make = useCallback(
    (width: number, height: number): uPlot.Options =>
      dvhOptions({
        structures: shown,
        unit,
        palette,
        width,
        height,
        reference: reference?.gy ?? null,
        onPoint,
      }),
    [shown, unit, palette, reference, onPoint],
  );
  const plot = useDvhPlot(box, make, table);
  const [stand, setStand] = useState<Stand | null>(null);
  const leave = () => {
    setStand(null);
    onPoint(null, null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const most = dvh.dose_gy.at(-1) ?? 0;
    const next = stepped(event.key, stand, shown, reference?.gy ?? most, most);
    if (next === undefined || (next === null && !stand)) return;
    event.preventDefault(); // else the planes take the key too
    if (!next) return leave();
    setStand(next);
    onPoint(shown.findIndex(({ number }) => number === next.number) + 1, next.gy);
  };
  const at = stand && shown.find(({ number }) => number === stand.number);
  const said = useMarkedVoxels(opened, patient, view, dvh, asked);

  return (
    <div className="dvh" data-testid="dvh">
      <div className="dvh-tools">
        <p className="small" data-testid="dvh-said" aria-live="polite">
          {said ?? <span className="quiet">{t("plan.dvh_hint")}</span>}
        </p>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("plan.dvh_volume")}>
          {(["percent", "cm3"] as const).map((each) => (
            <button key={each} type="button" aria-pressed={unit === each} onClick={() => setUnit(each)}>
              {t(`plan.dvh_${each}`)}
            </button>
          ))}
        </div>
      </div>
      <div
        className="dvh-plot"
        data-testid="dvh-plot"
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={t("plan.dvh_title")}
        aria-valuemin={0}
        aria-valuemax={dvh.dose_gy.at(-1) ?? 0}
        aria-valuenow={stand?.gy ?? 0}
        aria-valuetext={
          at && stand
            ? t("plan.dvh_at", {
                name: at.name,
                volume: formatNumber(volumeAt(dvh.dose_gy, at, stand.gy, unit), 1),
                unit: t(`plan.dvh_${unit}`),
                gy: formatNumber(stand.gy, 2),
              })
            : t("plan.dvh_nowhere")
        }
        onKeyDown={onKeyDown}
        onBlur={() => stand && leave()}
      >
        <PointedDose opened={opened} plot={plot} dvh={dvh} unit={unit} colours={shown} />
        {plot && at && stand && (
          <Standing
            left={plot.over.offsetLeft + plot.valToPos(stand.gy, "x")}
            top={plot.over.offsetTop + plot.valToPos(volumeAt(dvh.dose_gy, at, stand.gy, unit), "y")}
            colour={at.colour}
            gy={stand.gy}
            of={plot.over}
          />
        )}
      </div>
      {children}
    </div>
  );
}

/** Where the keys have led to on a curve. */
function Standing({
  left,
  top,
  colour,
  gy,
  of,
}: {
  left: number;
  top: number;
  colour: string;
  gy: number;
  of: HTMLElement;
}) {
  return (
    <>
      <span
        className="dvh-dose"
        data-testid="dvh-stand"
        data-gy={gy.toFixed(3)}
        style={{ left, top: of.offsetTop, height: of.offsetHeight }}
      />
      <span className="dvh-dot" style={{ left, top, background: colour }} />
    </>
  );
}

/** Asks for the voxels at a dose of a curve once the pointer rests, and marks them in the planes. */
function useMarkedVoxels(
  opened: Opened,
  patient: string,
  view: string,
  dvh: DvhAnswer,
  asked: Stand | null,
): string | null {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    const forget = () => opened.scene.get().marks && opened.scene.set((scene) => ({ ...scene, marks: null }));
    const structure = dvh.structures.find(({ number }) => number === asked?.number);
    if (!asked || !structure) {
      setSaid(null);
      forget();
      return;
    }
    const { name } = structure;
    const half = HALF_BIN * (opened.scene.get().reference?.gy ?? 50);
    const [low, high] = [Math.max(0, asked.gy - half), asked.gy + half];
    setSaid(t("plan.dvh_seek", { name, gy: formatNumber(asked.gy, 2) }));
    let current = true;
    const timer = setTimeout(() => {
      imagingApi.voxelsBetween(patient, view, asked.number, low, high).then(
        ({ runs, grid }) => {
          if (!current) return;
          opened.scene.set((scene) => ({ ...scene, marks: { runs, grid: grid ?? "volume" } }));
          const count = runs.reduce((sum, [, , from, to]) => sum + to - from, 0);
          setSaid(
            t("plan.dvh_marked", { name, count, low: formatNumber(low, 2), high: formatNumber(high, 2) }),
          );
        },
        (reason: unknown) => current && setSaid(reason instanceof Error ? reason.message : String(reason)),
      );
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked, opened, patient, view, dvh]);
  return said;
}

interface PointedProps {
  opened: Opened;
  plot: uPlot | null;
  dvh: DvhAnswer;
  unit: Axis;
  colours: { number: number; colour: string }[];
}

/** A line in the histogram at the dose under the pointer, and a dot on the curve of each structure there. */
function PointedDose({ opened, plot, dvh, unit, colours }: PointedProps) {
  const pointed = usePart(opened.look, (look) => look.pointed);
  const scene = useStore(opened.scene);
  const gy = pointed && scene.dose ? scene.dose.at(pointed.point) : null;
  if (!plot || gy === null || !pointed) return null;
  const rect = plot.over;
  const x = rect.offsetLeft + plot.valToPos(gy, "x");
  const here = (scene.structures ?? []).filter((structure) => contains(structure, pointed.point));
  return (
    <>
      <span
        className="dvh-dose"
        data-testid="dvh-dose"
        data-gy={gy.toFixed(3)}
        style={{ left: x, top: rect.offsetTop, height: rect.offsetHeight }}
      />
      {here.map(({ number }) => {
        const curve = dvh.structures.find((each) => each.number === number);
        const colour = colours.find((each) => each.number === number)?.colour;
        if (!curve || !colour) return null;
        const y = rect.offsetTop + plot.valToPos(volumeAt(dvh.dose_gy, curve, gy, unit), "y");
        return <span key={number} className="dvh-dot" style={{ left: x, top: y, background: colour }} />;
      })}
    </>
  );
}
