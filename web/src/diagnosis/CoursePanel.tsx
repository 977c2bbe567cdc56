import { useState } from "react";
import { api } from "../api/client";
import type { ModelVersion } from "../api/diagnosis-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { diagnosisAddress } from "../app/router";
import { Failed, Skeleton } from "../look/Message";
import { t } from "../words";
import { Curves } from "./Curves";
import { PeopleArray, PeopleLegend } from "./People";
import "./course.css";

interface PanelProps {
  id: string;
  versions: ModelVersion[];
  /** Changes when other facts are kept. */
  key_: string;
  /** Whether what is shown elsewhere rests on facts that are not kept. */
  unsaved: boolean;
}

/** What treatment adds, as people and as curves, by one version that can be chosen. */
export function CoursePanel({ id, versions, key_, unsaved }: PanelProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [year, setYear] = useState(10);
  const telling = versions.filter((each) => each.has_course);
  const version = telling.find((each) => each.model === chosen) ?? telling.at(-1);
  if (!version) return null;
  const address = `${diagnosisAddress(id)}?show=${encodeURIComponent(version.model)}&year=${year}`;
  return (
    <section className="panel course" data-testid="course">
      <header className="versions-head">
        <h2>{t("course.title")}</h2>
        <div className="course-tools">
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
          <div className="segments" role="group" aria-label={t("course.model")}>
            {telling.map((each) => (
              <button
                key={each.model}
                type="button"
                aria-pressed={each.model === version.model}
                onClick={() => setChosen(each.model)}
              >
                {each.version}
              </button>
            ))}
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
          <div className="segments" role="group" aria-label={t("answers.years")}>
            {[5, 10, 15].map((each) => (
              <button key={each} type="button" aria-pressed={each === year} onClick={() => setYear(each)}>
                {t("answers.year", { n: each })}
              </button>
            ))}
          </div>
          {!unsaved && (
            <Link href={address} className="button" data-testid="show">
              {t("diagnosis.show")}
            </Link>
          )}
        </div>
      </header>
      {unsaved ? (
        <p className="quiet">{t("course.unsaved")}</p>
      ) : (
        <Told id={id} version={version} year={year} key_={key_} />
      )}
    </section>
  );
}

function Told({
  id,
  version,
  year,
  key_,
}: {
  id: string;
  version: ModelVersion;
  year: number;
  key_: string;
}) {
  const course = useResource(`course ${id} ${version.model} ${key_}`, () => api.course(id, version.model));
  if (course.status === "loading") return <Skeleton rows={1} height={300} />;
  if (!course.data) return course.error && <Failed error={course.error} onRetry={course.reload} />;
  const hundred = course.data.people.find((each) => each.year === year);
  return (
    <div className="course-parts">
      {hundred && (
        <figure className="course-people">
          <figcaption className="eyebrow">{t("course.people_title", { n: year })}</figcaption>
          <PeopleArray hundred={hundred} />
          <PeopleLegend hundred={hundred} />
        </figure>
      )}
      <figure>
        <figcaption className="eyebrow">{t("course.curves_title")}</figcaption>
        <Curves course={course.data} year={year} />
      </figure>
    </div>
  );
}
