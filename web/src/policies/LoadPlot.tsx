import { useRef } from "react";
import type { Comparison } from "../api/comparison-types";
import { useWidth } from "../look/use-width";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { markPath } from "./PolicyMark";
import { countScale, labelPlaces, loadScale, type Scale, shareScale } from "./scale";
import { loadInterval, missedInterval, namedPolicies, type Setting, settingsOf } from "./settings";
import { formatLoad } from "./words";

const HEIGHT = 540;
const LEFT = 64;
const RIGHT = 28;
const TOP = 18;
const BOTTOM = 52;
/** Room between the outermost values and the frame: marks and their names need it. */
const ROOM = 16;
const ROOM_ABOVE = 44;

export type Measure = "missed" | "sensitivity";

interface LoadPlotProps {
  comparison: Comparison;
  chosen: Setting;
  measure: Measure;
  onChoose: (policy: string, factor: number) => void;
}

interface Axes {
  x: Scale;
  y: Scale;
  measure: Measure;
}

function placeOf(setting: Setting, { x, y, measure }: Axes): { x: number; y: number } | null {
  const load = setting.numbers.alerts_per_patient_day.mean;
  const value = measure === "missed" ? setting.numbers.missed : setting.numbers.sensitivity;
  if (load === null || value === null || value === undefined) return null;
  return { x: x.at(load), y: y.at(value) };
}

/** Load to the right, missed events upwards: each policy a mark with its interval, the front, and the chosen curve. */
export function LoadPlot({ comparison, chosen, measure, onChoose }: LoadPlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  return (
    <div className="load-plot" ref={box} style={{ minHeight: HEIGHT }} data-testid="load-plot">
      {width > 0 && (
        <Drawn comparison={comparison} chosen={chosen} measure={measure} onChoose={onChoose} width={width} />
      )}
    </div>
  );
}

function Drawn({ comparison, chosen, measure, onChoose, width }: LoadPlotProps & { width: number }) {
  const policies = namedPolicies(comparison);
  const bases = policies.map(([name, numbers]): Setting => ({ policy: name, factor: 1, numbers }));
  const curve = settingsOf(comparison, chosen.policy);
  // The axes hold every setting of every policy: they stand still, whatever is chosen.
  const all = policies.flatMap(([name]) => settingsOf(comparison, name));
  const right = width - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const most = Math.max(
    ...all.map((each) => loadInterval(each.numbers)?.high ?? each.numbers.alerts_per_patient_day.mean ?? 0),
  );
  const events = Math.max(
    ...all.map((each) => missedInterval(each.numbers)?.high ?? each.numbers.missed ?? 0),
  );
  const axes: Axes = {
    x: loadScale(most, LEFT + ROOM, right),
    y:
      measure === "missed"
        ? countScale(events, bottom - ROOM, TOP + ROOM_ABOVE)
        : shareScale(bottom - ROOM, TOP + ROOM_ABOVE),
    measure,
  };
  const front = (comparison.document.pareto ?? []).filter((row) => row.on_front);
  const corners = front.flatMap((row) => {
    const base = bases.find((each) => each.policy === row.policy);
    const place = base ? placeOf(base, axes) : null;
    return place ? [place] : [];
  });
  const places = bases.map((base) => placeOf(base, axes) ?? { x: LEFT, y: bottom });
  const labels = labelPlaces(
    bases.map((base, i) => ({ ...(places[i] ?? { x: LEFT, y: bottom }), words: base.policy })),
    LEFT,
    right,
  );
  const words = bases
    .map((base) =>
      t("policies.plot_point", {
        policy: base.policy,
        load: formatLoad(base.numbers.alerts_per_patient_day.mean),
        missed: base.numbers.missed ?? t("app.unknown"),
      }),
    )
    .join("; ");
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={`${t("policies.plot_label")}. ${words}`}>
      <Frame axes={axes} right={right} bottom={bottom} />
      {corners.length > 1 && <path className="plot-front" d={steps(corners)} />}
      <Curve curve={curve} chosen={chosen} axes={axes} onChoose={onChoose} />
      {bases.map((base, i) => {
        const place = places[i];
        if (!place) return null;
        const isChosen = base.policy === chosen.policy;
        const beaten =
          comparison.document.pareto?.find((row) => row.policy === base.policy)?.on_front === false;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the buttons above and the slider do the same by keyboard.
          <g
            key={base.policy}
            className="plot-policy"
            data-chosen={isChosen}
            data-beaten={beaten}
            onClick={() => onChoose(base.policy, 1)}
          >
            <Bars setting={base} axes={axes} />
            <path d={markPath(i)} transform={`translate(${place.x} ${place.y})`} />
            {place.y - (labels[i]?.y ?? 0) > 24 && (
              <path
                className="plot-leader"
                d={`M${place.x} ${place.y - 9}L${labels[i]?.x} ${(labels[i]?.y ?? 0) + 7}`}
              />
            )}
            <text x={labels[i]?.x} y={(labels[i]?.y ?? 0) + 4} textAnchor="middle">
              {base.policy}
            </text>
          </g>
        );
      })}
      <Chosen setting={chosen} axes={axes} />
    </svg>
  );
}

/** The front as stairs: between two policies nothing was tried, so nothing is promised. */
function steps(corners: { x: number; y: number }[]): string {
  return corners.map(({ x, y }, i) => (i === 0 ? `M${x} ${y}` : `H${x}V${y}`)).join("");
}

function Frame({ axes, right, bottom }: { axes: Axes; right: number; bottom: number }) {
  const { x, y, measure } = axes;
  return (
    <g className="plot-frame">
      {y.ticks.map((tick) => (
        <g key={`y${tick}`}>
          <path d={`M${LEFT} ${y.at(tick)}H${right}`} />
          <text x={LEFT - 10} y={y.at(tick) + 4} textAnchor="end">
            {measure === "missed"
              ? formatNumber(tick)
              : t("policies.percent", { n: formatNumber(100 * tick) })}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={`x${tick}`}>
          <path d={`M${x.at(tick)} ${TOP}V${bottom}`} />
          <text x={x.at(tick)} y={bottom + 18} textAnchor="middle">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      <path className="plot-axis" d={`M${LEFT} ${TOP}V${bottom}H${right}`} />
      <text className="plot-title" x={right} y={bottom + 40} textAnchor="end">
        {t("policies.axis_load")}
      </text>
      <text className="plot-title" x={LEFT} y={TOP - 4} textAnchor="start">
        {measure === "missed" ? t("policies.axis_missed") : t("policies.axis_sensitivity")}
      </text>
      <text
        className="plot-better"
        x={LEFT + 12}
        y={measure === "missed" ? bottom - ROOM - 10 : y.at(1) - 12}
      >
        {measure === "missed" ? t("policies.better_down") : t("policies.better_up")}
      </text>
    </g>
  );
}

function Bars({ setting, axes }: { setting: Setting; axes: Axes }) {
  const place = placeOf(setting, axes);
  if (!place) return null;
  const load = loadInterval(setting.numbers);
  const missed = missedInterval(setting.numbers);
  const events = setting.numbers.events ?? 1;
  const y = (value: number) => axes.y.at(axes.measure === "missed" ? value : 1 - value / events);
  return (
    <path
      className="plot-bars"
      d={[
        load && `M${axes.x.at(load.low)} ${place.y}H${axes.x.at(load.high)}`,
        missed && `M${place.x} ${y(missed.low)}V${y(missed.high)}`,
      ]
        .filter(Boolean)
        .join("")}
    />
  );
}

/** The settings that were replayed, as dots; the line between them only leads the eye. */
function Curve({
  curve,
  chosen,
  axes,
  onChoose,
}: {
  curve: Setting[];
  chosen: Setting;
  axes: Axes;
  onChoose: (policy: string, factor: number) => void;
}) {
  const dots = curve.flatMap((setting) => {
    const place = placeOf(setting, axes);
    return place ? [{ setting, ...place }] : [];
  });
  if (dots.length < 2) return null;
  return (
    <g className="plot-curve">
      <path d={dots.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("")} />
      {dots.map(({ setting, x, y }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the slider does the same by keyboard.
        <circle
          key={setting.factor}
          cx={x}
          cy={y}
          r={4.5}
          data-current={setting.factor === chosen.factor}
          onClick={() => onChoose(setting.policy, setting.factor)}
        >
          <title>
            {t("policies.factor", { n: formatNumber(setting.factor, setting.factor < 1 ? 2 : 0) })}
          </title>
        </circle>
      ))}
    </g>
  );
}

function Chosen({ setting, axes }: { setting: Setting; axes: Axes }) {
  const place = placeOf(setting, axes);
  if (!place) return null;
  return (
    <g className="plot-chosen">
      <Bars setting={setting} axes={axes} />
      <circle cx={place.x} cy={place.y} r={11} />
      <circle className="plot-chosen-dot" cx={place.x} cy={place.y} r={4.5} />
    </g>
  );
}
