import { api } from "../api/client";
import type { Diagnosis, ModelVersion } from "../api/diagnosis-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { diagnosisAddress, go } from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { Curves } from "./Curves";
import { fates, PeopleArray, treatmentWords } from "./People";
import "./course.css";

interface ViewProps {
  id: string;
  diagnosis: Diagnosis;
  model: string;
  year: number;
}

/** What can be shown to the patient, and printed: people, not percent; nothing that only a doctor needs. */
export function PatientView({ id, diagnosis, model, year }: ViewProps) {
  const course = useResource(`course ${id} ${model} shown`, () => api.course(id, model));
  const version = diagnosis.assessment.questions
    .flatMap((each) => each.models.flatMap((family) => family.versions))
    .find((each) => each.model === model);
  const back = (
    <Link href={diagnosisAddress(id)} className="button">
      <Icon name="back" size={16} /> {t("show.back")}
    </Link>
  );
  return (
    <div className="show-patient" data-testid="patient-view">
      <div className="show-tools">
        {back}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("answers.years")}>
          {[5, 10, 15].map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === year}
              onClick={() =>
                go(`${diagnosisAddress(id)}?show=${encodeURIComponent(model)}&year=${each}`, true)
              }
            >
              {t("answers.year", { n: each })}
            </button>
          ))}
        </div>
        <button type="button" className="button" onClick={() => window.print()}>
          <Icon name="print" size={16} /> {t("show.print")}
        </button>
      </div>
      {course.status === "loading" && <Skeleton rows={1} height={480} />}
      {course.status === "failed" &&
        (course.error.status === 404 ? (
          <Message page title={course.error.what} body={course.error.mend} />
        ) : (
          <Failed error={course.error} onRetry={course.reload} />
        ))}
      {course.data && version && <Sheet course={course.data} version={version} year={year} />}
    </div>
  );
}

function Sheet({
  course,
  version,
  year,
}: {
  course: NonNullable<Awaited<ReturnType<typeof api.course>>>;
  version: ModelVersion;
  year: number;
}) {
  const hundred = course.people.find((each) => each.year === year) ?? course.people[0];
  if (!hundred) return null;
  return (
    <article className="show-sheet">
      <header>
        <h1>{t("show.title")}</h1>
        <p>{t("show.lead", { n: hundred.year })}</p>
      </header>
      <div className="show-parts">
        <PeopleArray hundred={hundred} />
        <ul className="show-words">
          {fates(hundred).map((part) => (
            <li key={part.fate} data-fate={part.fate}>
              <span className={`show-swatch person-${part.fate}`} aria-hidden="true">
                {part.people}
              </span>
              {part.given === null
                ? t(
                    part.fate === "other"
                      ? "show.other"
                      : part.fate === "cancer"
                        ? "show.cancer"
                        : "show.anyway",
                    { n: part.people },
                  )
                : part.people === 0
                  ? t("show.because_none", { treatment: treatmentWords(part.given) })
                  : t("show.because", { n: part.people, treatment: treatmentWords(part.given) })}
            </li>
          ))}
        </ul>
      </div>
      <h2>{t("show.curves")}</h2>
      <Curves course={course} year={hundred.year} height={280} steps={false} />
      <footer>
        <p>{t("show.meaning")}</p>
        <p className="quiet small">
          {t("show.source", {
            title: version.title.replace(/:.*$/, ""),
            here: version.here.words,
          })}{" "}
          {t("app.research")}
        </p>
      </footer>
    </article>
  );
}
