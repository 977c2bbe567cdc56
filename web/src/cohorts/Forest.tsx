import { useRef, useState } from "react";
import type { FigureName, Judged, ValidationDocument } from "../api/validation-types";
import { spaced } from "../finding/inputs";
import { useWidth } from "../look/use-width";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import { figureOf, formatFigure, formatRange, reasonOf, rightValue } from "./figures";
import { scaleOf } from "./scale";

const MEASURES = ["rank", "slope", "e_over_o", "ici"] as const;
type Measure = (typeof MEASURES)[number];

const ROW = 34;
const AXIS = 26;

interface Line {
  by: string;
  name: string;
  judged: Judged;
}

/** Everything again for each hospital and group, one figure at a time, on one axis. */
export function Forest({ document }: { document: ValidationDocument }) {
  const [measure, setMeasure] = useState<Measure>("rank");
  const rank: FigureName = figureOf(document, "c_index") ? "c_index" : "auc";
  const figure: FigureName = measure === "rank" ? rank : measure;
  const lines = linesOf(document);
  if (lines.length < 2) return <p className="quiet">{t("forest.none")}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="segments" role="group" aria-label={t("forest.measure")}>
        {MEASURES.map((each) => (
          <button key={each} type="button" aria-pressed={each === measure} onClick={() => setMeasure(each)}>
            {tMaybe(`figure.short.${each === "rank" ? rank : each}`, each)}
          </button>
        ))}
      </div>
      <Lines lines={lines} figure={figure} />
      <p className="quiet small">{tMaybe(`figure.best.${figure}`, "")}</p>
    </>
  );
}

const ORDER = new Intl.Collator("en", { numeric: true });

/** Below a cut comes first, from a cut on last, and what is not known after everything. */
function place(name: string): number {
  return name === "unknown" ? 3 : name.startsWith("≥") ? 2 : name.startsWith("<") ? 0 : 1;
}

export function linesOf(document: ValidationDocument): Line[] {
  const parts = Object.entries(document.by ?? {}).flatMap(([by, groups]) =>
    Object.entries(groups)
      .map(([name, judged]) => ({ by, name, judged }))
      .sort((a, b) => place(a.name) - place(b.name) || ORDER.compare(a.name, b.name)),
  );
  return [{ by: "", name: t("forest.all"), judged: document }, ...parts];
}

/** The ends of the axis: all intervals where they are not absurdly wide, and the value at which nothing is wrong. */
function ends(lines: Line[], figure: FigureName): [number, number] {
  const right = rightValue(figure);
  const known = lines.flatMap(({ judged }) => {
    const found = figureOf(judged, figure);
    return found ? [found] : [];
  });
  const estimates = known.map((each) => each.estimate);
  const middle = [...estimates, ...(right === null ? [] : [right])];
  const low = Math.min(...middle);
  const high = Math.max(...middle);
  const room = Math.max(high - low, 0.1);
  return [
    Math.max(low - room, Math.min(...known.map((each) => each.low ?? each.estimate), low)),
    Math.min(high + room, Math.max(...known.map((each) => each.high ?? each.estimate), high)),
  ];
}

function Lines({ lines, figure }: { lines: Line[]; figure: FigureName }) {
  const box = useRef<HTMLTableCellElement>(null);
  const width = useWidth(box);
  const [low, high] = ends(lines, figure);
  const x = scaleOf(low, high, 8, Math.max(9, width - 8), width > 320 ? 5 : 3);
  const right = rightValue(figure);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame" tabIndex={0} aria-label={t("forest.title")}>
      <table className="table forest" data-testid="forest" data-figure={figure}>
        <thead>
          <tr>
            <th scope="col">{t("forest.group")}</th>
            <th scope="col" className="number">
              {t("forest.rows")}
            </th>
            <th scope="col" className="number">
              {t("forest.events")}
            </th>
            <th scope="col" ref={box} className="forest-plot">
              <span className="hidden-text">{tMaybe(`figure.${figure}`, figure)}</span>
              {width > 0 && <Axis x={x.at} ticks={x.ticks} width={width} />}
            </th>
            <th scope="col">{tMaybe(`figure.${figure}`, figure)}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, i) => {
            const found = figureOf(line.judged, figure);
            const first = line.by !== lines[i - 1]?.by;
            return (
              <tr key={`${line.by} ${line.name}`} data-all={line.by === ""} data-first={first}>
                <th scope="row">
                  {line.by !== "" && <span className="quiet">{byWords(line.by)} </span>}
                  {line.name}
                  {line.judged.small && <span className="forest-small">{t("validation.small")}</span>}
                </th>
                <td className="number">{formatNumber(line.judged.patients ?? line.judged.rows ?? 0)}</td>
                <td className="number">{formatNumber(line.judged.events ?? 0)}</td>
                {found ? (
                  <>
                    <td className="forest-plot">
                      {width > 0 && (
                        <svg width={width} height={ROW} aria-hidden="true">
                          {right !== null && right >= low && right <= high && (
                            <path className="plot-nobody" d={`M${x.at(right)} 0V${ROW}`} />
                          )}
                          <Mark figure={found} x={x.at} low={low} high={high} />
                        </svg>
                      )}
                    </td>
                    <td>
                      <strong>{formatFigure(figure, found.estimate)}</strong>{" "}
                      <span className="quiet">({formatRange(figure, found)})</span>
                    </td>
                  </>
                ) : (
                  <td colSpan={2} className="hatched">
                    <span className="forest-not">{reasonOf(line.judged, figure)}</span>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function byWords(by: string): string {
  return by === "hospital" ? t("forest.hospital") : spaced(by);
}

function Axis({ x, ticks, width }: { x: (value: number) => number; ticks: number[]; width: number }) {
  return (
    <svg className="forest-axis" width={width} height={AXIS} aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick}>
          <path d={`M${x(tick)} ${AXIS - 5}V${AXIS}`} />
          <text x={x(tick)} y={AXIS - 10} textAnchor="middle">
            {tick}
          </text>
        </g>
      ))}
    </svg>
  );
}

interface MarkProps {
  figure: { estimate: number; low: number | null; high: number | null };
  x: (value: number) => number;
  low: number;
  high: number;
}

/** An interval that leaves the axis ends in an arrow. */
function Mark({ figure, x, low, high }: MarkProps) {
  const middle = ROW / 2;
  const from = figure.low === null ? null : Math.max(low, figure.low);
  const to = figure.high === null ? null : Math.min(high, figure.high);
  return (
    <g className="forest-mark">
      {from !== null && to !== null && <path d={`M${x(from)} ${middle}H${x(to)}`} />}
      {from !== null && figure.low !== null && figure.low < low && (
        <path d={`M${x(from) + 5} ${middle - 4}L${x(from)} ${middle}L${x(from) + 5} ${middle + 4}`} />
      )}
      {to !== null && figure.high !== null && figure.high > high && (
        <path d={`M${x(to) - 5} ${middle - 4}L${x(to)} ${middle}L${x(to) - 5} ${middle + 4}`} />
      )}
      <rect
        x={x(Math.min(high, Math.max(low, figure.estimate))) - 4.5}
        y={middle - 4.5}
        width={9}
        height={9}
      />
    </g>
  );
}
