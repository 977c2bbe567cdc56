import type { Comparison } from "../api/comparison-types";
import { Link } from "../app/Link";
import { replayAddress } from "../app/router";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";
import { dayOf, eventsAt, type JudgedEvent, type Setting } from "./settings";
import { capital } from "./words";

/** Every true event at the chosen setting, the missed ones first; each opens the day in which it happened. */
export function EventsTable({ comparison, chosen }: { comparison: Comparison; chosen: Setting }) {
  const events = eventsAt(comparison, chosen.policy, chosen.factor);
  if (events.length === 0) return <p className="quiet small">{t("policies.events_none")}</p>;
  const lost = events.filter((each) => each.lost).length;
  return (
    <>
      <p className="small" data-testid="lost" aria-live="polite">
        {lost > 0 ? t("policies.lost", { count: lost }) : t("policies.lost_none")}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="table-frame tall" tabIndex={0} aria-label={t("policies.event_rows")}>
        <table className="table" data-testid="events">
          <thead>
            <tr>
              <th scope="col">{t("policies.event")}</th>
              <th scope="col">{t("policies.patient")}</th>
              <th scope="col">{t("policies.onset")}</th>
              <th scope="col">{t("policies.told")}</th>
            </tr>
          </thead>
          <tbody>
            {events.map((each) => (
              <tr
                key={`${each.event.patient} ${each.event.event} ${each.event.onset}`}
                data-missed={each.afterMin === null}
                data-lost={each.lost}
              >
                <td>
                  <Link href={address(comparison, chosen, each)}>{capital(each.event.event)}</Link>
                </td>
                <td>{each.event.patient}</td>
                <td className="number-quiet">
                  {formatMoment(Date.parse(each.event.onset), Date.parse(each.event.onset) + 1)}
                </td>
                <td>
                  <Told judged={each} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function address(comparison: Comparison, chosen: Setting, { event }: JudgedEvent): string {
  return replayAddress(comparison.name, event.patient, {
    day: dayOf(comparison, event.patient, event.onset),
    policy: chosen.policy,
    factor: chosen.factor,
    at: event.onset,
  });
}

function Told({ judged }: { judged: JudgedEvent }) {
  if (judged.afterMin === null)
    return (
      <span className="event-missed hatched">
        <strong>{judged.lost ? t("policies.told_lost") : t("policies.told_missed")}</strong>
      </span>
    );
  const minutes = Math.round(judged.afterMin);
  return (
    <>
      {minutes < 0
        ? t("policies.told_before", { n: formatNumber(-minutes) })
        : t("policies.told_after", { n: formatNumber(minutes) })}
      {judged.won && <strong> {t("policies.told_won")}</strong>}
    </>
  );
}
