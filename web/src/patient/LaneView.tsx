import { useCallback, useRef } from "react";
import { boardStore } from "../api/live";
import type { Rule, Tile } from "../api/types";
import { useAge } from "../state/clock";
import { t } from "../words";
import { formatSignal, formatUnit, signalTitle } from "../words/format";
import { laneOptions } from "./lane-plot";
import { type LaneData, laneRules } from "./lanes";
import type { Palette } from "./palette";
import type { TimeRange } from "./time-range";
import { usePlot } from "./use-plot";
import { vitalOf } from "./vital-now";

interface LaneViewProps {
  data: LaneData;
  rules: Rule[];
  palette: Palette;
  range: TimeRange;
  tile: Tile | null;
  hours: number;
}

/** One signal: at the left its name and its value now (or under the cursor), at the right its course. */
export function LaneView({ data, rules, palette, range, tile, hours }: LaneViewProps) {
  const { lane } = data;
  const box = useRef<HTMLDivElement>(null);
  const value = useRef<HTMLParagraphElement>(null);
  const pointed = useRef<HTMLSpanElement>(null);
  const newest = useRef(data);
  newest.current = data;

  // The value under the cursor is written straight into the page: it follows the pointer at every frame.
  const onCursor = useCallback(
    (index: number | null) => {
      if (!value.current || !pointed.current) return;
      value.current.dataset.pointed = String(index !== null);
      if (index === null) return;
      const { columns } = newest.current;
      const parts = lane.signals.map((signal, i) => formatSignal(signal, columns[i + 1]?.[index]));
      pointed.current.textContent = parts.join("/");
    },
    [lane],
  );
  const make = useCallback(
    (width: number) =>
      laneOptions({
        data: newest.current,
        rules: laneRules(lane, rules),
        palette,
        range,
        width,
        onCursor,
        current: () => newest.current,
      }),
    [lane, rules, palette, range, onCursor],
  );
  usePlot(box, make, data.columns, range);

  const now = vitalOf(tile, lane.signals);
  const age = useAge(now.time);
  const title = signalTitle(lane.name);
  return (
    <div className="lane live" data-testid={`lane-${lane.name}`}>
      <div className="lane-label" style={{ "--signal": `var(--signal-${lane.name})` } as React.CSSProperties}>
        <h3>
          {title} <span className="quiet">{formatUnit(data.unit)}</span>
        </h3>
        <p className="lane-value value" ref={value} data-status={now.status} data-pointed="false">
          <span className="lane-now">{now.text}</span>
          <span className="lane-pointed" ref={pointed} aria-hidden="true" />
          <span className="lane-age">{age ? t("age.ago", { age }) : t("tile.no_value")}</span>
        </p>
      </div>
      <div
        className="lane-plot"
        style={{ minHeight: lane.height }}
        ref={box}
        role="img"
        aria-label={t("patient.lane", { signal: title, unit: formatUnit(data.unit), hours })}
      />
    </div>
  );
}

/** The tile of a bed, as it is on the live board now. */
export function liveTile(patient: string, bed: string | null): Tile | null {
  const tile = bed === null ? undefined : boardStore.get()?.tiles.get(bed);
  return tile?.patient?.id === patient ? tile : null;
}
