import { useState } from "react";
import type { Notification } from "../api/types";
import { Icon } from "../look/Icon";
import { PriorityMark } from "../look/PriorityMark";
import { useAge } from "../state/clock";
import { acknowledge } from "../ward/actions";
import { byUrgency, isUnacknowledged } from "../ward/order";
import { Countdown, ruleWords } from "../ward/TileFoot";
import { t } from "../words";
import { formatClock } from "../words/format";
import { ActForm } from "./ActForm";
import { PauseForm } from "./PauseForm";

interface LiveAlarmsProps {
  alarms: Notification[];
  mayAct: boolean;
}

/** The alarms that are open now, most urgent first, to take or to pause. */
export function LiveAlarms({ alarms, mayAct }: LiveAlarmsProps) {
  const [pausing, setPausing] = useState<Notification | null>(null);
  const [acting, setActing] = useState<Notification | null>(null);
  return (
    <>
      <ul className="live-alarms live" data-testid="live-alarms">
        {[...alarms].sort(byUrgency).map((alarm) => (
          <LiveAlarm
            key={alarm.id}
            alarm={alarm}
            mayAct={mayAct}
            onPause={() => setPausing(alarm)}
            onAct={() => setActing(alarm)}
          />
        ))}
      </ul>
      {acting && <ActForm alarm={acting} onDone={() => setActing(null)} />}
      {pausing && <PauseForm alarm={pausing} onDone={() => setPausing(null)} />}
    </>
  );
}

function LiveAlarm({
  alarm,
  mayAct,
  onPause,
  onAct,
}: {
  alarm: Notification;
  mayAct: boolean;
  onPause: () => void;
  onAct: () => void;
}) {
  const age = useAge(alarm.raised_at);
  const waiting = isUnacknowledged(alarm);
  const since = formatClock(Date.parse(alarm.changed_at));
  return (
    <li data-priority={alarm.priority} data-state={alarm.state}>
      <PriorityMark priority={alarm.priority} />
      <p className="live-alarm-what">
        <strong>{alarm.title}</strong> <span className="quiet">{ruleWords(alarm)}</span>
      </p>
      <p className="small quiet">{t("tile.since", { age: age ?? "" })}</p>
      {alarm.escalated_to && (
        <p className="small">
          {t("escalation.now", {
            to: alarm.escalated_to,
            time: formatClock(Date.parse(alarm.changed_at)),
          })}
        </p>
      )}
      {waiting && alarm.escalates_at && alarm.escalates_to && (
        <p className="small quiet">
          {t("life.escalates", {
            to: alarm.escalates_to,
            time: formatClock(Date.parse(alarm.escalates_at)),
          })}{" "}
          · <Countdown alarm={alarm} full />
        </p>
      )}
      {alarm.state === "paused" && alarm.paused_until && (
        <p className="small">{t("life.until", { time: formatClock(Date.parse(alarm.paused_until)) })}</p>
      )}
      {!waiting && (
        <p className="live-alarm-taken small">
          <Icon name="check" size={14} />
          {alarm.state === "acknowledged" && alarm.by
            ? t("tile.taken_label", { by: alarm.by, time: since })
            : [t(`notification.${alarm.state}`), alarm.by, since].filter(Boolean).join(", ")}
        </p>
      )}
      {mayAct && (
        <div className="live-alarm-buttons">
          {waiting && (
            <button
              type="button"
              className="button small primary"
              data-testid="acknowledge"
              aria-label={t("alarms.acknowledge_label", { title: alarm.title })}
              onClick={() => void acknowledge(alarm)}
            >
              {t("alarms.acknowledge")}
            </button>
          )}
          <button
            type="button"
            className="button small"
            data-testid="act"
            aria-label={t("act.label", { title: alarm.title })}
            onClick={onAct}
          >
            {t("act.button")}
          </button>
          {alarm.state !== "paused" && (
            <button
              type="button"
              className="button small"
              data-testid="pause"
              aria-label={t("alarms.pause_label", { title: alarm.title })}
              onClick={onPause}
            >
              {t("alarms.pause")}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
