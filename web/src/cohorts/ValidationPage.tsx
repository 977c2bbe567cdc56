import type { ReactNode } from "react";
import { api } from "../api/client";
import { useResource } from "../api/use-resource";
import type { Validation } from "../api/validation-types";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { formatDate, formatNumber } from "../words/format";
import { CalibrationPlot } from "./CalibrationPlot";
import { DecisionPlot } from "./DecisionPlot";
import { FigureCards } from "./FigureCards";
import { Forest } from "./Forest";
import { horizonWords } from "./figures";
import { GroupCurves } from "./GroupCurves";
import { sentences } from "./sentences";
import { MissingTable, NotAssessable, Refusals, Tripod } from "./Tables";
import "./cohorts.css";

export default function ValidationPage({ name }: { name: string }) {
  const validation = useResource(`validation ${name}`, () => api.validation(name));
  if (validation.status === "loading")
    return (
      <div className="page">
        <Skeleton rows={1} height={96} />
        <Skeleton rows={2} height={320} />
      </div>
    );
  if (!validation.data) {
    if (validation.error?.status === 404)
      return <Message page title={t("cohorts.not_found")} body={t("cohorts.not_found_body", { name })} />;
    return validation.error && <Failed error={validation.error} onRetry={validation.reload} />;
  }
  return <Shown validation={validation.data} />;
}

function Part(props: { id: string; title: string; wide?: boolean; lead?: string; children: ReactNode }) {
  return (
    <section
      className={props.wide ? "panel validation-part wide" : "panel validation-part"}
      aria-labelledby={`${props.id}-title`}
    >
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.lead && <p className="quiet small">{props.lead}</p>}
      {props.children}
    </section>
  );
}

function Shown({ validation }: { validation: Validation }) {
  const { document } = validation;
  const warnings = document.warnings ?? [];
  return (
    <article className="validation" data-testid="validation">
      <Head validation={validation} />
      <section className="panel validation-short" aria-labelledby="short-title">
        <h2 id="short-title">{t("validation.in_short")}</h2>
        <ol data-testid="sentences">
          {sentences(document).map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ol>
      </section>
      {warnings.length > 0 && (
        <section className="panel validation-warnings" aria-labelledby="warnings-title">
          <h2 id="warnings-title">{t("validation.warnings")}</h2>
          <ul data-testid="warnings">
            {warnings.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      <Part id="calibration" title={t("plot.calibration")}>
        <CalibrationPlot document={document} />
      </Part>
      <Part id="decision" title={t("plot.decision")}>
        <DecisionPlot document={document} />
      </Part>
      <Part id="figures" title={t("validation.figures")} wide>
        <FigureCards document={document} />
      </Part>
      <Part id="groups" title={t("plot.groups")} wide>
        <GroupCurves document={document} />
      </Part>
      <Part id="forest" title={t("forest.title")} lead={t("forest.lead")} wide>
        <Forest document={document} />
      </Part>
      <Part id="missing" title={t("missing.title_inputs")} wide>
        <MissingTable document={document} />
      </Part>
      <Part id="refusals" title={t("refusals.title")} wide>
        <Refusals document={document} />
      </Part>
      <Part id="not" title={t("notassessable.title")} wide>
        <NotAssessable document={document} />
      </Part>
      {(document.tripod_ai ?? []).length > 0 && (
        <Part id="tripod" title={t("tripod.title")} lead={t("tripod.lead")} wide>
          <Tripod document={document} />
        </Part>
      )}
    </article>
  );
}

function Head({ validation }: { validation: Validation }) {
  const { model, cohort, document } = validation;
  const median = document.cohort.follow_up_years?.median ?? null;
  const about = [
    t("cohorts.patients_events", {
      patients: cohort.patients ?? cohort.rows ?? t("app.unknown"),
      events: cohort.events ?? t("app.unknown"),
    }),
    cohort.hospitals === null ? null : t("validation.hospitals", { count: cohort.hospitals }),
    horizonWords(validation.horizon_years),
    median === null ? null : t("validation.follow_up", { n: formatNumber(median, 1) }),
    model.output ? t("validation.output", { output: model.output }) : null,
    t("validation.kept", { date: formatDate(Date.parse(validation.kept_at)) }),
  ].filter((each) => each !== null);
  return (
    <header className="validation-head">
      <div>
        <p className="small">
          <Link href="/cohorts">{t("cohorts.title")}</Link>
        </p>
        <h1>
          {t("validation.title", {
            model: (model.title ?? model.name).replace(/:.*$/, ""),
            cohort: cohort.source,
          })}
        </h1>
        <p className="quiet small">{about.join(" · ")}</p>
        <p className="small">
          <Link href={`/models/${encodeURIComponent(model.name)}`}>{model.name}</Link>{" "}
          {t("models.version", { version: model.version })} ·{" "}
          <span className="mono quiet" title={model.digest}>
            {model.digest.slice(0, 16)}
          </span>
        </p>
        {!model.current && (
          <p className="validation-note hatched">
            <span>{t(model.title === null ? "validation.no_model" : "validation.other_model")}</span>
          </p>
        )}
        {cohort.sample !== null && (
          <p className="validation-note" data-testid="open-cohort">
            <span>
              {t("validation.sample", {
                title: validation.sample_title ?? cohort.sample,
                source: validation.sample_source ?? "",
              })}
            </span>
          </p>
        )}
      </div>
      <TakeAway id={validation.id} />
    </header>
  );
}

/** The same in files; the browser saves them. */
function TakeAway({ id }: { id: string }) {
  const base = `/api/validations/${encodeURIComponent(id)}`;
  return (
    <nav className="validation-export" aria-label={t("validation.export")}>
      <a className="button small" href={`${base}/report.html`} download>
        {t("validation.export_html")}
      </a>
      <a className="button small" href={`${base}/report.pdf`} download>
        {t("validation.export_pdf")}
      </a>
      <a className="button small" href={`${base}/figures.csv`} download>
        {t("validation.export_csv")}
      </a>
      <a className="button small" href={`${base}/validation.json`} download>
        {t("validation.export_json")}
      </a>
    </nav>
  );
}
