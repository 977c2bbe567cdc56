import type { Audiogram, Ear, Threshold } from "../api/exposure-types";
import { t } from "../words";
import { formatValue } from "../words/format";
import {
  across,
  arrow,
  BETWEEN,
  down,
  HIGH,
  LEFT,
  LOUD,
  lines,
  OCTAVES,
  of,
  QUIET,
  symbol,
  TOP,
  WIDE,
} from "./chart";

const EARS: Ear[] = ["right", "left"];
const LEVELS = Array.from({ length: (LOUD - QUIET) / 10 + 1 }, (_, n) => QUIET + 10 * n);

/** An audiogram as it is drawn everywhere: right O red, left X blue, louder downwards; the baseline pale behind it. */
export function AudiogramChart({ shown, baseline }: { shown: Audiogram; baseline: Audiogram | null }) {
  const words = t("hearing.chart", {
    date: shown.date,
    ears: EARS.map((ear) => spoken(shown, ear)).join(" "),
  });
  return (
    <svg
      className="audiogram"
      viewBox={`0 0 ${LEFT + WIDE + 28} ${TOP + HIGH + 12}`}
      role="img"
      aria-label={words}
      data-testid="audiogram"
    >
      {LEVELS.map((db) => (
        <g key={db}>
          <path
            className={db === 0 ? "audiogram-zero" : "audiogram-grid"}
            d={`M${LEFT} ${down(db)}h${WIDE}`}
          />
          <text x={LEFT - 8} y={down(db) + 4} textAnchor="end">
            {db}
          </text>
        </g>
      ))}
      {OCTAVES.map((hz) => (
        <g key={hz}>
          <path className="audiogram-grid" d={`M${across(hz)} ${TOP}v${HIGH}`} />
          <text x={across(hz)} y={TOP - 8} textAnchor="middle">
            {hz}
          </text>
        </g>
      ))}
      {BETWEEN.map((hz) => (
        <path key={hz} className="audiogram-between" d={`M${across(hz)} ${TOP}v${HIGH}`} />
      ))}
      <text className="audiogram-axis" x={LEFT + WIDE / 2} y={14} textAnchor="middle">
        {t("hearing.frequency")}
      </text>
      <text
        className="audiogram-axis"
        x={14}
        y={TOP + HIGH / 2}
        textAnchor="middle"
        transform={`rotate(-90 14 ${TOP + HIGH / 2})`}
      >
        {t("hearing.level")}
      </text>
      {baseline && <Curves thresholds={baseline.thresholds} pale />}
      <Curves thresholds={shown.thresholds} />
    </svg>
  );
}

function Curves({ thresholds, pale = false }: { thresholds: Threshold[]; pale?: boolean }) {
  return (
    <g className={pale ? "audiogram-pale" : undefined} data-testid={pale ? "baseline-curves" : "curves"}>
      {EARS.map((ear) =>
        lines(thresholds, ear).map((line) => (
          <polyline
            key={`${ear} ${line[0]?.frequency_hz}`}
            className={`audiogram-line audiogram-${ear}`}
            points={line.map((one) => `${across(one.frequency_hz)},${down(one.level_db)}`).join(" ")}
          />
        )),
      )}
      {thresholds.map((one) => (
        <Tone key={`${one.ear} ${one.frequency_hz} ${one.conduction}`} one={one} />
      ))}
    </g>
  );
}

/** One threshold; those of bone conduction stand beside the line of their frequency. */
export function Tone({ one, x, y }: { one: Threshold; x?: number; y?: number }) {
  const aside = one.conduction === "bone" ? (one.ear === "right" ? -9 : 9) : 0;
  const place = `translate(${x ?? across(one.frequency_hz) + aside} ${y ?? down(one.level_db)})`;
  return (
    <g
      className={`audiogram-symbol audiogram-${one.ear}`}
      transform={place}
      data-threshold={`${one.ear} ${one.frequency_hz} ${one.conduction} ${one.level_db}`}
    >
      <path d={symbol(one)} />
      {!one.response && <path d={arrow(one.ear)} />}
    </g>
  );
}

function spoken(audiogram: Audiogram, ear: Ear): string {
  const heard = of(audiogram.thresholds, ear, "air");
  const name = t(`hearing.ear.${ear}`);
  if (heard.length === 0) return t("hearing.spoken_none", { ear: name });
  const levels = heard.map(
    (one) => `${one.frequency_hz} Hz ${one.response ? "" : "> "}${formatValue(one.level_db)} dB`,
  );
  return `${t("hearing.spoken", { ear: name, levels: levels.join(", ") })}.`;
}
