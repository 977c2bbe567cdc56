import type { Notification, Tile } from "../api/types";
import { Icon } from "../look/Icon";
import { PriorityMark } from "../look/PriorityMark";
import { useAge, useTicking } from "../state/clock";
import { nextStep } from "../wall/row";
import { t } from "../words";
import { formatAge, formatClock, formatLength, formatNumber, signalShort } from "../words/format";
import { acknowledge } from "./actions";

interface FootProps {
  tile: Tile;
  alarm: Notification;
  waiting: boolean;
  mayAct: boolean;
}

/** The last line of a tile: what is the matter, for how long, and who has taken it. */
export function TileFoot({ tile, alarm, waiting, mayAct }: FootProps) {
  const age = useAge(alarm.raised_at);
  const [limit, length] = ruleParts(alarm);
  const more = tile.notifications.length - 1;
  return (
    <div className="tile-foot" data-priority={alarm.priority} data-waiting={waiting}>
      <PriorityMark priority={alarm.priority} />
      <p className="tile-why" title={`${alarm.title} (${t(`priority.${alarm.priority}`)}), ${alarm.rule}`}>
        <strong>
          {limit}
          {length && <span className="tile-length"> · {length}</span>}
        </strong>
        <span>
          {!waiting && <Taken alarm={alarm} />}
          {alarm.condition_present === false && waiting
            ? t("tile.over", { age: age ?? "" })
            : t("tile.since", { age: age ?? "" })}
          {alarm.escalated_to && ` · ${t("tile.escalated", { to: alarm.escalated_to })}`}
          {waiting && <Countdown alarm={alarm} />}
          {more > 0 && (
            <>
              {" "}
              <span aria-hidden="true">{t("tile.more", { count: more })}</span>
              <span className="hidden-text">{t("tile.more_label", { count: more })}</span>
            </>
          )}
        </span>
      </p>
      {waiting && mayAct && (
        <button
          type="button"
          className="take"
          data-testid="acknowledge"
          aria-label={t("tile.acknowledge_label", { title: alarm.title, bed: tile.bed })}
          onClick={() => void acknowledge(alarm)}
        >
          {t("tile.acknowledge")}
        </button>
      )}
    </div>
  );
}

/** When it goes one step further, counted down once a second; it neither flashes nor moves. */
export function Countdown({ alarm, full = false }: { alarm: Notification; full?: boolean }) {
  const words = useTicking((now) => {
    const step = nextStep(alarm, now);
    if (!step || !alarm.escalates_to) return "";
    const seconds = (Date.parse(alarm.escalates_at ?? "") - now) / 1000;
    if (!full) return step.words;
    return seconds <= 0
      ? t("escalation.due", { to: alarm.escalates_to })
      : t("escalation.next", { to: alarm.escalates_to, left: formatAge(seconds) });
  });
  if (words === "") return null;
  return (
    <span className="escalation" data-testid="escalation">
      {full ? words : ` · ${words}`}
    </span>
  );
}

/** Who has taken it, and since when. */
function Taken({ alarm }: { alarm: Notification }) {
  const time = formatClock(Date.parse(alarm.changed_at));
  const words = alarm.by ? t("tile.taken", { by: alarm.by, time }) : time;
  return (
    <span className="taken" data-testid="taken">
      <Icon name="check" size={13} />
      <span className="hidden-text">{t(`notification.${alarm.state}`)} </span>
      {words}
    </span>
  );
}

/** What the rule says, in two parts and as short as a board allows: "SpO₂ < 85", "5 min". */
function ruleParts(alarm: Notification): [string, string] {
  const { signal, threshold, asked_s } = alarm.evidence;
  const op = alarm.evidence.operator ?? /[<>]=?/.exec(alarm.rule)?.[0];
  if (!signal || !op || threshold === null || threshold === undefined) return [alarm.title, ""];
  const sign = op.replace(">=", "≥").replace("<=", "≤");
  const limit = `${signalShort(signal)} ${sign} ${formatNumber(threshold)}`;
  const readings = /\/(\d+)readings$/.exec(alarm.rule)?.[1];
  if (readings) return [limit, t("rule.readings", { count: Number(readings) })];
  return [limit, typeof asked_s === "number" ? formatLength(asked_s) : ""];
}

/** What the rule says beside the alarm's title; nothing where the title says it all. */
export function ruleWords(alarm: Notification): string {
  const [limit, length] = ruleParts(alarm);
  return limit === alarm.title ? "" : [limit, length].filter(Boolean).join(" · ");
}
