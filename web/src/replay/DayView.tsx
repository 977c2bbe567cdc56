import "uplot/dist/uPlot.min.css";
import {
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Day, DayOfPolicy } from "../api/comparison-types";
import { useKeys } from "../app/keyboard";
import { AXIS_WIDTH, LIMITS_WIDTH } from "../patient/lane-plot";
import { LANES, laneData } from "../patient/lanes";
import { usePalette } from "../patient/palette";
import { createTimeRange, type TimeRange } from "../patient/time-range";
import { t } from "../words";
import { formatClock } from "../words/format";
import { PolicyLane, SignalLane, TruthLane } from "./Lanes";
import { MomentPanel } from "./MomentPanel";
import { type Moment, momentsOf, nextMoment, secondsOf } from "./moments";
import { LABEL_WIDTH, Overlay } from "./Overlay";
import { SaidTable } from "./SaidTable";

interface DayViewProps {
  day: Day;
  policy: DayOfPolicy;
  onPolicy: (name: string) => void;
  /** Where to begin, in epoch seconds. */
  startAt: number | null;
}

/** All lanes of a day under one time axis, and one moment of it. */
export function DayView({ day, policy, onPolicy, startAt }: DayViewProps) {
  const palette = usePalette();
  const start = secondsOf(day.start);
  const end = secondsOf(day.end);
  const [range] = useState(() => createTimeRange(start, end));
  const zoomed = useSyncExternalStore(range.subscribe, range.isZoomed);
  const lanes = useMemo(() => LANES.map((lane) => laneData(lane, day.series, start, end)), [day, start, end]);
  const moments = useMemo(() => momentsOf(day, policy), [day, policy]);
  const [at, setAt] = useState(startAt);
  const moment = moments.find((each) => each.at === at) ?? null;
  const place = moment ? moments.indexOf(moment) + 1 : null;
  const words = useRef<HTMLParagraphElement>(null);
  const events = day.truth ?? [];
  const step = useStepping(moments, at, setAt, range);
  const keys = useMemo(
    () => ({
      ArrowRight: (event: KeyboardEvent) => step(1, event),
      ArrowLeft: (event: KeyboardEvent) => step(-1, event),
    }),
    [step],
  );
  useKeys(keys);
  const onPoint = usePointed(words);

  return (
    <div className="replay-columns">
      <div className="replay-main">
        <section className="panel patient-time" aria-labelledby="replay-lanes">
          <h2 id="replay-lanes" className="hidden-text">
            {t("replay.signals")}
          </h2>
          <div className="replay-tools">
            <p className="replay-pointed" ref={words} aria-hidden="true">
              {t("patient.zoom_hint")}
            </p>
            {zoomed && (
              <button type="button" className="button small" onClick={() => range.reset()}>
                {t("patient.reset")}
              </button>
            )}
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
            <div className="replay-steps" role="group" aria-label={t("replay.steps")}>
              <button
                type="button"
                className="button small"
                aria-label={t("replay.step_back")}
                onClick={() => step(-1)}
              >
                ←
              </button>
              <span className="small quiet" data-testid="moment-count">
                {t("replay.moment_count", { n: place ?? "–", all: moments.length })}
              </span>
              <button
                type="button"
                className="button small"
                aria-label={t("replay.step_on")}
                onClick={() => step(1)}
              >
                →
              </button>
            </div>
          </div>
          <Clickable onPick={setAt} range={range}>
            <Overlay range={range} events={events} at={at} />
            <TruthLane events={events} known={day.truth !== null} palette={palette} range={range} />
            {day.policies.map((each, i) => (
              <PolicyLane
                key={each.name}
                policy={each}
                place={i}
                end={end}
                chosen={each.name === policy.name}
                onChoose={() => onPolicy(each.name)}
                onPoint={onPoint}
                palette={palette}
                range={range}
              />
            ))}
            {lanes.map((data) => (
              <SignalLane
                key={data.lane.name}
                data={data}
                rules={policy.rules}
                palette={palette}
                range={range}
              />
            ))}
          </Clickable>
          <p className="quiet small replay-rules">
            {t("patient.rules", { title: policy.title, version: policy.version })}
          </p>
        </section>
        <section className="panel" aria-labelledby="said-title">
          <h2 id="said-title">{t("replay.table", { policy: policy.name })}</h2>
          <SaidTable policy={policy} />
        </section>
      </div>
      <aside className="panel replay-moment" aria-label={t("replay.steps")}>
        <MomentPanel day={day} at={at} moment={moment} policy={policy.name} />
      </aside>
    </div>
  );
}

/** Go from one moment to the next, and bring it into sight where a person has zoomed in. */
function useStepping(moments: Moment[], at: number | null, setAt: (at: number) => void, range: TimeRange) {
  return useCallback(
    (direction: 1 | -1, event?: KeyboardEvent) => {
      if (event?.target instanceof HTMLElement && event.target.closest("[role=slider],input")) return;
      const next = nextMoment(moments, at, direction);
      event?.preventDefault();
      if (next === null) return;
      setAt(next.at);
      const [from, to] = range.get();
      if (next.at >= from && next.at <= to) return;
      const half = (to - from) / 2;
      range.zoom([next.at - half, next.at + half]);
    },
    [moments, at, setAt, range],
  );
}

/** The words under the pointer are written straight into the page: they follow it at every frame. */
function usePointed(words: RefObject<HTMLParagraphElement | null>) {
  return useCallback(
    (said: string[] | null) => {
      if (!words.current) return;
      words.current.textContent =
        said === null || said.length === 0 ? t("patient.zoom_hint") : said.join("  ·  ");
    },
    [words],
  );
}

interface ClickableProps {
  onPick: (at: number) => void;
  range: TimeRange;
  children: React.ReactNode;
}

/** A click into the time line looks at that moment; a drag zooms, and is no click. */
function Clickable({ onPick, range, children }: ClickableProps) {
  const pressed = useRef<number | null>(null);
  const [, tick] = useState(0);
  useEffect(() => range.subscribe(() => tick((n) => n + 1)), [range]);

  function pick(event: MouseEvent<HTMLDivElement>) {
    const began = pressed.current;
    pressed.current = null;
    if (began === null || Math.abs(event.clientX - began) > 3) return;
    if (!(event.target instanceof HTMLElement) || !event.target.closest(".lane-plot")) return;
    const box = event.currentTarget.getBoundingClientRect();
    const left = LABEL_WIDTH + AXIS_WIDTH;
    const share = (event.clientX - box.left - left) / (box.width - left - LIMITS_WIDTH);
    if (share < 0 || share > 1) return;
    const [from, to] = range.get();
    onPick(Math.round(from + share * (to - from)));
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons and the arrow keys do the same by keyboard.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
    <div
      className="timeline replay-lanes"
      data-testid="replay"
      onMouseDown={(event) => {
        pressed.current = event.clientX;
      }}
      onClick={pick}
    >
      {children}
    </div>
  );
}

/** The day's hours in words: 2026-01-01 00:00 to 00:00. */
export function hoursOf(day: Day): string {
  return `${formatClock(Date.parse(day.start))}–${formatClock(Date.parse(day.end))}`;
}
