import type { ComparedPlans, LimitRow } from "../api/outcome-types";
import { Scrolled } from "../look/Scrolled";
import { t, tMaybe } from "../words";
import { formatNumber, formatUnit } from "../words/format";
import { lettersOf, PLAN_DASHES } from "./compared";

const LITTLE_GY = 1;
const gray = (gy: number) => formatNumber(gy, Number.isInteger(gy) ? 0 : 2);

/** A plan's line as it is in the histogram. */
export function PlanLine({ place }: { place: number }) {
  return (
    <svg className="plan-line" width="34" height="8" viewBox="0 0 34 8" aria-hidden="true">
      <path d="M1 4H33" strokeDasharray={(PLAN_DASHES[place] ?? []).join(" ")} />
    </svg>
  );
}

/** Which letter is which plan, and how its dose is given. */
export function PlansTable({ compared }: { compared: ComparedPlans }) {
  return (
    <section className="panel compare-part" aria-label={t("compare.given")}>
      <div className="table-frame">
        <table className="table" data-testid="compared-plans">
          <thead>
            <tr>
              <th scope="col">{t("compare.plan")}</th>
              <th scope="col">{t("plan.label")}</th>
              <th scope="col">{t("compare.line")}</th>
              <th scope="col">{t("compare.prescription")}</th>
            </tr>
          </thead>
          <tbody>
            {compared.plans.map((plan, place) => (
              <tr key={plan.letter}>
                <th scope="row">{plan.letter}</th>
                <td>{plan.label || "–"}</td>
                <td>
                  <PlanLine place={place} />
                </td>
                <td>
                  {plan.prescription_gy !== null && plan.fractions !== null
                    ? t("outcome.course", {
                        gy: gray(plan.prescription_gy),
                        fractions: plan.fractions,
                        each: formatNumber(plan.prescription_gy / plan.fractions, 2),
                      })
                    : "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Figures of every structure that gets any dose to speak of, and how they differ from those of plan A. */
export function ComparedDoses({ compared }: { compared: ComparedPlans }) {
  const letters = lettersOf(compared);
  const { structures, not_in_all: apart } = compared.comparison;
  const shown = structures.filter(({ metrics }) =>
    Object.values(metrics).some(({ values }) =>
      Object.values(values).some((value) => (value ?? 0) >= LITTLE_GY),
    ),
  );
  return (
    <details className="panel compare-part">
      <summary>
        <h2>{t("compare.figures")}</h2>
      </summary>
      <p className="quiet small">{t("compare.physical")}</p>
      <Scrolled label={t("compare.figures")}>
        <table className="table" data-testid="compared-doses">
          <thead>
            <tr>
              <th scope="col">{t("plan.structure")}</th>
              <th scope="col">{t("compare.figure")}</th>
              {letters.map((letter) => (
                <th key={letter} scope="col" className="number">
                  {letter}
                </th>
              ))}
              {letters.slice(1).map((letter) => (
                <th key={letter} scope="col" className="number">
                  {letter} − A
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.flatMap(({ structure, metrics }) =>
              Object.entries(metrics).map(([name, { unit, values, less_a: less }], row) => (
                <tr key={`${structure} ${name}`}>
                  <th scope="row">
                    {row === 0 ? structure : <span className="hidden-text">{structure}</span>}
                  </th>
                  <td>
                    {name} <span className="quiet">{formatUnit(unit)}</span>
                  </td>
                  {letters.map((letter) => (
                    <td key={letter} className="number">
                      {figure(values[letter])}
                    </td>
                  ))}
                  {letters.slice(1).map((letter) => (
                    <td key={letter} className="number">
                      {signed(less[letter])}
                    </td>
                  ))}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </Scrolled>
      {apart.length > 0 && (
        <p className="quiet small">{t("compare.not_in_all", { names: apart.join(", ") })}</p>
      )}
    </details>
  );
}

const figure = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : formatNumber(value, 2);

function signed(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const text = formatNumber(Math.abs(value), 2);
  return Number(value.toFixed(2)) === 0 ? text : `${value > 0 ? "+" : "−"}${text}`;
}

type Limits = NonNullable<ComparedPlans["constraints"]>;

/** Each limit that some plan could be held against, with each plan's figure and whether it is met. */
export function ComparedLimits({ compared, limits }: { compared: ComparedPlans; limits: Limits }) {
  const letters = lettersOf(compared);
  const assessed = limits.rows.filter(({ plans }) =>
    Object.values(plans).some(({ status }) => status !== "not assessable"),
  );
  const left = limits.rows.length - assessed.length;
  return (
    <section className="panel compare-part" aria-labelledby="limits-title">
      <h2 id="limits-title">{t("compare.limits")}</h2>
      <p className="small">{limits.protocol.title}</p>
      {assessed.length > 0 && (
        <Scrolled label={t("compare.limits_rows")}>
          <table className="table" data-testid="compared-limits">
            <thead>
              <tr>
                <th scope="col">{t("plan.structure")}</th>
                <th scope="col">{t("compare.figure")}</th>
                <th scope="col">{t("compare.limit")}</th>
                {letters.map((letter) => (
                  <th key={letter} scope="col">
                    {t("compare.plan")} {letter}:{" "}
                    {t("compare.met", {
                      met: limits.summary[letter]?.pass ?? 0,
                      of: assessed.filter(({ plans }) => plans[letter]?.status !== "not assessable").length,
                    })}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {assessed.map((row) => (
                <tr key={`${row.structure} ${row.metric} ${row.limit} ${row.valid_for}`}>
                  <th scope="row">{row.structure}</th>
                  <td>{row.metric}</td>
                  <td title={row.endpoint}>{row.limit}</td>
                  {letters.map((letter) => (
                    <td key={letter}>
                      <LimitCell row={row} letter={letter} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
      {left > 0 && <p className="quiet small">{t("compare.not_assessable", { count: left })}</p>}
      <p className="quiet small">{limits.protocol.source}</p>
    </section>
  );
}

/** Shape and word tell it, not colour alone. */
const MARKS: Record<string, string> = {
  pass: "M3 8.500 6.500 12 13 4",
  variation: "M2 10c2-4 4-4 6-2s4 2 6-2",
  fail: "M4 4l8 8M12 4l-8 8",
};

function LimitCell({ row, letter }: { row: LimitRow; letter: string }) {
  const cell = row.plans[letter];
  if (!cell || cell.status === "not assessable")
    return (
      <span className="limit limit-none hatched" title={cell?.reason}>
        <span>{t("compare.status.not_assessable")}</span>
      </span>
    );
  return (
    <span className={`limit limit-${cell.status}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={MARKS[cell.status] ?? ""} />
      </svg>
      {cell.value !== null && `${formatNumber(cell.value, 1)} ${formatUnit(row.unit)}`}{" "}
      <strong>{tMaybe(`compare.status.${cell.status}`, cell.status)}</strong>
    </span>
  );
}

/** What must be read with the numbers. */
export function ComparedNotes({ compared }: { compared: ComparedPlans }) {
  const { combined, endpoints, control } = compared.comparison;
  const notes = [...new Set([...compared.warnings, ...compared.plans.flatMap((plan) => plan.notes)])];
  const sources = new Map(endpoints.map(({ model, citation }) => [model.name, citation]));
  if (control) sources.set(control.model.name, control.citation);
  return (
    <details className="panel compare-part">
      <summary>
        <h2>{t("compare.notes")}</h2>
      </summary>
      <ul className="compare-small small">
        {combined && (
          <li>
            {t("outcome.together")}:{" "}
            {t("outcome.together_of", {
              parts: combined.of.map(({ structure, model }) => `${structure} (${model})`).join(", "),
              assumes: combined.assumes.join("; "),
            })}
          </li>
        )}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {[...sources].map(([name, citation]) => (
          <li key={name}>
            {name}: {citation}
          </li>
        ))}
      </ul>
    </details>
  );
}
