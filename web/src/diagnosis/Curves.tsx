import { useRef } from "react";
import type { Course } from "../api/diagnosis-types";
import { useWidth } from "../look/use-width";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { treatmentWords } from "./People";

const LEFT = 40;
const TOP = 12;
const BOTTOM = 40;
const TICKS = [0, 25, 50, 75, 100];
const LABEL = 150;
const WIDE_LABEL = 200;

interface CurvesProps {
  course: Course;
  /** The year that the people beside are counted in. */
  year: number;
  height?: number;
  /** Whether every treatment has its curve, or only all together. */
  steps?: boolean;
}

/** Alive of 100, year by year: after surgery alone, and with each treatment on top of those before it. */
export function Curves({ course, year, height = 300, steps = true }: CurvesProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const planned = course.steps.filter((step) => step.planned);
  const lines = steps ? planned : [planned[0], planned.at(-1)].filter((each) => each !== undefined);
  const last = course.years.at(-1) ?? 15;
  const label = Math.min(steps ? LABEL : WIDE_LABEL, width / 3);
  const x = (at: number) => LEFT + ((width - LEFT - label) * at) / last;
  const y = (alive: number) => TOP + ((height - TOP - BOTTOM) * (100 - alive)) / 100;
  const labels = spread(lines.map((step) => y(step.alive.at(-1) ?? 0)));
  const place = course.years.indexOf(year);
  return (
    <div ref={box} className="curves" style={{ minHeight: height }} data-testid="curves">
      {width > 0 && (
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={t("course.curves_label", {
            n: year,
            surgery: Math.round(lines[0]?.alive[place] ?? 0),
            treated: Math.round(lines.at(-1)?.alive[place] ?? 0),
          })}
        >
          <g className="plot-frame">
            {TICKS.map((tick) => (
              <g key={tick}>
                <path d={`M${LEFT} ${y(tick)}H${x(last)}`} />
                <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
                  {tick}
                </text>
              </g>
            ))}
            {[0, 5, 10, 15]
              .filter((each) => each <= last)
              .map((each) => (
                <text key={each} x={x(each)} y={height - BOTTOM + 18} textAnchor="middle">
                  {each}
                </text>
              ))}
            <text x={x(last / 2)} y={height - 4} textAnchor="middle">
              {t("course.axis_years")}
            </text>
          </g>
          <path className="curve-year" d={`M${x(year)} ${TOP}V${height - BOTTOM}`} />
          {lines.map((step, i) => {
            const points = step.alive.map((alive, j) => `${x(course.years[j] ?? 0)} ${y(alive)}`);
            const first = i === 0;
            const words = first
              ? t("course.given.surgery")
              : steps
                ? `+ ${treatmentWords(step.given)}`
                : t("show.with_all");
            const at = Math.min(i, 5);
            return (
              <g key={step.given} className={`curve curve-${at}`} data-steps={steps}>
                <path d={`M${x(0)} ${y(100)}L${points.join("L")}`} />
                <text x={x(last) + 10} y={(labels[i] ?? 0) + 4}>
                  <tspan className="curve-end">{formatNumber(step.alive.at(-1) ?? 0)}</tspan> {words}
                </text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

const APART = 17;

/** Places of labels, from below upwards, no two of which lie on each other. */
export function spread(places: number[]): number[] {
  const order = places.map((place, i) => ({ place, i })).sort((a, b) => b.place - a.place);
  const found = [...places];
  let lowest = Number.POSITIVE_INFINITY;
  for (const { place, i } of order) {
    lowest = Math.min(place, lowest - APART);
    found[i] = lowest;
  }
  return found;
}
