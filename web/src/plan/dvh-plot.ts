import type uPlot from "uplot";
import type { DvhOfStructure } from "../api/imaging-types";
import type { Palette } from "../patient/palette";
import { t } from "../words";
import { formatNumber } from "../words/format";

export type Axis = "percent" | "cm3";

type Curve = Pick<DvhOfStructure, "number" | "name" | "cumulative_cm3" | "volume_cm3">;

/** What of a structure gets at least each dose, in the unit asked for. */
function volumes(curve: Curve, unit: Axis): number[] {
  // A structure that reaches beyond the dose begins below 100 %.
  const whole = curve.volume_cm3 || (curve.cumulative_cm3[0] ?? 1);
  const factor = unit === "percent" ? 100 / whole : 1;
  return curve.cumulative_cm3.map((cm3) => cm3 * factor);
}

export function tableOf(dose: readonly number[], curves: readonly Curve[], unit: Axis): uPlot.AlignedData {
  return [dose as number[], ...curves.map((curve) => volumes(curve, unit))];
}

/** The volume that gets at least a dose, read off the curve between its points. */
export function volumeAt(dose: readonly number[], curve: Curve, gy: number, unit: Axis): number {
  const last = dose.length - 1;
  if (last < 0) return 0;
  let high = dose.findIndex((each) => each >= gy);
  if (high < 0) return 0;
  if (high === 0) high = Math.min(1, last);
  const [a, b] = [dose[high - 1] ?? 0, dose[high] ?? 0];
  const [from = 0, to = 0] = [curve.cumulative_cm3[high - 1], curve.cumulative_cm3[high]];
  const cm3 = b > a ? from + ((to - from) * (gy - a)) / (b - a) : from;
  return unit === "percent" ? (100 * cm3) / (curve.volume_cm3 || 1) : cm3;
}

export function isDark(surface: string): boolean {
  const [r = 255, g = 255, b = 255] = (surface.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

/** A structure's colour, dark enough on a light ground and light enough on a dark one. */
export function curveColour(colour: string, dark: boolean): string {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!parts) return colour;
  const rgb = [1, 2, 3].map((n) => Number.parseInt(parts[n] ?? "0", 16));
  const light = (0.2126 * (rgb[0] ?? 0) + 0.7152 * (rgb[1] ?? 0) + 0.0722 * (rgb[2] ?? 0)) / 255;
  const [goal, towards] = dark ? [0.4, 255] : [0.45, 0];
  if (dark ? light >= goal : light <= goal) return colour;
  const share = dark ? (goal - light) / (1 - light) : (light - goal) / light;
  return `rgb(${rgb.map((each) => Math.round(each + (towards - each) * share)).join(" ")})`;
}

/** Colour alone does not tell curves apart. */
const DASHES: number[][] = [[], [7, 3], [2, 2.5], [9, 3, 2, 3]];

const FONT = `11px "Instrument Sans Variable", sans-serif`;
const NEAR = 24;

interface DvhOptions {
  structures: (Curve & { colour: string })[];
  unit: Axis;
  palette: Palette;
  width: number;
  height: number;
  /** 100 % on the upper axis, Gy. */
  reference: number | null;
  /** The curve and the dose pointed at. */
  onPoint: (series: number | null, gy: number | null) => void;
}

export function dvhOptions(o: DvhOptions): uPlot.Options {
  let focused: number | null = null;
  const tell = (u: uPlot) => {
    const { idx } = u.cursor;
    o.onPoint(focused, focused === null || idx == null ? null : (u.data[0][idx] ?? null));
  };
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: o.palette["ink-2"],
    grid: { stroke: o.palette.line, width: 1 },
    ticks: { show: false },
    gap: 4,
    values: (_, splits) => splits.map((value) => formatNumber(value, Number.isInteger(value) ? 0 : 1)),
  };
  const { reference } = o;
  return {
    width: o.width,
    height: o.height,
    padding: [6, 14, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.25 },
    cursor: { y: false, drag: { x: false, y: false }, focus: { prox: NEAR }, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_, low, high) => [Math.min(low, 0), high] },
      y: { range: (_, _low, high) => [0, o.unit === "percent" ? 102 : Math.max(high, 1e-3) * 1.03] },
    },
    axes: [
      { ...axis, size: 36, label: t("plan.dvh_dose"), labelSize: 16, labelFont: FONT, labelGap: 0 },
      { ...axis, size: 44 },
      ...(reference
        ? [
            {
              ...axis,
              side: 0 as const,
              scale: "x",
              size: 18,
              gap: 2,
              grid: { show: false },
              splits: (u: uPlot) =>
                percentSplits((u.scales.x?.max ?? reference) / reference).map((p) => (p / 100) * reference),
              values: (_: uPlot, splits: number[]) =>
                splits.map((gy) => t("plan.percent", { n: formatNumber((gy / reference) * 100) })),
            },
          ]
        : []),
    ],
    series: [
      {},
      ...o.structures.map(
        (each, n): uPlot.Series => ({
          label: each.name,
          stroke: each.colour,
          width: 1.8,
          dash: DASHES[n % DASHES.length] ?? [],
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      setSeries: [
        (u, index) => {
          focused = index;
          tell(u);
        },
      ],
      setCursor: [tell],
    },
  };
}

function percentSplits(top: number): number[] {
  const step = top > 1.6 ? 50 : 20;
  return Array.from({ length: Math.floor((top * 100) / step) + 1 }, (_, n) => n * step);
}
