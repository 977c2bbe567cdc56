import { useCallback, useMemo, useRef } from "react";
import type { DayOfPolicy, TrueEvent } from "../api/comparison-types";
import type { Rule } from "../api/types";
import { laneOptions } from "../patient/lane-plot";
import { type LaneData, laneRules } from "../patient/lanes";
import type { Palette } from "../patient/palette";
import type { TimeRange } from "../patient/time-range";
import { usePlot } from "../patient/use-plot";
import { PolicyMark } from "../policies/PolicyMark";
import { formatFactor } from "../policies/words";
import { t } from "../words";
import { formatSignal, formatUnit, signalTitle } from "../words/format";
import { policyLaneOptions, type SaidBar, saidBars, saidUnder, truthLaneOptions } from "./policy-lane";

interface Linked {
  palette: Palette;
  range: TimeRange;
}

/** A plot needs data; these lanes draw what they are given themselves. */
function frameOf(range: TimeRange): [number[], (number | null)[]] {
  const [from, to] = range.get();
  return [
    [from, to],
    [null, null],
  ];
}

/** One signal of the day; at the left its name, and its value under the pointer. */
export function SignalLane({ data, rules, palette, range }: Linked & { data: LaneData; rules: Rule[] }) {
  const { lane } = data;
  const box = useRef<HTMLDivElement>(null);
  const pointed = useRef<HTMLParagraphElement>(null);
  const newest = useRef(data);
  newest.current = data;
  const onCursor = useCallback(
    (index: number | null) => {
      if (!pointed.current) return;
      const { columns } = newest.current;
      pointed.current.textContent =
        index === null
          ? ""
          : lane.signals.map((signal, i) => formatSignal(signal, columns[i + 1]?.[index])).join("/");
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
  const title = signalTitle(lane.name);
  return (
    <div className="lane" data-testid={`lane-${lane.name}`}>
      <div className="lane-label" style={{ "--signal": `var(--signal-${lane.name})` } as React.CSSProperties}>
        <h3>
          {title} <span className="quiet">{formatUnit(data.unit)}</span>
        </h3>
        <p className="lane-value lane-pointed" ref={pointed} aria-hidden="true" />
      </div>
      <div
        className="lane-plot"
        style={{ minHeight: lane.height }}
        ref={box}
        role="img"
        aria-label={t("replay.lane", { signal: title, unit: formatUnit(data.unit) })}
      />
    </div>
  );
}

interface PolicyLaneProps extends Linked {
  policy: DayOfPolicy;
  place: number;
  end: number;
  chosen: boolean;
  onChoose: () => void;
  onPoint: (words: string[] | null) => void;
}

/** What one policy said: raised solid by priority, held back hatched, the reason where one points. */
export function PolicyLane({
  policy,
  place,
  end,
  chosen,
  onChoose,
  onPoint,
  palette,
  range,
}: PolicyLaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const bars = useMemo(() => saidBars(policy, end), [policy, end]);
  const newest = useRef<SaidBar[]>(bars);
  newest.current = bars;
  const point = useRef(onPoint);
  point.current = onPoint;
  const onCursor = useCallback((at: number | null, secondsPerPixel: number) => {
    if (!box.current?.matches(":hover")) return;
    point.current(
      at === null ? null : saidUnder(newest.current, at, secondsPerPixel).map((bar) => bar.words),
    );
  }, []);
  const make = useCallback(
    (width: number) => policyLaneOptions({ palette, range, width, onCursor }, () => newest.current),
    [palette, range, onCursor],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: other bars ask for another drawing.
  const data = useMemo(() => frameOf(range), [range, bars]);
  usePlot(box, make, data, range);
  const counts = { raised: policy.raised.length, held: policy.suppressed?.length ?? t("app.unknown") };
  return (
    <div className="lane lane-policy" data-chosen={chosen} data-testid={`said-${policy.name}`}>
      <button
        type="button"
        className="lane-policy-label"
        aria-pressed={chosen}
        title={t("replay.show_rules", { policy: policy.name })}
        onClick={onChoose}
      >
        <span className="lane-policy-name">
          <PolicyMark place={place} size={13} />
          {policy.name}
          {policy.factor !== 1 && <strong>{formatFactor(policy.factor)}</strong>}
        </span>
        <span className="quiet">{t("replay.counts", counts)}</span>
      </button>
      <div
        className="lane-plot"
        ref={box}
        role="img"
        aria-label={t("replay.policy_lane", { policy: policy.name, ...counts })}
      />
    </div>
  );
}

/** What truly happened, under the time axis. */
export function TruthLane({
  events,
  known,
  palette,
  range,
}: Linked & { events: TrueEvent[]; known: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const newest = useRef(events);
  newest.current = events;
  const make = useCallback(
    (width: number) => truthLaneOptions({ palette, range, width, onCursor: () => {} }, () => newest.current),
    [palette, range],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: other events ask for another drawing.
  const data = useMemo(() => frameOf(range), [range, events]);
  usePlot(box, make, data, range);
  const none = known ? t("replay.truth_none") : t("replay.truth_unknown");
  return (
    <div className="lane lane-truth">
      <p className="lane-truth-label">
        {t("replay.truth")}
        {events.length === 0 && <span className="quiet">{none}</span>}
      </p>
      <div className="lane-plot" ref={box} role="img" aria-label={t("replay.truth_lane")} />
    </div>
  );
}
