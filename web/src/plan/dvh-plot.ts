import type uPlot from "uplot";
import type { Palette } from "../patient/palette";
import { t } from "../words";
import { formatNumber } from "../words/format";
import type { Axis, Curve } from "./dvh-curve";

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
