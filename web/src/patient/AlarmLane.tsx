import { useCallback, useMemo, useRef } from "react";
import type { AlarmsAnswer } from "../api/types";
import { spaced } from "../finding/inputs";
import { t } from "../words";
import { formatClock, signalTitle } from "../words/format";
import { ALARM_ROWS, alarmBars, alarmLaneOptions, type Bar, barsAt } from "./alarm-lane";
import { AXIS_HEIGHT } from "./lane-plot";
import type { Palette } from "./palette";
import type { TimeRange } from "./time-range";
import { usePlot } from "./use-plot";

interface AlarmLaneProps {
  alarms: AlarmsAnswer | null;
  palette: Palette;
  range: TimeRange;
  end: number;
}

const NOTHING: AlarmsAnswer = { raised: [], suppressed: [], not_assessable: [] };

/** What the alarms did, above the signals; the words under the cursor are in the line above it. */
export function AlarmLane({ alarms, palette, range, end }: AlarmLaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLParagraphElement>(null);
  const bars = useMemo(
    () =>
      alarmBars(alarms ?? NOTHING, end).map((bar) =>
        bar.row === "not_assessable" ? { ...bar, words: signalTitle(bar.words, spaced(bar.words)) } : bar,
      ),
    [alarms, end],
  );
  const newest = useRef<Bar[]>(bars);
  newest.current = bars;

  const onCursor = useCallback((at: number | null, secondsPerPixel: number) => {
    if (!words.current) return;
    if (at === null) {
      words.current.textContent = t("patient.zoom_hint");
      return;
    }
    const under = barsAt(newest.current, at, secondsPerPixel).map(
      (bar) => `${t(`lane.${bar.row}`)}: ${bar.words}`,
    );
    words.current.textContent = [formatClock(at * 1000), ...under].join("  ·  ");
  }, []);
  const make = useCallback(
    (width: number) => alarmLaneOptions({ palette, range, width, current: () => newest.current, onCursor }),
    [palette, range, onCursor],
  );
  const [from, to] = range.get();
  // A new array for each set of bars tells the plot to draw again.
  const data = useMemo(
    () =>
      [
        [from, to],
        [bars.length, null],
      ] as [number[], (number | null)[]],
    [from, to, bars],
  );
  usePlot(box, make, data, range);

  return (
    <>
      <p className="pointed-words" ref={words} aria-hidden="true">
        {t("patient.zoom_hint")}
      </p>
      <div className="lane lane-alarms">
        <ul className="alarm-rows" style={{ paddingTop: AXIS_HEIGHT }}>
          {ALARM_ROWS.map(({ row, height }) => (
            <li key={row} style={{ height }}>
              {t(`lane.${row}`)}
            </li>
          ))}
        </ul>
        <div className="lane-plot" ref={box} role="img" aria-label={t("lane.alarms_label")} />
      </div>
    </>
  );
}
