import type { AlarmsAnswer, RaisedAlarm, SuppressedAlarm } from "../api/types";
import type { Resource } from "../api/use-resource";
import { Failed, Skeleton } from "../look/Message";
import { PriorityMark } from "../look/PriorityMark";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment, formatReason } from "../words/format";
import { AlarmLife } from "./AlarmLife";

/** The alarm lane in words: what was raised and what became of it, what was not shown and why. */
export function AlarmTables({ alarms }: { alarms: Resource<AlarmsAnswer> }) {
  if (alarms.status === "loading") return <Skeleton rows={4} height={32} />;
  if (alarms.status === "failed" && !alarms.data)
    return <Failed error={alarms.error} onRetry={alarms.reload} />;
  if (!alarms.data) return null;
  return (
    <div className="alarm-tables">
      <div className="panel">
        <h2>{t("alarms.raised")}</h2>
        <Raised alarms={alarms.data.raised} />
      </div>
      <div className="panel">
        <h2>{t("alarms.suppressed")}</h2>
        <Suppressed alarms={alarms.data.suppressed} />
      </div>
    </div>
  );
}

const when = (iso: string) => formatMoment(Date.parse(iso), serverNow());

function Raised({ alarms }: { alarms: RaisedAlarm[] }) {
  if (alarms.length === 0) return <p className="quiet small">{t("alarms.raised_none")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame tall" tabIndex={0} aria-label={t("alarms.raised")}>
      <table className="table" data-testid="raised">
        <thead>
          <tr>
            <th scope="col">{t("alarms.when")}</th>
            <th scope="col">{t("alarms.what")}</th>
            <th scope="col">{t("life.title")}</th>
          </tr>
        </thead>
        <tbody>
          {alarms.map((alarm) => (
            <tr key={alarm.id}>
              <td>{when(alarm.raised_at)}</td>
              <td>
                <PriorityMark priority={alarm.priority} /> <strong>{alarm.title}</strong>
                <br />
                <span className="mono quiet">{alarm.rule}</span>
                <br />
                <span className="small">{t(`notification.${alarm.state}`)}</span>
              </td>
              <td className="alarm-life">
                <AlarmLife alarm={alarm} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Suppressed({ alarms }: { alarms: SuppressedAlarm[] }) {
  if (alarms.length === 0) return <p className="quiet small">{t("alarms.suppressed_none")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame tall" tabIndex={0} aria-label={t("alarms.suppressed")}>
      <table className="table" data-testid="suppressed-table">
        <thead>
          <tr>
            <th scope="col">{t("alarms.when")}</th>
            <th scope="col">{t("alarms.what")}</th>
            <th scope="col">{t("alarms.why")}</th>
          </tr>
        </thead>
        <tbody>
          {alarms.map((alarm) => (
            <tr key={`${alarm.time} ${alarm.rule} ${alarm.reason}`}>
              <td>{when(alarm.time)}</td>
              <td>
                {alarm.title}
                <br />
                <span className="mono quiet">{alarm.rule}</span>
              </td>
              <td>{formatReason(alarm.reason, serverNow())}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
