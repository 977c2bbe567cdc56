import type { Audiogram, Average, Ear, Hearing } from "../api/exposure-types";
import { Link } from "../app/Link";
import { planAddress } from "../app/router";
import { t, tMaybe } from "../words";
import { formatNumber, formatValue } from "../words/format";

const EARS: Ear[] = ["right", "left"];

/** What each scale says, or why it says nothing; a refusal is as large as a grade. */
export function Grades({ shown }: { shown: Audiogram }) {
  return (
    <div className="table-frame">
      <table className="table" data-testid="grades">
        <thead>
          <tr>
            <th scope="col">{t("hearing.scale")}</th>
            <th scope="col">{t("hearing.grade")}</th>
            {EARS.map((ear) => (
              <th scope="col" key={ear}>
                {t(`hearing.ear.${ear}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(shown.grades).map(([model, one]) => (
            <tr key={model} data-model={model}>
              <td>
                <Link href={`/models/${encodeURIComponent(model)}`} title={one.citation}>
                  {one.title}
                </Link>
              </td>
              {one.refused ? (
                <td colSpan={3} className="hatched">
                  <span className="grade-refused">{t("hearing.refused", { reason: one.refused })}</span>
                </td>
              ) : (
                <>
                  <td>
                    <strong className="grade">{word(one.grade ?? one.change)}</strong>
                  </td>
                  <td>{word(one.grade_right ?? one.change_right)}</td>
                  <td>{word(one.grade_left ?? one.change_left)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function word(grade: string | undefined): string {
  return grade === undefined ? "–" : tMaybe(`app.${grade}`, grade);
}

export function Averages({ shown }: { shown: Audiogram }) {
  return (
    <div className="table-frame">
      <table className="table" data-testid="averages">
        <thead>
          <tr>
            <th scope="col">{t("hearing.ear")}</th>
            <th scope="col">{t("hearing.average.speech")}</th>
            <th scope="col">{t("hearing.average.high")}</th>
          </tr>
        </thead>
        <tbody>
          {EARS.map((ear) => (
            <tr key={ear}>
              <td>{t(`hearing.ear.${ear}`)}</td>
              <td>{averageWords(shown.averages[ear].pure_tone_average)}</td>
              <td>{averageWords(shown.averages[ear].high_frequency_average)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function averageWords(one: Average): string {
  if (one.level_db === null)
    return t("hearing.not_measured", { hz: one.missing_hz.map(formatValue).join(", ") });
  const level = `${formatNumber(one.level_db, 1)} dB HL`;
  return one.is_at_least ? t("hearing.at_least", { level }) : level;
}

/** The dose to each cochlea of each plan, beside the ear that it is of. */
export function Cochleae({ patient, plans }: { patient: string; plans: Hearing["cochlea"] }) {
  if (plans.length === 0) return <p className="quiet small">{t("hearing.cochlea_none")}</p>;
  return (
    <div className="table-frame">
      <table className="table" data-testid="cochleae">
        <thead>
          <tr>
            <th scope="col">{t("hearing.ear")}</th>
            <th scope="col" className="number">
              {t("hearing.mean")}
            </th>
            <th scope="col" className="number">
              {t("hearing.max")}
            </th>
            <th scope="col">{t("hearing.plan")}</th>
          </tr>
        </thead>
        <tbody>
          {plans.flatMap(({ view, title, cochleae }) =>
            cochleae.map((one) => (
              <tr key={`${view} ${one.name}`}>
                <td>
                  {one.ear ? t(`hearing.ear.${one.ear}`) : one.name} <span className="quiet">{one.name}</span>
                </td>
                {one.mean_gy === null || one.max_gy === null ? (
                  <td colSpan={2} className="hatched">
                    <span className="grade-refused">{one.problem}</span>
                  </td>
                ) : (
                  <>
                    <td className="number">{formatNumber(one.mean_gy, 2)}</td>
                    <td className="number">{formatNumber(one.max_gy, 2)}</td>
                  </>
                )}
                <td>
                  <Link href={planAddress(patient, view)}>{title}</Link>
                  {!one.is_complete && <span className="ledger-more">{t("hearing.cut")}</span>}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
