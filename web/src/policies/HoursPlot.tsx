import { useRef } from "react";
import type { HourLoad } from "../api/comparison-types";
import { useWidth } from "../look/use-width";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { formatLoad } from "./words";

const HEIGHT = 250;
const LEFT = 44;
const RIGHT = 12;
const TOP = 20;
const BOTTOM = 30;

/** Four even steps to a round end. */
function roundEnd(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1e-3)));
  return [1, 2, 4, 8, 10].map((each) => each * power).find((each) => each >= most) ?? most;
}

/** What a nurse hears, hour by hour: the chosen setting as bars, the policy as it is as a line. */
export function HoursPlot({ hours, asItIs }: { hours: HourLoad[]; asItIs: HourLoad[] | null }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const rate = (each: HourLoad) => each.alerts_per_nurse_hour;
  const most = roundEnd(Math.max(0.1, ...[...hours, ...(asItIs ?? [])].map((each) => rate(each) ?? 0)));
  const bottom = HEIGHT - BOTTOM;
  const step = (width - LEFT - RIGHT) / 24;
  const y = (value: number) => bottom - (value / most) * (bottom - TOP);
  const worst = hours.reduce(
    (top, each) => ((rate(each) ?? 0) > (rate(top) ?? 0) ? each : top),
    hours[0] as HourLoad,
  );
  return (
    <div ref={box} style={{ minHeight: HEIGHT }} data-testid="hours-plot">
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={t("policies.hours_label", { hour: worst.hour, load: formatLoad(rate(worst)) })}
        >
          <g className="plot-frame">
            {[0, 0.25, 0.5, 0.75, 1].map((part) => (
              <g key={part}>
                <path d={`M${LEFT} ${y(part * most)}H${width - RIGHT}`} />
                <text x={LEFT - 8} y={y(part * most) + 4} textAnchor="end">
                  {formatNumber(part * most, most < 4 ? (most < 0.4 ? 2 : 1) : 0)}
                </text>
              </g>
            ))}
            {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
              <text key={hour} x={LEFT + hour * step} y={bottom + 18} textAnchor="middle">
                {String(hour).padStart(2, "0")}
              </text>
            ))}
          </g>
          {hours.map((each) => (
            <HourBar
              key={each.hour}
              x={LEFT + each.hour * step}
              width={step}
              value={rate(each)}
              y={y}
              bottom={bottom}
            />
          ))}
          {asItIs && (
            <path
              className="hours-line"
              d={asItIs
                .map((each, i) => {
                  const value = y(rate(each) ?? 0);
                  return `${i === 0 ? "M" : "L"}${LEFT + i * step} ${value}h${step}`;
                })
                .join("")}
            />
          )}
          <path className="plot-axis" d={`M${LEFT} ${bottom}H${width - RIGHT}`} />
        </svg>
      )}
    </div>
  );
}

interface HourBarProps {
  x: number;
  width: number;
  value: number | null;
  y: (value: number) => number;
  bottom: number;
}

/** An hour in which nobody was monitored is no quiet hour: it is left out, and said to be. */
function HourBar({ x, width, value, y, bottom }: HourBarProps) {
  if (value === null)
    return (
      <text className="plot-better" x={x + width / 2} y={bottom - 6} textAnchor="middle">
        ?
      </text>
    );
  return (
    <rect
      className="hours-bar"
      x={x + 1.5}
      width={Math.max(1, width - 3)}
      y={y(value)}
      height={bottom - y(value)}
    />
  );
}
