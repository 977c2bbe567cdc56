import { useCallback, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import type { ComparedPlans, ComparedStructure } from "../api/outcome-types";
import { usePalette } from "../patient/palette";
import { curveColour, isDark } from "../plan/dvh-plot";
import { useDvhPlot } from "../plan/use-dvh-plot";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { PlanLine } from "./ComparedTables";
import { freeColour, lettersOf, PLAN_DASHES } from "./compared";

const LITTLE_GY = 1;
const POINTS = 241;
const MOST = 8;
/** For structures without a colour of their own; told apart from each other as well as they can be. */
const OTHERS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#5b3a8c"];
const FONT = `11px "Instrument Sans Variable", sans-serif`;

interface DvhProps {
  compared: ComparedPlans;
  /** Of plan A, by the plan's own name. */
  colours: Map<string, string>;
}

/** The histograms of the plans one over the other: a structure has one colour, a plan one pattern of line. */
export function ComparedDvh({ compared, colours }: DvhProps) {
  const palette = usePalette();
  const box = useRef<HTMLDivElement>(null);
  const letters = useMemo(() => lettersOf(compared), [compared]);
  const usable = useMemo(() => sorted(compared.comparison.structures), [compared]);
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const shown = useMemo(
    () => usable.filter(({ structure }, place) => (chosen ? chosen.has(structure) : place < MOST)),
    [usable, chosen],
  );
  const coloured = useMemo(() => {
    const found = new Map<string, string>();
    const used = usable.flatMap(({ own_names: own }) => colours.get(own.A ?? "") ?? []);
    for (const { structure, own_names: own } of usable) {
      const colour = colours.get(own.A ?? "") ?? freeColour(used, OTHERS);
      used.push(colour);
      found.set(structure, curveColour(colour, isDark(palette.surface)));
    }
    return found;
  }, [usable, colours, palette]);
  const data = useMemo((): uPlot.AlignedData => {
    const most = Math.max(1, ...shown.map(({ curve }) => curve.dose_gy.at(-1) ?? 0));
    const doses = Array.from({ length: POINTS }, (_, n) => (n * most) / (POINTS - 1));
    return [
      doses,
      ...shown.flatMap(({ curve }) =>
        letters.map((letter) => doses.map((gy) => at(curve.dose_gy, curve.volume_percent[letter] ?? [], gy))),
      ),
    ];
  }, [shown, letters]);
  const make = useCallback(
    (width: number, height: number): uPlot.Options => {
      const axis: uPlot.Axis = {
        font: FONT,
        stroke: palette["ink-2"],
        grid: { stroke: palette.line, width: 1 },
        ticks: { show: false },
        gap: 4,
        labelFont: FONT,
        labelSize: 16,
        labelGap: 0,
        values: (_, splits) => splits.map((value) => formatNumber(value, Number.isInteger(value) ? 0 : 1)),
      };
      return {
        width,
        height,
        padding: [8, 14, 0, 0],
        legend: { show: false },
        focus: { alpha: 0.25 },
        cursor: { y: false, drag: { x: false, y: false }, focus: { prox: 24 }, points: { size: 6 } },
        scales: { x: { time: false }, y: { range: [0, 102] } },
        axes: [
          { ...axis, size: 36, label: t("plan.dvh_dose") },
          { ...axis, size: 46, label: t("compare.volume") },
        ],
        series: [
          {},
          ...shown.flatMap((one) =>
            letters.map(
              (letter, place): uPlot.Series => ({
                label: `${one.structure} ${letter}`,
                stroke: coloured.get(one.structure) ?? palette.ink,
                width: 1.8,
                dash: [...(PLAN_DASHES[place] ?? [])],
                points: { show: false },
              }),
            ),
          ),
        ],
      };
    },
    [shown, palette, coloured, letters],
  );
  useDvhPlot(box, make, data);
  const flip = (name: string) => {
    const next = new Set(shown.map(({ structure }) => structure));
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  return (
    <section className="panel compare-part" aria-labelledby="dvh-title">
      <h2 id="dvh-title">{t("compare.dvh")}</h2>
      <div className="compare-dvh">
        <div
          className="compare-plot"
          ref={box}
          role="img"
          aria-label={words(shown, letters)}
          data-testid="compared-dvh"
        />
        <fieldset>
          <legend className="eyebrow">{t("compare.dvh_show")}</legend>
          <ul className="compare-legend">
            {usable.map((one) => (
              <li key={one.structure}>
                <label>
                  <input type="checkbox" checked={shown.includes(one)} onChange={() => flip(one.structure)} />
                  <span className="swatch line" style={{ background: coloured.get(one.structure) }} />
                  {one.structure}
                </label>
              </li>
            ))}
          </ul>
          <ul className="compare-legend compare-lines">
            {letters.map((letter, place) => (
              <li key={letter}>
                <PlanLine place={place} /> {t("compare.plan")} {letter}
              </li>
            ))}
          </ul>
        </fieldset>
      </div>
      <p className="quiet small">{t("compare.physical")}</p>
    </section>
  );
}

/** Structures that get any dose to speak of, organs that a model is of first, then by their mean dose. */
function sorted(structures: ComparedStructure[]): ComparedStructure[] {
  const mean = ({ metrics }: ComparedStructure) =>
    Math.max(0, ...Object.values(metrics.mean?.values ?? {}).map(Number));
  const most = ({ curve }: ComparedStructure) => curve.dose_gy.at(-1) ?? 0;
  return structures
    .filter((one) => most(one) >= LITTLE_GY)
    .sort((a, b) => Number(b.organ !== null) - Number(a.organ !== null) || mean(b) - mean(a));
}

/** A curve between its points; nothing beyond its end. */
function at(doses: number[], volumes: number[], gy: number): number {
  const high = doses.findIndex((each) => each >= gy);
  if (high < 0) return 0;
  if (high === 0) return volumes[0] ?? 0;
  const [a = 0, b = 0] = [doses[high - 1], doses[high]];
  const [from = 0, to = 0] = [volumes[high - 1], volumes[high]];
  return b > a ? from + ((to - from) * (gy - a)) / (b - a) : from;
}

function words(shown: ComparedStructure[], letters: string[]): string {
  const means = shown.map(({ structure, metrics }) => {
    const values = letters.map(
      (letter) => `${letter} ${formatNumber(metrics.mean?.values[letter] ?? 0, 1)} Gy`,
    );
    return `${structure}: ${t("plan.mean")} ${values.join(", ")}`;
  });
  return [t("compare.dvh_label"), ...means].join(". ");
}
