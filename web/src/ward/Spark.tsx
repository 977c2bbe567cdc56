import { memo, useMemo } from "react";
import type { SparkLine } from "../api/types";
import { t } from "../words";
import { formatSignal, formatUnit, signalShort } from "../words/format";
import { sparkShape } from "./spark-path";

const WIDTH = 240;
const HEIGHT = 32;

/** Two hours of one signal; a gap is a hatched gap. */
export const Spark = memo(
  function Spark({ signal, spark, unit }: { signal: string; spark: SparkLine; unit: string }) {
    const shape = useMemo(() => sparkShape(signal, spark, WIDTH, HEIGHT), [signal, spark]);
    const name = signalShort(signal);
    const label = shape
      ? t("tile.spark", {
          signal: name,
          low: formatSignal(signal, shape.low),
          high: formatSignal(signal, shape.high),
          unit: formatUnit(unit),
        })
      : t("tile.spark_none", { signal: name });
    return (
      <div className="spark" role="img" aria-label={label} title={label}>
        <span className="spark-name" style={{ color: `var(--signal-${signal})` }} aria-hidden="true">
          {name}
        </span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {shape?.gaps.map(([x, width]) => (
            <rect
              key={x}
              className="spark-gap"
              fill="url(#hatch)"
              x={x}
              y={0}
              width={width}
              height={HEIGHT}
            />
          ))}
          {shape === null && (
            <rect className="spark-gap" fill="url(#hatch)" x={0} y={0} width={WIDTH} height={HEIGHT} />
          )}
          {shape && <path d={shape.line} style={{ stroke: `var(--signal-${signal})` }} />}
        </svg>
      </div>
    );
  },
  (a, b) => a.signal === b.signal && a.unit === b.unit && sameSpark(a.spark, b.spark),
);

function sameSpark(a: SparkLine, b: SparkLine): boolean {
  return (
    a === b ||
    (a.values.length === b.values.length && a.values.every((value, i) => Object.is(value, b.values[i])))
  );
}
