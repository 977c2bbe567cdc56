import type { Day } from "../api/comparison-types";
import { PriorityMark } from "../look/PriorityMark";
import { LANES } from "../patient/lanes";
import { PolicyMark } from "../policies/PolicyMark";
import { capital } from "../policies/words";
import { t } from "../words";
import { formatAge, formatClock, formatReason, formatSignal, formatUnit, signalTitle } from "../words/format";
import { briefReason, eventsDuring, type Moment, type SaidAt, saidAt, valueAt } from "./moments";

interface MomentPanelProps {
  day: Day;
  at: number | null;
  moment: Moment | null;
  policy: string;
}

/** One moment: what was measured, and what each policy said or held back. */
export function MomentPanel({ day, at, moment, policy }: MomentPanelProps) {
  if (at === null) return <p className="quiet">{t("replay.moment_none")}</p>;
  const during = eventsDuring(day, at);
  return (
    <div
      className="moment"
      data-testid="moment"
      data-at={new Date(at * 1000).toISOString()}
      aria-live="polite"
    >
      <h2>{t("replay.at", { time: formatClock(at * 1000) })}</h2>
      {moment && <p className="moment-what">{wordsOf(moment, policy)}</p>}
      {during.map((event) => (
        <p key={event} className="moment-event">
          {t("replay.in_event", { event })}
        </p>
      ))}
      <h3 className="eyebrow">{t("replay.said")}</h3>
      <ul className="moment-said">
        {saidAt(day, at).map((said, i) => (
          <Said key={said.policy.name} said={said} place={i} at={at} />
        ))}
      </ul>
      <h3 className="eyebrow">{t("replay.values")}</h3>
      <dl className="moment-values">
        {LANES.flatMap((lane) => lane.signals).map((signal) => (
          <Value key={signal} signal={signal} day={day} at={at} />
        ))}
      </dl>
    </div>
  );
}

function wordsOf(moment: Moment, policy: string): string {
  if (moment.kind === "raised") return t("replay.moment.raised", { policy, title: moment.words });
  return t(`replay.moment.${moment.kind}`, { event: capital(moment.words) });
}

function Said({ said, place, at }: { said: SaidAt; place: number; at: number }) {
  const reasons = [
    ...new Map(said.held.map((each) => [`${each.title} ${briefReason(each.reason)}`, each])).values(),
  ];
  return (
    <li data-policy={said.policy.name}>
      <p className="moment-policy">
        <PolicyMark place={place} size={12} />
        <strong>{said.policy.name}</strong>
        {said.standing.length === 0 && <span className="quiet">{t("replay.silent")}</span>}
      </p>
      {said.standing.map((alarm) => (
        <p key={`${alarm.rule} ${alarm.time}`} className="moment-alarm">
          <PriorityMark priority={alarm.priority} />
          <span>
            {alarm.title} <span className="quiet">{formatAge(at - Date.parse(alarm.time) / 1000)}</span>
            {alarm.is_true !== null && (
              <span className="quiet"> · {alarm.is_true ? t("replay.is_true") : t("replay.is_false")}</span>
            )}
          </span>
        </p>
      ))}
      {reasons.slice(-3).map((each) => (
        <p key={`${each.rule} ${each.time} ${each.reason}`} className="moment-held hatched">
          <span>
            {each.title}: {formatReason(each.reason, at * 1000)}
          </span>
        </p>
      ))}
    </li>
  );
}

function Value({ signal, day, at }: { signal: string; day: Day; at: number }) {
  const series = day.series[signal];
  const known = valueAt(series, at);
  if (!series) return null;
  return (
    <div>
      <dt>{signalTitle(signal)}</dt>
      <dd>
        {known === null ? (
          <span className="moment-missing hatched" role="img" aria-label={t("tile.no_value")} />
        ) : (
          <>
            <strong>{formatSignal(signal, known.value)}</strong>{" "}
            <span className="quiet">{formatUnit(series.unit)}</span>
          </>
        )}
      </dd>
      <dd className="quiet">
        {known === null ? t("tile.no_value") : t("age.ago", { age: formatAge(known.age) })}
      </dd>
    </div>
  );
}
