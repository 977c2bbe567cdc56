import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { LedgerEntry } from "../api/exposure-types";
import type { AlarmsAnswer, Rule, SeriesAnswer, Tile } from "../api/types";
import { Message } from "../look/Message";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { AlarmLane } from "./AlarmLane";
import { ExposureLane } from "./ExposureLane";
import { appendSample } from "./gaps";
import { LaneView } from "./LaneView";
import { LANES, laneData, liveSamples, withTileSignals } from "./lanes";
import { usePalette } from "./palette";
import { createTimeRange } from "./time-range";

interface TimeLineProps {
  series: SeriesAnswer;
  alarms: AlarmsAnswer | null;
  rules: Rule[];
  tile: Tile | null;
  hours: number;
  frozen: boolean;
  /** Every exposure of the patient; no lane where there is none. */
  exposures: LedgerEntry[];
}

/** The right edge moves on this often, in ms: often enough to follow, rarely enough to stay calm. */
const FOLLOW_MS = 5000;

/** All lanes under one time axis. */
export function TimeLine({ series, alarms, rules, tile, hours, frozen, exposures }: TimeLineProps) {
  const palette = usePalette();
  const grown = useGrowing(series, tile);
  const end = useEnd(series, frozen);
  const start = end - hours * 3600;
  const [range] = useState(() => createTimeRange(start, end));
  useEffect(() => range.whole(start, end), [range, start, end]);
  const zoomed = useSyncExternalStore(range.subscribe, range.isZoomed);

  const lanes = useMemo(() => LANES.map((lane) => laneData(lane, grown, start, end)), [grown, start, end]);
  if (lanes.every((lane) => lane.empty)) return <Message title={t("patient.vitals_none")} />;
  return (
    <div className="timeline" data-testid="timeline" data-zoomed={zoomed}>
      {zoomed && (
        <button type="button" className="button small whole" onClick={() => range.reset()}>
          {t("patient.reset")}
        </button>
      )}
      <AlarmLane alarms={alarms} palette={palette} range={range} end={end} />
      {lanes.map((data) => (
        <LaneView
          key={data.lane.name}
          data={data}
          rules={rules}
          palette={palette}
          range={range}
          tile={tile}
          hours={hours}
        />
      ))}
      {exposures.length > 0 && <ExposureLane entries={exposures} range={range} hours={hours} />}
    </div>
  );
}

/** The loaded series with every live value that has come since. */
function useGrowing(loaded: SeriesAnswer, tile: Tile | null): SeriesAnswer["series"] {
  const [grown, setGrown] = useState({ loaded, series: loaded.series });
  const base = grown.loaded === loaded ? grown.series : loaded.series;
  useEffect(() => {
    setGrown((before) => {
      const from = before.loaded === loaded ? before.series : loaded.series;
      let next = withTileSignals(from, tile);
      for (const [signal, at, value] of tile ? liveSamples(tile) : []) {
        const known = next[signal];
        if (!known) continue;
        const longer = appendSample(known, at, value);
        if (longer !== known) next = { ...next, [signal]: longer };
      }
      return next === from && before.loaded === loaded ? before : { loaded, series: next };
    });
  }, [loaded, tile]);
  return base;
}

/** The end of the time shown, in epoch seconds: follows the server's clock while the connection lives. */
function useEnd(loaded: SeriesAnswer, frozen: boolean): number {
  const [end, setEnd] = useState(() => Date.parse(loaded.end) / 1000);
  useEffect(() => {
    setEnd(Date.parse(loaded.end) / 1000);
    if (frozen) return;
    const timer = setInterval(() => setEnd(Math.round(serverNow() / 1000)), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [loaded, frozen]);
  return end;
}
