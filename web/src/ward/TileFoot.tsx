import type { Notification, Tile } from "../api/types";
import { Icon } from "../look/Icon";
import { PriorityMark } from "../look/PriorityMark";
import { useAge } from "../state/clock";
import { t } from "../words";
import { formatClock, formatLength, formatNumber, formatUnit, signalShort } from "../words/format";
import { acknowledge } from "./actions";
import { lostSignals } from "./vitals";

interface FootProps {
  tile: Tile;
  alarm: Notification | undefined;
  waiting: boolean;
  mayAct: boolean;
}

/** The last line of a tile: what is the matter, for how long, and who has taken it. */
export function TileFoot({ tile, alarm, waiting, mayAct }: FootProps) {
  if (alarm) return <AlarmFoot tile={tile} alarm={alarm} waiting={waiting} mayAct={mayAct} />;
  const lost = lostSignals(tile);
  return (
    <div className="tile-foot">
      <p className="tile-why quiet">
        {lost.length > 0 &&
          `${lost.map((signal) => signalShort(signal)).join(", ")} ${t("tile.sensor_lost")}`}
      </p>
    </div>
  );
}

function AlarmFoot({ tile, alarm, waiting, mayAct }: FootProps & { alarm: Notification }) {
  const age = useAge(alarm.raised_at);
  const more = tile.notifications.length - 1;
  return (
    <div className="tile-foot" data-priority={alarm.priority} data-waiting={waiting}>
      <PriorityMark priority={alarm.priority} />
      <p className="tile-why" title={`${alarm.title} (${t(`priority.${alarm.priority}`)}), ${alarm.rule}`}>
        <strong>{ruleWords(alarm)}</strong>
        <span>
          {t("tile.since", { age: age ?? "" })}
          {alarm.escalated_to && ` · ${t("tile.escalated", { to: alarm.escalated_to })}`}
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
      {!waiting && <Taken alarm={alarm} />}
    </div>
  );
}

function Taken({ alarm }: { alarm: Notification }) {
  const time = formatClock(Date.parse(alarm.changed_at));
  if (alarm.state === "paused" || !alarm.by)
    return <p className="taken">{t(`notification.${alarm.state}`)}</p>;
  return (
    <p className="taken" data-testid="taken" title={t("tile.taken_label", { by: alarm.by, time })}>
      <Icon name="check" size={14} />
      <span className="hidden-text">{t("tile.taken_label", { by: alarm.by, time })}</span>
      <span aria-hidden="true">{t("tile.taken", { by: alarm.by, time })}</span>
    </p>
  );
}

/** What the rule says, as short as a board allows: "SpO₂ < 85 % · 5 min". The title is one hover away. */
export function ruleWords(alarm: Notification): string {
  const { signal, threshold, duration_s, unit } = alarm.evidence;
  const op = /[<>]=?/.exec(alarm.rule)?.[0];
  if (!signal || !op || threshold === null || threshold === undefined) return alarm.title;
  const limit = `${signalShort(signal)} ${op} ${formatNumber(threshold)}${unit === "%" ? " %" : ""}`;
  const shownUnit = unit && unit !== "%" && unit !== "/min" ? ` ${formatUnit(unit)}` : "";
  const readings = alarm.evidence.readings;
  const length =
    typeof duration_s === "number"
      ? formatLength(duration_s)
      : typeof readings === "number"
        ? t("rule.readings", { count: readings })
        : "";
  return length ? `${limit}${shownUnit} · ${length}` : `${limit}${shownUnit}`;
}
