import { useCallback, useEffect, useRef } from "react";
import { api } from "../api/client";
import type { LedgerEntry } from "../api/exposure-types";
import { exposureApi } from "../api/exposures";
import { boardStore, liveStore, watchBed } from "../api/live";
import type { PatientDetail, Session } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, replayAddress, useQuery } from "../app/router";
import { ExposurePanel } from "../exposures/ExposurePanel";
import { Failed, Message, Skeleton } from "../look/Message";
import { wardStore } from "../state/preferences";
import { mayAct, maySetLimits } from "../state/session";
import { usePart } from "../state/store";
import { t } from "../words";
import { AlarmTables } from "./AlarmTables";
import { Findings } from "./Findings";
import { OwnLimits } from "./OwnLimits";
import { PatientHead } from "./PatientHead";
import { TimeLine } from "./TimeLine";
import "./patient.css";

const HOURS = [1, 6, 24];
/** Everything is read again this often; between times, live values are added as they come. */
const REREAD_MS = 5 * 60_000;

const NO_EXPOSURES: LedgerEntry[] = [];

export default function PatientPage({ id, session }: { id: string; session: Session }) {
  const detail = useResource(`patient ${id}`, () => api.patient(id));
  const ward = detail.data?.encounter?.ward;
  useEffect(() => {
    if (ward) wardStore.set(ward);
  }, [ward]);

  if (detail.status === "loading")
    return (
      <div className="patient">
        <Skeleton rows={1} height={64} />
        <Skeleton rows={5} height={92} />
      </div>
    );
  if (!detail.data) {
    if (detail.error?.status === 404) return <Message page title={t("patient.not_found")} body={id} />;
    return detail.error && <Failed error={detail.error} onRetry={detail.reload} />;
  }
  return <Patient id={id} session={session} detail={detail.data} onChanged={detail.reload} />;
}

interface PatientProps {
  id: string;
  session: Session;
  detail: PatientDetail;
  /** Asks for the patient's rules and tile again. */
  onChanged: () => void;
}

function Patient({ id, session, detail, onChanged }: PatientProps) {
  const asked = Number(useQuery("hours"));
  const hours = HOURS.includes(asked) ? asked : 6;
  const bed = detail.tile?.bed ?? detail.encounter?.bed ?? null;
  useEffect(() => (bed === null ? undefined : watchBed(bed)), [bed]);
  const live = usePart(
    boardStore,
    useCallback((board) => (bed === null ? null : (board?.tiles.get(bed) ?? null)), [bed]),
  );
  const tile = live?.patient?.id === id ? live : detail.tile;
  const frozen = usePart(liveStore, (state) => state.status === "lost");

  const series = useResource(`series ${id} ${hours}`, () => api.series(id, hours));
  const alarms = useResource(`alarms ${id} ${hours}`, () => api.alarms(id, hours));
  const findings = useResource(`findings ${id} ${hours}`, () => api.findings(id, hours));

  const exposures = useResource(`exposures ${id}`, () => exposureApi.patient(id));
  const exposed = exposures.data?.ledger.entries ?? NO_EXPOSURES;

  // When an alarm changes its state, the tables and the answers have changed too.
  const alarmKey = tile ? [...tile.notifications, ...tile.technical].map((n) => n.id + n.state).join() : "";
  const { reload: readAlarms } = alarms;
  const { reload: readFindings } = findings;
  const { reload: readSeries } = series;
  const readFor = useRef(alarmKey);
  useEffect(() => {
    if (readFor.current === alarmKey) return;
    readFor.current = alarmKey;
    readAlarms();
    readFindings();
  }, [alarmKey, readAlarms, readFindings]);
  useEffect(() => {
    const timer = setInterval(() => {
      readSeries();
      readAlarms();
      readFindings();
    }, REREAD_MS);
    return () => clearInterval(timer);
  }, [readSeries, readAlarms, readFindings]);

  // Other limits are other rules in the time line.
  const limitsKey = JSON.stringify(tile?.own_limits ?? []);
  const readWith = useRef(limitsKey);
  useEffect(() => {
    if (readWith.current === limitsKey) return;
    readWith.current = limitsKey;
    onChanged();
  }, [limitsKey, onChanged]);

  const about = [bed ? t("tile.bed", { bed }) : "", detail.patient.pseudonym].filter(Boolean).join(", ");
  return (
    <div className="patient">
      <PatientHead detail={detail} tile={tile} mayAct={mayAct(session)} />
      <div className="patient-columns">
        <div className="patient-main">
          <section className="panel patient-time" aria-labelledby="vitals-title">
            <div className="patient-tools">
              <h2 id="vitals-title">{t("patient.vitals")}</h2>
              {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
              <div className="segments" role="group" aria-label={t("patient.range")}>
                {HOURS.map((each) => (
                  <button
                    key={each}
                    type="button"
                    aria-pressed={each === hours}
                    onClick={() => go(`${window.location.pathname}?hours=${each}`, true)}
                  >
                    {t("patient.hours", { n: each })}
                  </button>
                ))}
              </div>
            </div>
            {series.status === "loading" && <Skeleton rows={5} height={92} />}
            {series.status === "failed" && !series.data && (
              <Failed error={series.error} onRetry={series.reload} />
            )}
            {series.data && (
              <TimeLine
                key={hours}
                series={series.data}
                alarms={alarms.data}
                rules={detail.rules}
                tile={tile}
                hours={hours}
                frozen={frozen}
                exposures={exposed}
              />
            )}
            <p className="quiet small">
              {t("patient.rules", detail.policy)} ·{" "}
              <Link href={replayAddress(null, id)}>{t("replay.open")}</Link>
            </p>
          </section>
          {exposures.data && exposed.length > 0 && <ExposurePanel id={id} exposures={exposures.data} />}
          {exposures.status === "failed" && !exposures.data && (
            <Failed error={exposures.error} onRetry={exposures.reload} title={t("exposures.title")} />
          )}
          <AlarmTables alarms={alarms} />
        </div>
        <Findings tile={tile} findings={findings} context={detail.context} about={about}>
          {tile && (
            <OwnLimits
              patient={id}
              mayChange={maySetLimits(session)}
              version={limitsKey}
              onChanged={onChanged}
            />
          )}
        </Findings>
      </div>
    </div>
  );
}
