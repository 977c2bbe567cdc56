import { useState } from "react";
import { ApiError, api } from "../api/client";
import type { Diagnosis, Pathway } from "../api/diagnosis-types";
import { Link } from "../app/Link";
import { diagnosisAddress, go, patientAddress } from "../app/router";
import { Icon } from "../look/Icon";
import { announce } from "../shell/announce";
import { serverNow } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatMoment } from "../words/format";

const PATHWAYS: Pathway[] = ["breast", "lung"];

interface HeadProps {
  id: string;
  diagnosis: Diagnosis;
  onKept: (diagnosis: Diagnosis) => void;
}

/** Who this is, which pathway, and what was kept. */
export function DiagnosisHead({ id, diagnosis, onKept }: HeadProps) {
  const { patient, applies, kept, assessment } = diagnosis;
  const [busy, setBusy] = useState(false);
  const facts = [
    patient.age !== null && patient.age !== undefined ? t("patient.years", { n: patient.age }) : null,
    patient.sex ? tMaybe(`patient.sex.${patient.sex}`, patient.sex) : null,
    patient.reason,
    id,
  ].filter(Boolean);

  async function keep() {
    setBusy(true);
    try {
      const said = await api.keepDiagnosis(id, assessment.pathway);
      onKept({ ...diagnosis, kept: said.time });
      announce(t("diagnosis.kept_now", { count: said.findings }));
    } catch (reason) {
      const what = reason instanceof ApiError ? `${reason.what} ${reason.mend}` : String(reason);
      announce(t("action.failed", { what }), true);
    } finally {
      setBusy(false);
    }
  }

  return (
    <header className="panel diagnosis-head">
      <Link
        href="/diagnosis"
        className="icon-button"
        aria-label={t("diagnoses.title")}
        title={t("diagnoses.title")}
      >
        <Icon name="back" />
      </Link>
      <div>
        <h1>
          <span className="hidden-text">{t("diagnosis.title", { patient: "" })}</span>
          {patient.pseudonym}
        </h1>
        <p className="quiet small">
          {facts.join(" · ")} · <Link href={patientAddress(id)}>{t("diagnosis.patient_page")}</Link>
        </p>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="segments" role="group" aria-label={t("diagnosis.pathway")}>
        {PATHWAYS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === assessment.pathway}
            title={applies.includes(each) ? t("diagnosis.applies") : undefined}
            onClick={() => go(`${diagnosisAddress(id)}?pathway=${each}`, true)}
          >
            {t(`diagnosis.pathway.${each}`)}
            {applies.includes(each) && <span aria-hidden="true"> ●</span>}
          </button>
        ))}
      </div>
      <div className="diagnosis-keep">
        <p className="quiet small" data-testid="kept">
          {kept
            ? t("diagnosis.kept", { time: formatMoment(Date.parse(kept), serverNow()) })
            : t("diagnosis.kept_never")}
        </p>
        {diagnosis.may_write && (
          <button
            type="button"
            className="button"
            disabled={busy}
            title={t("diagnosis.keep_title")}
            onClick={keep}
            data-testid="keep-answers"
          >
            {t("diagnosis.keep")}
          </button>
        )}
      </div>
    </header>
  );
}
