import { useRef } from "react";
import type { DepartmentLevel, Grouping } from "../api/exposure-types";
import { roundUp, scaleOf, tickDecimals } from "../cohorts/scale";
import { useWidth } from "../look/use-width";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import { doseUnit, formatAmount } from "./ledger";
import type { Section } from "./levels";

const HEIGHT = 30;
const PAD = 18;

/** The rows of one quantity, on one scale. */
export function LevelRows({ section, by }: { section: Section; by: Grouping }) {
  const cell = useRef<HTMLTableCellElement>(null);
  const width = useWidth(cell);
  const most = roundUp(section.most) || 1;
  const unit = doseUnit(section.unit);
  const title = [
    tMaybe(`modality.${section.modality}`, section.modality),
    tMaybe(`quantity.${section.quantity}`, section.quantity),
  ].join(": ");
  return (
    <section className="panel levels-section" aria-label={section.of ? `${title}, ${section.of}` : title}>
      <h2>
        {title}
        {section.of && <span className="quiet">, {section.of}</span>} <span className="quiet">{unit}</span>
      </h2>
      <div className="table-frame">
        <table className="table levels-table" data-testid="levels">
          <thead>
            <tr>
              <th scope="col">{t(by === "protocol" ? "levels.protocol" : "levels.region")}</th>
              <th scope="col" className="number">
                {t("levels.n")}
              </th>
              <th scope="col" className="levels-plot" ref={cell}>
                <span className="hidden-text">{t("levels.distribution")}</span>
                <Axis most={most} width={width} />
              </th>
              <th scope="col" className="number">
                {t("levels.median")}
              </th>
              <th scope="col" className="number">
                {t("levels.p75")}
              </th>
              <th scope="col" className="number">
                {t("levels.level")}
              </th>
            </tr>
          </thead>
          <tbody>
            {section.levels.map((one) => (
              <tr key={one.protocol} data-above={one.is_median_above}>
                <th scope="row">{one.protocol}</th>
                <td className="number">
                  {one.examinations}
                  {!one.is_enough && <span className="levels-few">{t("levels.few")}</span>}
                </td>
                <td className="levels-plot">
                  <Box one={one} most={most} width={width} />
                </td>
                <td className="number">{formatAmount(one.median)}</td>
                <td className="number">{formatAmount(one.p75)}</td>
                <td className="number">
                  {one.level ? (
                    <span title={one.level.source}>
                      {formatAmount(one.level.value)}
                      <span className={one.is_median_above ? "levels-above" : "levels-below"}>
                        {t(judgement(one))}
                      </span>
                    </span>
                  ) : (
                    "–"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A median of few examinations is not held against a level. */
function judgement(one: DepartmentLevel): "levels.too_few" | "levels.median_above" | "levels.below" {
  if (!one.is_enough) return "levels.too_few";
  return one.is_median_above ? "levels.median_above" : "levels.below";
}

function Axis({ most, width }: { most: number; width: number }) {
  const { at, ticks } = scaleOf(0, most, PAD, Math.max(width - 24 - PAD, PAD), 4);
  const decimals = tickDecimals(ticks);
  return (
    <svg width="100%" height={14} aria-hidden="true">
      {ticks.map((tick) => (
        <text key={tick} className="exposure-tick" x={at(tick)} y={11} textAnchor="middle">
          {formatNumber(tick, decimals)}
        </text>
      ))}
    </svg>
  );
}

/** Examinations as dots, the middle half as a bar, the median as a line, the level as a diamond. */
function Box({ one, most, width }: { one: DepartmentLevel; most: number; width: number }) {
  const { at } = scaleOf(0, most, PAD, Math.max(width - 24 - PAD, PAD), 4);
  const middle = HEIGHT / 2;
  const words = t("levels.row", {
    protocol: one.protocol,
    median: formatAmount(one.median),
    p75: formatAmount(one.p75),
    unit: doseUnit(one.unit),
    count: one.examinations,
  });
  return (
    <svg width="100%" height={HEIGHT} role="img" aria-label={words}>
      <path className="exposure-grid" d={`M${at(0)} ${middle}H${at(most)}`} />
      <rect
        className="levels-box"
        x={at(one.p25)}
        y={middle - 9}
        width={Math.max(at(one.p75) - at(one.p25), 1)}
        height={18}
      />
      {one.values.map((value, n) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: two examinations may have one value.
          key={n}
          className="levels-dot"
          data-outlier={value > one.fence}
          cx={at(value)}
          cy={middle}
          r={value > one.fence ? 4 : 2.5}
        />
      ))}
      <path className="levels-median" d={`M${at(one.median)} ${middle - 12}v24`} />
      {one.level && (
        <path className="levels-diamond" d={`M${at(one.level.value)} ${middle - 9}l7 9l-7 9l-7 -9z`}>
          <title>{`${formatAmount(one.level.value)}: ${one.level.source}`}</title>
        </path>
      )}
    </svg>
  );
}
