import { api, type DayAsked, dayPath } from "../api/client";
import type { Day } from "../api/comparison-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, patientAddress, useQuery } from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { formatDate } from "../words/format";
import { DayView, hoursOf } from "./DayView";
import { secondsOf } from "./moments";
import "../patient/patient.css";
import "../policies/policies.css";
import "./replay.css";

interface ReplayPageProps {
  id: string;
  /** The kept comparison that the day belongs to; null for a patient of the record. */
  comparison: string | null;
}

function change(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  go(`${window.location.pathname}?${query}`, true);
}

/** One patient's day, with what each policy said or would have said. */
export default function ReplayPage({ id, comparison }: ReplayPageProps) {
  const given = Number(useQuery("day"));
  const policy = useQuery("policy");
  const factor = Number(useQuery("factor")) || null;
  const at = useQuery("at");
  const number = Number.isInteger(given) && given >= 1 ? given : comparison === null ? 0 : 1;
  // Another policy of the same answer asks for nothing new: the setting belongs to the one that it was opened with.
  const of = useQuery("of") ?? policy;
  const asked: DayAsked = { comparison, patient: id, day: number, policy: of, factor };
  const day = useResource(dayPath(asked), () => api.day(asked));

  if (day.status === "loading")
    return (
      <div className="patient">
        <Skeleton rows={1} height={64} />
        <Skeleton rows={8} height={64} />
      </div>
    );
  if (!day.data) {
    if (day.error?.status === 404)
      return <Message page title={t("replay.not_found")} body={`${day.error.what}. ${day.error.mend}`} />;
    return day.error && <Failed error={day.error} onRetry={day.reload} />;
  }
  const shown = day.data;
  const chosen = shown.policies.find((each) => each.name === policy) ?? shown.policies.at(-1);
  const inDay = at !== null && at >= shown.start && at < shown.end ? secondsOf(at) : null;
  return (
    <div className="patient">
      <Head day={shown} asked={asked} />
      {chosen && (
        <DayView
          key={dayPath(asked)}
          day={shown}
          policy={chosen}
          startAt={inDay}
          onPolicy={(name) => change({ policy: name, ...(factor !== null && of !== null ? { of } : {}) })}
        />
      )}
    </div>
  );
}

function Head({ day, asked }: { day: Day; asked: DayAsked }) {
  const { comparison } = day;
  const back =
    comparison === null
      ? patientAddress(day.patient)
      : `/policies/${encodeURIComponent(comparison)}${setting(asked)}`;
  const label = comparison === null ? t("replay.back_patient") : t("replay.back_comparison");
  const file = `${day.pseudonym}-day-${day.day}`;
  return (
    <header className="patient-head replay-head">
      <Link href={back} className="icon-button" aria-label={label} title={label}>
        <Icon name="back" />
      </Link>
      <div className="patient-who">
        <h1>
          {day.pseudonym}
          <span className="replay-date">
            {formatDate(Date.parse(day.start))} {hoursOf(day)}
          </span>
        </h1>
        <p className="quiet small">
          {comparison === null ? t("replay.lead_record") : t("replay.lead_kept")}{" "}
          {day.simulated && <strong>{t("app.simulated")}.</strong>}
        </p>
      </div>
      <div className="replay-days">
        <button
          type="button"
          className="button small"
          disabled={day.day <= 1}
          onClick={() => change({ day: String(day.day - 1), at: null })}
        >
          {t("replay.day_before")}
        </button>
        <span className="small">{t("replay.day", day)}</span>
        <button
          type="button"
          className="button small"
          disabled={day.day >= day.days}
          onClick={() => change({ day: String(day.day + 1), at: null })}
        >
          {t("replay.day_after")}
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="replay-save" role="group" aria-label={t("replay.save")}>
        <a className="button small" href={dayPath(asked, "/said.csv")} download={`${file}.csv`}>
          {t("replay.csv")}
        </a>
        <a className="button small" href={dayPath(asked)} download={`${file}.json`}>
          {t("replay.json")}
        </a>
      </div>
    </header>
  );
}

function setting({ policy, factor }: DayAsked): string {
  return policy && factor ? `?${new URLSearchParams({ policy, factor: String(factor) })}` : "";
}
