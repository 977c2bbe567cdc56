import type { BeamHead, DvhAnswer, PlanView } from "../api/imaging-types";
import { t } from "../words";
import { formatNumber } from "../words/format";

const gy = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : formatNumber(value, 2);

/** Of each structure its volume, its doses and the figures that were asked for. */
export function MetricsTable({ dvh, view }: { dvh: DvhAnswer; view: PlanView }) {
  const units = Object.assign({}, ...dvh.structures.map(({ metric_units }) => metric_units ?? {})) as Record<
    string,
    string
  >;
  const names = [...new Set(dvh.structures.flatMap(({ metrics }) => Object.keys(metrics ?? {})))];
  const colour = (number: number) => view.structures.find((each) => each.number === number)?.colour;
  return (
    <table className="table" data-testid="metrics">
      <thead>
        <tr>
          <th scope="col">{t("plan.structure")}</th>
          <th scope="col" className="number">
            {t("plan.volume_cm3")}
          </th>
          <th scope="col" className="number">
            {t("plan.least")}
          </th>
          <th scope="col" className="number">
            {t("plan.mean")}
          </th>
          <th scope="col" className="number">
            {t("plan.greatest")}
          </th>
          {names.map((name) => (
            <th key={name} scope="col" className="number metric">
              {units[name] ? `${name}, ${units[name]}` : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {dvh.structures.map((each) => (
          <tr key={each.number}>
            <th scope="row">
              <span className="swatch" style={{ background: colour(each.number) }} />
              {each.name}
            </th>
            <td className="number">{gy(each.volume_cm3)}</td>
            <td className="number">{gy(each.min_gy)}</td>
            <td className="number">{gy(each.mean_gy)}</td>
            <td className="number">{gy(each.max_gy)}</td>
            {names.map((name) => (
              <td key={name} className="number">
                {gy(each.metrics?.[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Degrees as a plan turns through them: one, or from the first to the last. */
function gantryWords({ gantry_degrees: from, gantry_end_degrees: to }: BeamHead): string {
  if (from === null || from === undefined) return "–";
  const words = (degrees: number) => `${formatNumber(degrees, 1)}°`;
  return to === null || to === undefined || to === from ? words(from) : `${words(from)} – ${words(to)}`;
}

export function PlanTable({ view }: { view: PlanView }) {
  const { plan, dose } = view;
  if (!plan) return <p className="quiet small plan-empty">{t("plan.plan_none")}</p>;
  const prescription = plan.prescription_gy ?? dose?.prescription_gy ?? null;
  return (
    <div className="plan-facts">
      <dl>
        <div>
          <dt>{t("plan.label")}</dt>
          <dd>{plan.label ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("plan.fractions")}</dt>
          <dd>{plan.fractions ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("plan.prescription")}</dt>
          <dd>{prescription ? t("plan.gy", { gy: formatNumber(prescription, 2) }) : "–"}</dd>
        </div>
      </dl>
      <table className="table" data-testid="beams">
        <thead>
          <tr>
            <th scope="col">{t("plan.beam")}</th>
            <th scope="col">{t("plan.radiation")}</th>
            <th scope="col" className="number">
              {t("plan.energy")}
            </th>
            <th scope="col" className="number">
              {t("plan.gantry")}
            </th>
            <th scope="col" className="number">
              {t("plan.meterset")}
            </th>
            <th scope="col" className="number">
              {t("plan.control_points")}
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.beams.map((beam) => (
            <tr key={beam.number}>
              <th scope="row">{beam.name || beam.number}</th>
              <td>{[beam.radiation, beam.type].filter(Boolean).join(", ").toLowerCase() || "–"}</td>
              <td className="number">
                {beam.energy
                  ? `${formatNumber(beam.energy)} M${/PHOTON/i.test(beam.radiation ?? "") ? "V" : "eV"}`
                  : "–"}
              </td>
              <td className="number">{gantryWords(beam)}</td>
              <td className="number">
                {beam.meterset ? `${formatNumber(beam.meterset, 1)} ${beam.meterset_unit ?? ""}` : "–"}
              </td>
              <td className="number">{beam.control_points ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Everything that the numbers and pictures should be read with. */
export function notesOf(view: PlanView, dvh: DvhAnswer | null): string[] {
  const missing = view.volume?.missing?.length ?? 0;
  return [
    ...(missing > 0 ? [t("plan.missing_slices", { count: missing })] : []),
    ...view.notes,
    ...(dvh?.structures ?? []).flatMap(({ name, problem, notes }) =>
      [...(problem ? [problem] : []), ...(notes ?? [])].map((note) => `${name}: ${note}`),
    ),
  ];
}

export function NotesList({ notes }: { notes: string[] }) {
  if (notes.length === 0) return <p className="quiet small plan-empty">{t("plan.notes_none")}</p>;
  return (
    <ul className="plan-notes" data-testid="notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
