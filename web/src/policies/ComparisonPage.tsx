import { useState } from "react";
import { api } from "../api/client";
import type { Comparison } from "../api/comparison-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, useQuery } from "../app/router";
import { spaced } from "../finding/inputs";
import { Failed, Message, Skeleton } from "../look/Message";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";
import { EventsTable } from "./EventsTable";
import { HoursPlot } from "./HoursPlot";
import { LoadPlot, type Measure } from "./LoadPlot";
import { NumbersTable } from "./NumbersTable";
import { PatientsTable } from "./PatientsTable";
import { PolicyMark } from "./PolicyMark";
import { SettingNumbers } from "./SettingNumbers";
import { firstPolicy, isJudged, namedPolicies, settingAt, settingsOf } from "./settings";
import { formatFactor } from "./words";
import "./policies.css";

export default function ComparisonPage({ name }: { name: string }) {
  const comparison = useResource(`comparison ${name}`, () => api.comparison(name));
  if (comparison.status === "loading")
    return (
      <div className="page">
        <Skeleton rows={1} height={64} />
        <Skeleton rows={1} height={440} />
      </div>
    );
  if (!comparison.data) {
    if (comparison.error?.status === 404)
      return <Message page title={t("policies.not_found")} body={t("policies.not_found_body", { name })} />;
    return comparison.error && <Failed error={comparison.error} onRetry={comparison.reload} />;
  }
  return <Shown comparison={comparison.data} />;
}

function Shown({ comparison }: { comparison: Comparison }) {
  const policies = namedPolicies(comparison);
  const asked = useQuery("policy");
  const policy = asked !== null && asked in comparison.document.policies ? asked : firstPolicy(comparison);
  const factor = Number(useQuery("factor") ?? 1);
  const chosen = settingAt(comparison, policy, factor);
  const judged = isJudged(comparison);
  const [measure, setMeasure] = useState<Measure>("missed");

  function choose(to: string, at: number) {
    const query = new URLSearchParams({ policy: to, factor: String(at) });
    go(`${window.location.pathname}?${query}`, true);
  }

  if (!chosen) return <Message page title={comparison.title} body={t("policies.empty_comparison")} />;
  const settings = settingsOf(comparison, policy);
  const asItIs = settings.find((each) => each.factor === 1);
  return (
    <div
      className="comparison"
      data-testid="comparison"
      data-judged={judged}
      data-policy={policy}
      data-factor={chosen.factor}
    >
      <Head comparison={comparison} />
      {judged && (
        <section className="panel comparison-plot" aria-labelledby="plot-title">
          <div className="comparison-tools">
            <h2 id="plot-title">{t("policies.plot_title")}</h2>
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
            <div className="segments" role="group" aria-label={t("policies.measure")}>
              {(["missed", "sensitivity"] as const).map((each) => (
                <button
                  key={each}
                  type="button"
                  aria-pressed={measure === each}
                  onClick={() => setMeasure(each)}
                >
                  {t(`policies.measure.${each}`)}
                </button>
              ))}
            </div>
          </div>
          <LoadPlot comparison={comparison} chosen={chosen} measure={measure} onChoose={choose} />
          <p className="quiet small">{t("policies.plot_legend")}</p>
        </section>
      )}

      <section className="panel comparison-setting" aria-labelledby="setting-title">
        <h2 id="setting-title" className="hidden-text">
          {t("policies.setting_title")}
        </h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="policy-choice" role="group" aria-label={t("policies.choose")}>
          {policies.map(([name, numbers], i) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === policy}
              title={numbers.title}
              onClick={() => choose(name, 1)}
            >
              <PolicyMark place={i} />
              {name}
            </button>
          ))}
        </div>
        {settings.length > 1 ? (
          <Strictness
            factors={settings.map((each) => each.factor)}
            factor={chosen.factor}
            onChoose={(at) => choose(policy, at)}
          />
        ) : (
          <p className="quiet small">{t("policies.no_sweep")}</p>
        )}
        <SettingNumbers comparison={comparison} chosen={chosen} />
      </section>

      {judged && (
        <section className="panel comparison-events" aria-labelledby="events-title">
          <h2 id="events-title">
            {t("policies.events_title", { policy, factor: formatFactor(chosen.factor) })}
          </h2>
          <EventsTable comparison={comparison} chosen={chosen} />
        </section>
      )}
      <section className="panel comparison-hours" aria-labelledby="hours-title">
        <h2 id="hours-title">{t("policies.hours_title")}</h2>
        {!judged && <p>{t("policies.silent")}</p>}
        <p className="quiet small">
          {t("policies.hours_lead", {
            patients: formatNumber(Number(comparison.document.definitions.patients_per_nurse ?? 8)),
          })}
        </p>
        <HoursPlot
          hours={chosen.numbers.load_by_hour}
          asItIs={chosen.factor !== 1 && asItIs ? asItIs.numbers.load_by_hour : null}
        />
      </section>
      <section className="panel comparison-numbers" aria-labelledby="numbers-title">
        <h2 id="numbers-title">{t("policies.numbers_title")}</h2>
        <NumbersTable comparison={comparison} />
        <Definitions definitions={comparison.document.definitions} />
      </section>
      <section className="panel comparison-patients" aria-labelledby="patients-title">
        <h2 id="patients-title">{t("policies.patients_title")}</h2>
        <PatientsTable comparison={comparison} policy={policy} />
      </section>
    </div>
  );
}

/** What each number means, in the evaluation's own words. */
function Definitions({ definitions }: { definitions: Record<string, unknown> }) {
  const words = Object.entries(definitions).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return (
    <details className="definitions">
      <summary>{t("policies.definitions")}</summary>
      <dl className="pairs">
        {words.map(([name, meaning]) => (
          <div key={name}>
            <dt>{spaced(name)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Head({ comparison }: { comparison: Comparison }) {
  const { data } = comparison.document;
  return (
    <header className="comparison-head">
      <div>
        <p className="small">
          <Link href="/policies?all=1">{t("policies.title")}</Link>
        </p>
        <h1>{comparison.title}</h1>
        <p className="quiet small">
          {[
            t("policies.patients", { count: data.patients }),
            t("policies.days", { n: formatNumber(data.patient_days, data.patient_days % 1 === 0 ? 0 : 1) }),
            data.events === undefined
              ? t("policies.truth_unknown")
              : t("policies.events", { count: data.events }),
            t("policies.made", { time: formatMoment(Date.parse(comparison.made_at), serverNow()) }),
          ].join(" · ")}
        </p>
      </div>
      {(comparison.simulated || comparison.note) && (
        <p className={comparison.simulated ? "comparison-note hatched" : "comparison-note"}>
          <span>{comparison.note || t("app.simulated")}</span>
        </p>
      )}
    </header>
  );
}

interface StrictnessProps {
  factors: number[];
  factor: number;
  onChoose: (factor: number) => void;
}

/** Along the family: every stop was replayed and judged. */
function Strictness({ factors, factor, onChoose }: StrictnessProps) {
  const place = Math.max(0, factors.indexOf(factor));
  return (
    <div className="strictness">
      <label htmlFor="strictness">
        <span>{t("policies.strictness")}</span>
        <output data-testid="factor">{formatFactor(factor)}</output>
      </label>
      <input
        id="strictness"
        data-testid="strictness"
        type="range"
        min={0}
        max={factors.length - 1}
        step={1}
        value={place}
        list="strictness-stops"
        aria-valuetext={
          factor === 1
            ? t("policies.as_it_is")
            : t("policies.strictness_at", { factor: formatFactor(factor) })
        }
        onChange={(event) => onChoose(factors[Number(event.target.value)] ?? 1)}
      />
      <div className="strictness-stops" aria-hidden="true">
        {factors.map((each) => (
          <span key={each} data-current={each === factor}>
            {formatFactor(each)}
          </span>
        ))}
      </div>
      <p className="quiet small">{t("policies.strictness_words")}</p>
    </div>
  );
}
