import { useRef } from "react";
import type { ValidationDocument } from "../api/validation-types";
import { useWidth } from "../look/use-width";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { Frame } from "./Frame";
import { figureOf, formatFigure, horizonWords, reasonOf } from "./figures";
import { bandPath, linePath, roundUp, scaleOf } from "./scale";
import { TableOf } from "./TableOf";

const LEFT = 46;
const RIGHT = 14;
const TOP = 30;
const BARS = 62;
const BOTTOM = 44;

/** Predicted against observed risk: smoothed with its interval, in tenths, and whom it was given to. */
export function CalibrationPlot({ document }: { document: ValidationDocument }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { curve = null, groups = null, distribution = null } = document.calibration ?? {};
  if (!curve && !groups)
    return (
      <p className="not-assessable hatched">
        <span>{t("plot.observed_without", { why: reasonOf(document, "ici") })}</span>
      </p>
    );
  const most = Math.min(
    1,
    roundUp(
      Math.max(
        0.05,
        ...(curve?.predicted ?? []),
        ...(curve?.observed ?? []),
        ...(groups ?? []).flatMap((each) => [each.predicted, each.high ?? each.observed ?? 0]),
      ),
    ),
  );
  const height = Math.min(440, Math.max(320, width * 0.72)) + BARS;
  const bottom = height - BOTTOM;
  const x = scaleOf(0, most, LEFT, width - RIGHT);
  const y = scaleOf(0, most, bottom - BARS, TOP);
  const slope = figureOf(document, "slope");
  const ratio = figureOf(document, "e_over_o");
  const words = t("plot.calibration_label", {
    horizon: horizonWords(document.horizon_years),
    eo: ratio ? formatFigure("e_over_o", ratio.estimate) : t("cohorts.not"),
    slope: slope ? formatFigure("slope", slope.estimate) : t("cohorts.not"),
    groups: groups?.length ?? 0,
  });
  return (
    <>
      <div ref={box} className="cohort-plot" style={{ minHeight: height }} data-testid="calibration-plot">
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={words}>
            <Frame
              x={x}
              y={y}
              across={`${t("plot.predicted")}, %`}
              up={`${t("plot.observed")}, %`}
              bottom={bottom}
              left={LEFT}
              right={width - RIGHT}
              top={TOP}
              times={{ x: 100, y: 100 }}
            />
            <path className="plot-agree" d={`M${x.at(0)} ${y.at(0)}L${x.at(most)} ${y.at(most)}`} />
            {curve && (
              <>
                <path
                  className="plot-band"
                  d={bandPath(
                    curve.predicted.map((at, i) => ({
                      x: x.at(at),
                      low: place(curve.low[i], y.at, most),
                      high: place(curve.high[i], y.at, most),
                    })),
                  )}
                />
                <path
                  className="plot-line"
                  d={linePath(
                    curve.predicted.map((at, i) => ({
                      x: x.at(at),
                      y: place(curve.observed[i], y.at, most),
                    })),
                  )}
                />
              </>
            )}
            {groups?.map((each) => (
              <Group key={each.predicted} {...each} x={x.at} y={y.at} most={most} />
            ))}
            {distribution && <Bars distribution={distribution} x={x.at} most={most} bottom={bottom} />}
          </svg>
        )}
      </div>
      <p className="quiet small">{t("plot.calibration_legend")}</p>
      {groups && (
        <TableOf
          heads={[t("plot.predicted"), t("plot.observed"), t("plot.interval"), t("forest.rows")]}
          rows={groups.map((each) => [
            percent(each.predicted),
            each.observed === null ? t("app.unknown") : percent(each.observed),
            each.low === null || each.high === null
              ? t("figure.no_interval")
              : t("cohorts.interval", { low: percent(each.low), high: percent(each.high) }),
            formatNumber(each.rows),
          ])}
        />
      )}
    </>
  );
}

function percent(share: number): string {
  return `${formatNumber(100 * share, 1)} %`;
}

/** Where a value is drawn; what lies above the frame is cut off at it. */
function place(value: number | null | undefined, at: (value: number) => number, most: number): number | null {
  return value === null || value === undefined ? null : at(Math.min(Math.max(value, 0), most));
}

interface GroupProps {
  predicted: number;
  observed: number | null;
  low: number | null;
  high: number | null;
  x: (value: number) => number;
  y: (value: number) => number;
  most: number;
}

function Group({ predicted, observed, low, high, x, y, most }: GroupProps) {
  if (observed === null || predicted > most) return null;
  const middle = x(predicted);
  return (
    <g className="plot-tenth">
      {low !== null && high !== null && <path d={`M${middle} ${y(low)}V${y(Math.min(high, most))}`} />}
      <path
        className="plot-tenth-mark"
        d="M0 -5L5 0L0 5L-5 0Z"
        transform={`translate(${middle} ${y(Math.min(observed, most))})`}
      />
    </g>
  );
}

interface BarsProps {
  distribution: NonNullable<NonNullable<ValidationDocument["calibration"]>["distribution"]>;
  x: (value: number) => number;
  most: number;
  bottom: number;
}

/** How many patients were given which risk; those with the event are dark and stand at the bottom. */
function Bars({ distribution, x, most, bottom }: BarsProps) {
  const { edges, event, none, unknown = [] } = distribution;
  const counts = event.map((with_, i) => ({
    with_,
    all: with_ + (none[i] ?? 0) + (unknown[i] ?? 0),
    from: edges[i] ?? 0,
    to: edges[i + 1] ?? 1,
  }));
  const largest = Math.max(1, ...counts.map((each) => each.all));
  const tall = (count: number) => ((BARS - 12) * count) / largest;
  return (
    <g>
      {counts
        .filter((each) => each.from < most && each.all > 0)
        .map((each) => {
          const [from, to] = [x(each.from) + 1, x(Math.min(each.to, most)) - 1];
          const wide = Math.max(1, to - from);
          return (
            <g key={each.from}>
              <rect
                className="plot-bar"
                x={from}
                width={wide}
                y={bottom - tall(each.all)}
                height={tall(each.all)}
              />
              <rect
                className="plot-bar-event"
                x={from}
                width={wide}
                y={bottom - tall(each.with_)}
                height={tall(each.with_)}
              />
            </g>
          );
        })}
    </g>
  );
}
