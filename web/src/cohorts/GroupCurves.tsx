import { useRef } from "react";
import type { RiskGroup, ValidationDocument } from "../api/validation-types";
import { spread } from "../diagnosis/Curves";
import { useWidth } from "../look/use-width";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import { Frame } from "./Frame";
import { bandPath, linePath, roundUp, scaleOf } from "./scale";
import { TableOf } from "./TableOf";

const LEFT = 104;
const RIGHT = 112;
const TOP = 30;
const PLOT = 300;
const ROW = 20;
const AXIS = 46;

const nameOf = (group: RiskGroup) => tMaybe(`plot.third.${group.name}`, group.name);

/** What happened over the years to each third of predicted risk, and how many were still under observation. */
export function GroupCurves({ document }: { document: ValidationDocument }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const groups = document.risk_groups ?? [];
  const drawn = groups.filter((each) => each.curve && each.curve.years.length > 1);
  if (drawn.length === 0) return <Plain groups={groups} />;
  const horizon = document.horizon_years ?? 0;
  const end = Math.max(horizon, ...drawn.map((each) => each.curve?.years.at(-1) ?? 0));
  const most = Math.min(
    1,
    roundUp(
      Math.max(
        0.05,
        ...drawn.flatMap((each) => [
          each.predicted ?? 0,
          ...(each.curve?.high ?? []).map((high) => high ?? 0),
        ]),
      ),
    ),
  );
  const bottom = TOP + PLOT;
  const height = bottom + AXIS + ROW * (drawn.length + 1);
  const x = scaleOf(0, end, LEFT, width - RIGHT, 6);
  const y = scaleOf(0, most, bottom, TOP);
  const labels = spread(drawn.map((each) => y.at(Math.min(most, each.curve?.incidence.at(-1) ?? 0))));
  const said = drawn
    .map((each) =>
      t("plot.group_end", {
        name: nameOf(each),
        n: each.observed === null ? t("app.unknown") : formatNumber(100 * each.observed),
        years: formatNumber(horizon, Number.isInteger(horizon) ? 0 : 1),
      }),
    )
    .join("; ");
  return (
    <>
      <div ref={box} className="cohort-plot" style={{ minHeight: height }} data-testid="group-curves">
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={t("plot.groups_label", { words: said })}>
            <Frame
              x={x}
              y={y}
              across={t("plot.years")}
              up={t("plot.share")}
              bottom={bottom}
              left={LEFT}
              right={width - RIGHT}
              top={TOP}
              times={{ y: 100 }}
            />
            <path className="plot-chosen-threshold" d={`M${x.at(horizon)} ${TOP}V${bottom}`} />
            {drawn.map((each, i) => {
              const { years = [], incidence = [], low = [], high = [] } = each.curve ?? {};
              const up = (value: number | null | undefined) =>
                value === null || value === undefined ? null : y.at(Math.min(most, Math.max(0, value)));
              return (
                <g key={each.name} className={`plot-third plot-third-${i}`}>
                  <path
                    className="plot-band"
                    d={bandPath(years.map((at, j) => ({ x: x.at(at), low: up(low[j]), high: up(high[j]) })))}
                  />
                  <path
                    className="plot-line"
                    d={linePath(years.map((at, j) => ({ x: x.at(at), y: up(incidence[j]) })))}
                  />
                  {each.predicted !== null && (
                    <path
                      className="plot-tenth-mark"
                      d="M0 -5L5 0L0 5L-5 0Z"
                      transform={`translate(${x.at(horizon)} ${y.at(Math.min(most, each.predicted))})`}
                    />
                  )}
                  <text className="plot-words" x={x.at(years.at(-1) ?? 0) + 8} y={(labels[i] ?? 0) + 4}>
                    {nameOf(each)}
                  </text>
                </g>
              );
            })}
            <AtRisk groups={drawn} x={x.at} top={bottom + AXIS + 6} />
          </svg>
        )}
      </div>
      <p className="quiet small">
        {t("plot.groups_legend", { level: formatNumber(100 * (document.level ?? 0.95)) })}
      </p>
      <TableOf heads={HEADS()} rows={groups.map(rowOf)} />
    </>
  );
}

function AtRisk({ groups, x, top }: { groups: RiskGroup[]; x: (years: number) => number; top: number }) {
  return (
    <g className="plot-at-risk">
      <text className="plot-name" x={4} y={top}>
        {t("plot.at_risk")}
      </text>
      {groups.map((each, i) => (
        <g key={each.name}>
          <text x={4} y={top + ROW * (i + 1)}>
            {nameOf(each)}
          </text>
          {each.at_risk?.years.map((at, j) => (
            <text key={at} x={x(at)} y={top + ROW * (i + 1)} textAnchor="middle">
              {each.at_risk?.rows[j]}
            </text>
          ))}
        </g>
      ))}
    </g>
  );
}

const HEADS = () => [
  t("forest.group"),
  t("forest.rows"),
  t("forest.events"),
  t("plot.predicted"),
  t("plot.observed"),
];

function rowOf(each: RiskGroup): string[] {
  const percent = (share: number | null) =>
    share === null ? t("app.unknown") : `${formatNumber(100 * share, 1)} %`;
  return [
    nameOf(each),
    formatNumber(each.rows),
    formatNumber(each.events),
    percent(each.predicted),
    percent(each.observed),
  ];
}

/** Without times there is no curve, and a table says it all. */
function Plain({ groups }: { groups: RiskGroup[] }) {
  if (groups.length === 0) return <p className="quiet small">{t("app.none")}</p>;
  return (
    <table className="table">
      <thead>
        <tr>
          {HEADS().map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {groups.map((each) => (
          <tr key={each.name}>
            {rowOf(each).map((cell, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row's cells keep their order.
              <td key={i}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
