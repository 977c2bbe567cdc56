import { useRef } from "react";
import type { ValidationDocument } from "../api/validation-types";
import { useWidth } from "../look/use-width";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { Frame } from "./Frame";
import { formatRange, reasonOf } from "./figures";
import { bandPath, linePath, roundUp, scaleOf } from "./scale";
import { TableOf } from "./TableOf";

const LEFT = 46;
const RIGHT = 84;
const TOP = 30;
const BOTTOM = 44;
const APART = 15;

/** Net benefit of acting on the model, on everybody and on nobody, over the thresholds at which one would act. */
export function DecisionPlot({ document }: { document: ValidationDocument }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const curve = (document.net_benefit?.curve ?? []).filter((each) => each.estimate !== null);
  const first = curve[0];
  const last = curve.at(-1);
  if (!first || !last || curve.length < 2)
    return (
      <p className="not-assessable hatched">
        <span>{t("plot.observed_without", { why: reasonOf(document, "net_benefit") })}</span>
      </p>
    );
  const height = Math.min(440, Math.max(320, width * 0.72)) + 62;
  const bottom = height - BOTTOM;
  const most = roundUp(
    Math.max(0.01, ...curve.map((each) => Math.max(each.high ?? 0, each.estimate ?? 0, each.treat_all ?? 0))),
  );
  const least = -most / 3; // what is worse than that is worse than nothing, and how much does not matter
  const x = scaleOf(first.threshold, last.threshold, LEFT, width - RIGHT);
  const y = scaleOf(least, most, bottom, TOP);
  const clipped = (value: number | null) => (value === null ? null : y.at(Math.max(least, value)));
  const all = curve.map((each) => ({
    x: x.at(each.threshold),
    y: each.treat_all === null || each.treat_all < least ? null : y.at(each.treat_all),
  }));
  const ends = apart([clipped(last.estimate) ?? bottom, y.at(0)]);
  const leaves = all.filter((each) => each.y !== null).at(-1);
  const threshold = document.net_benefit?.threshold ?? null;
  return (
    <>
      <div ref={box} className="cohort-plot" style={{ minHeight: height }} data-testid="decision-plot">
        {width > 0 && (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={t("plot.decision_label", {
              low: formatNumber(100 * first.threshold),
              high: formatNumber(100 * last.threshold),
            })}
          >
            <Frame
              x={x}
              y={y}
              across={`${t("plot.threshold")}, %`}
              up={t("plot.net_benefit")}
              bottom={bottom}
              left={LEFT}
              right={width - RIGHT}
              top={TOP}
              times={{ x: 100, y: 100 }}
            />
            {threshold !== null && threshold >= first.threshold && threshold <= last.threshold && (
              <path className="plot-chosen-threshold" d={`M${x.at(threshold)} ${TOP}V${bottom}`} />
            )}
            <path className="plot-nobody" d={`M${LEFT} ${y.at(0)}H${width - RIGHT}`} />
            <path className="plot-everybody" d={linePath(all)} />
            <path
              className="plot-band"
              d={bandPath(
                curve.map((each) => ({
                  x: x.at(each.threshold),
                  low: clipped(each.low),
                  high: clipped(each.high),
                })),
              )}
            />
            <path
              className="plot-line"
              d={linePath(curve.map((each) => ({ x: x.at(each.threshold), y: clipped(each.estimate) })))}
            />
            <text className="plot-words strong" x={width - RIGHT + 8} y={(ends[0] ?? 0) + 4}>
              {t("plot.model")}
            </text>
            <text className="plot-words" x={width - RIGHT + 8} y={(ends[1] ?? 0) + 4}>
              {t("plot.nobody")}
            </text>
            {leaves && (
              <text className="plot-words" x={leaves.x + 6} y={Math.min(bottom - 6, (leaves.y ?? 0) - 6)}>
                {t("plot.all")}
              </text>
            )}
          </svg>
        )}
      </div>
      <p className="quiet small">{t("plot.decision_legend")}</p>
      <TableOf
        heads={[t("plot.threshold"), t("figure.net_benefit"), t("plot.interval"), t("plot.all")]}
        rows={curve.map((each) => [
          `${formatNumber(100 * each.threshold)} %`,
          formatNumber(each.estimate ?? 0, 3),
          formatRange("net_benefit", { estimate: each.estimate ?? 0, low: each.low, high: each.high }),
          each.treat_all === null ? t("app.unknown") : formatNumber(each.treat_all, 3),
        ])}
      />
    </>
  );
}

/** Two labels that would lie on each other are moved apart. */
function apart([a = 0, b = 0]: number[]): [number, number] {
  const gap = APART - Math.abs(a - b);
  if (gap <= 0) return [a, b];
  return a <= b ? [a - gap / 2, b + gap / 2] : [a + gap / 2, b - gap / 2];
}
