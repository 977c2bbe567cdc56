import { imagingApi } from "../api/imaging";
import type { PatientDetail, Tile } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { diagnosisAddress, exposuresAddress, hearingAddress, planAddress } from "../app/router";
import { Icon } from "../look/Icon";
import { StateMark } from "../look/StateMark";
import { serverNow } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatMoment } from "../words/format";
import { LiveAlarms } from "./LiveAlarms";

interface HeadProps {
  detail: PatientDetail;
  tile: Tile | null;
  mayAct: boolean;
}

/** Who this is, how they are, and what is open. */
export function PatientHead({ detail, tile, mayAct }: HeadProps) {
  const { patient, encounter } = detail;
  const imaging = useResource(`imaging ${patient.id}`, () => imagingApi.imaging(patient.id));
  const hasViews = (imaging.data?.studies ?? []).some(({ views }) => views.length > 0);
  const bed = tile?.bed ?? encounter?.bed;
  const facts = [
    patient.age !== null && patient.age !== undefined ? t("patient.years", { n: patient.age }) : null,
    patient.sex ? tMaybe(`patient.sex.${patient.sex}`, patient.sex) : null,
    patient.reason,
    encounter?.start
      ? t("patient.since", { time: formatMoment(Date.parse(encounter.start), serverNow()) })
      : null,
  ].filter(Boolean);
  const ward = encounter?.ward;
  const open = tile ? [...tile.notifications, ...tile.technical] : [];
  return (
    <header className="patient-head" data-state={tile?.state}>
      <Link
        href={ward ? `/ward/${encodeURIComponent(ward)}` : "/"}
        className="icon-button"
        aria-label={t("patient.back")}
        title={t("patient.back")}
      >
        <Icon name="back" />
      </Link>
      {bed && <p className="patient-bed">{bed}</p>}
      <div className="patient-who">
        <h1>{patient.pseudonym}</h1>
        <p className="quiet small">
          {facts.join(" · ")}
          {facts.length > 0 && " · "}
          <Link href={diagnosisAddress(patient.id)}>{t("diagnosis.open")}</Link>
          {" · "}
          <Link href={exposuresAddress(patient.id)}>{t("exposures.open")}</Link>
          {" · "}
          <Link href={hearingAddress(patient.id)}>{t("hearing.open")}</Link>
          {hasViews && (
            <>
              {" · "}
              <Link href={planAddress(patient.id)}>{t("plan.open")}</Link>
            </>
          )}
        </p>
      </div>
      {tile && (
        <p className="patient-state live" data-testid="patient-state" data-state={tile.state}>
          <StateMark state={tile.state} size={26} />
          {t(`state.${tile.state}`)}
        </p>
      )}
      {open.length > 0 && <LiveAlarms alarms={open} mayAct={mayAct} />}
    </header>
  );
}
