import { useId, useRef } from "react";
import type { AlarmStep, RaisedAlarm } from "../api/types";
import { useWidth } from "../look/use-width";
import { useTicking } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatAge, formatClock, formatMoment, formatReason } from "../words/format";
import { type Life, lifeOf, type Phase, type Point, stepsShown, unansweredFor } from "./alarm-life";

const HEIGHT = 34;
const BAR = 12;
const TOP = 4;

/** A notification from its first word to its last: a line of stretches, and below it every step in words. */
export function AlarmLife({ alarm }: { alarm: RaisedAlarm }) {
  const now = useTicking((ms) => Math.floor(ms / 15_000) * 15);
  const life = lifeOf(alarm, now);
  return (
    <div className="life" data-testid="life" data-over={life.over}>
      <LifeLine life={life} priority={alarm.priority} />
      <p className="small quiet">
        {t("life.unanswered_for", { length: formatAge(unansweredFor(life)) })}
        {!life.over && alarm.escalates_at && (
          <>
            {" · "}
            <strong>
              {t("life.escalates", {
                to: alarm.escalates_to ?? t("app.unknown"),
                time: formatClock(Date.parse(alarm.escalates_at)),
              })}
            </strong>
          </>
        )}
        {alarm.tier === "safety" && ` · ${t("life.safety")}`}
      </p>
      <ol className="life-steps">
        {stepsShown(alarm.history).map((step) => (
          <Step key={`${step.time} ${step.kind} ${step.to ?? ""}`} step={step} since={alarm.raised_at} />
        ))}
      </ol>
    </div>
  );
}

/** A sign for a step, so that the list can be run through with the eye. */
const SIGNS: Record<string, string> = {
  raised: "●",
  re_raised: "●",
  released: "●",
  resumed: "●",
  waiting: "…",
  acknowledged: "✓",
  acted_on: "✓",
  paused: "‖",
  escalated: "▲",
  de_escalated: "▽",
  latched: "◦",
  cleared: "○",
};

/** One step; the date only where it is not the day on which it was raised. */
function Step({ step, since }: { step: AlarmStep; since: string }) {
  const day = Date.parse(since);
  const moment = (iso: string) => formatMoment(Date.parse(iso), day);
  const to = step.to === "" ? t("life.bedside") : step.to;
  return (
    <li data-kind={step.kind}>
      <span className="life-sign" aria-hidden="true">
        {SIGNS[step.kind] ?? "·"}
      </span>
      <span className="life-time">{moment(step.time)}</span>
      <span>
        <strong>{tMaybe(`step.${step.kind}`, step.kind)}</strong>
        {to && <> {t("life.to", { to })}</>}
        {step.until && <> {t("life.until", { time: moment(step.until) })}</>}
        {step.by && <> {t("life.by", { by: step.by })}</>}
        {step.done_at && step.done_at !== step.time && (
          <> ({t("life.done_at", { time: moment(step.done_at) })})</>
        )}
        {step.reason && <span className="quiet">: {formatReason(step.reason, day)}</span>}
      </span>
    </li>
  );
}

function LifeLine({ life, priority }: { life: Life; priority: string }) {
  const box = useRef<HTMLDivElement>(null);
  const hatch = useId();
  const width = useWidth(box);
  const x = (at: number) => ((at - life.from) / (life.to - life.from)) * width;
  const words = life.stretches
    .map((each) => `${t(`life.phase.${each.phase}`)} ${formatAge(each.to - each.from)}`)
    .join(", ");
  return (
    <div ref={box} className="life-line" data-priority={priority}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={t("life.line", { words })}>
          <defs>
            <pattern
              id="life-hatch"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <path d="M0 0V6" className="life-hatch" />
            </pattern>
          </defs>
          {life.stretches.map((each) => (
            <Stretch
              key={`${each.phase} ${each.from}`}
              phase={each.phase}
              from={x(each.from)}
              to={x(each.to)}
              hatch={hatch}
            />
          ))}
          {life.points.map((each) => (
            <Mark
              key={`${each.kind} ${each.at}`}
              point={each}
              x={Math.min(Math.max(x(each.at), 6), width - 6)}
            />
          ))}
          <text x={0} y={HEIGHT - 3}>
            {formatClock(life.from * 1000)}
          </text>
          <text x={width} y={HEIGHT - 3} textAnchor="end">
            {life.over ? formatClock(life.to * 1000) : t("life.now")}
          </text>
        </svg>
      )}
    </div>
  );
}

function Stretch({ phase, from, to, hatch }: { phase: Phase; from: number; to: number; hatch: string }) {
  const width = Math.max(2, to - from - 1);
  return (
    <g className={`life-${phase}`}>
      <rect
        x={from + 0.5}
        y={phase === "latched" ? TOP + 4 : TOP}
        width={width}
        height={phase === "latched" ? 4 : BAR}
      />
      {(phase === "paused" || phase === "waiting") && (
        <rect
          className="life-over"
          fill={phase === "paused" ? `url(#${hatch})` : "none"}
          x={from + 0.5}
          y={TOP}
          width={width}
          height={BAR}
        />
      )}
    </g>
  );
}

const MARKS: Record<Point["kind"], string> = {
  escalated: "M0-4 4 3H-4Z",
  de_escalated: "M0 4 4-3H-4Z",
  acknowledged: "M-3.500 0-1 3 4-3",
  acted_on: "M-3.500 0-1 3 4-3",
  re_raised: "M0-3.500A3.500 3.500 0 1 1 0 3.500 3.500 3.500 0 1 1 0-3.500Z",
};

function Mark({ point, x }: { point: Point; x: number }) {
  return (
    <g className={`life-mark life-mark-${point.kind}`} transform={`translate(${x} ${TOP + BAR / 2})`}>
      <circle r={7.5} />
      <path d={MARKS[point.kind]} />
    </g>
  );
}
