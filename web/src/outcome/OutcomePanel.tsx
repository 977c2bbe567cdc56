import { useState } from "react";
import type { Asked, Outcome, OutcomeAnswer } from "../api/outcome-types";
import type { Resource } from "../api/use-resource";
import { Link } from "../app/Link";
import { drawerStore } from "../finding/drawer";
import { Failed, Skeleton } from "../look/Message";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { RefusalCard } from "./RefusalCard";
import { RiskRow } from "./RiskRow";
import { SaidForm } from "./SaidForm";
import { fieldsOf, missingFields, saidOf, useSaid } from "./said";
import {
  byStructure,
  formatRiskEnds,
  isProbability,
  isUnavailable,
  type OrganRisks,
  shownAnswer,
  topOf,
} from "./tell";
import { useLast } from "./use-last";
import "./outcome.css";

interface PanelProps {
  patient: string;
  /** What of it the page calls the patient. */
  who: string;
  outcome: Resource<Outcome | null>;
  colourOf: (number: number | null) => string | null;
  onPoint: (number: number | null) => void;
  compare: string;
}

/** What the plan would do to the patient, organ by organ: numbers with intervals, and refusals as large. */
export function OutcomePanel({ patient, who, outcome, colourOf, onPoint, compare }: PanelProps) {
  const said = useSaid(patient);
  const [wanted, setWanted] = useState<{ field: string; turn: number } | null>(null);
  const found = useLast(outcome.data);
  const busy = outcome.status === "loading";
  if (!found && outcome.status === "failed") return <Failed error={outcome.error} onRetry={outcome.reload} />;
  if (!found) return <Skeleton rows={3} height={64} />;
  const form = (
    <SaidForm
      asked={found.asked ?? NOTHING_ASKED}
      said={said}
      plan={found}
      busy={busy}
      wanted={wanted}
      onSay={(next) => saidOf(patient).set(next)}
    />
  );
  // What was foreseen of something else that was said must not stand beside what cannot be answered.
  if (outcome.status === "failed" || found.problem !== null)
    return (
      <div className="outcome">
        {outcome.status === "failed" ? (
          <Failed error={outcome.error} onRetry={outcome.reload} />
        ) : (
          <div className="risk-refused hatched" data-testid="outcome-problem">
            <div>
              <strong>{t("outcome.refused")}</strong>
              <p className="small">{found.problem}</p>
            </div>
          </div>
        )}
        {form}
      </div>
    );
  const open = (answer: OutcomeAnswer) => drawerStore.set(shownAnswer(answer, who));
  const fill = (field: string) => setWanted((before) => ({ field, turn: (before?.turn ?? 0) + 1 }));
  const fields = found.asked ? fieldsOf(found.asked, { prescription: "", fractions: "", structure: "" }) : [];
  const missing = (answer: OutcomeAnswer) => missingFields(fields, answer);
  const risks = found.complications.filter(({ estimate, quantity }) => estimate && isProbability(quantity));
  const top = topOf(risks.flatMap(({ estimate }) => estimate ?? []));
  const organs = byStructure(found);
  const unavailable = found.complications.filter(isUnavailable);
  const parts = { top, open, fill, missing, onPoint, colourOf };
  return (
    <div className="outcome" data-testid="outcome" aria-busy={busy}>
      <header className="outcome-head">
        <p className="small">
          {found.prescription_gy !== null && found.fractions !== null
            ? t("outcome.course", {
                gy: formatNumber(found.prescription_gy, Number.isInteger(found.prescription_gy) ? 0 : 2),
                fractions: found.fractions,
                each: formatNumber(found.prescription_gy / found.fractions, 2),
              })
            : ""}
        </p>
        <Link href={compare} className="button small">
          {t("outcome.compare")}
        </Link>
      </header>
      {form}
      {found.control && (
        <Organ
          organ={{
            structure: found.control.structure,
            number: found.control.number,
            organ: null,
            answers: [found.control],
          }}
          {...parts}
          top={1}
        />
      )}
      {organs.length === 0 && <p className="quiet small">{t("outcome.no_organ")}</p>}
      {organs.map((organ) => (
        <Organ key={organ.structure} organ={organ} {...parts} />
      ))}
      {found.combined && <TogetherPart outcome={found} />}
      <details className="outcome-rest small">
        <summary>{t("outcome.rest")}</summary>
        <ul>
          {unavailable.map((answer) => (
            <li key={`${answer.structure} ${answer.model.name}`}>
              <button type="button" className="risk-need" onClick={() => open(answer)}>
                {answer.model.name}
              </button>{" "}
              {answer.structure}: {answer.refusal?.reason}
            </li>
          ))}
          {found.no_model.length > 0 && (
            <li>
              {t("outcome.no_model", { names: found.no_model.map(({ structure }) => structure).join(", ") })}
            </li>
          )}
          {Object.entries(found.without_dose).map(([name, reason]) => (
            <li key={name}>
              {name}: {reason}
            </li>
          ))}
          {found.structures
            .filter(({ note }) => note !== "")
            .map(({ name, note }) => (
              <li key={name}>
                {name}: {note}
              </li>
            ))}
          {[...found.warnings, ...found.notes].map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** Of a plan that says too little to ask a model: only the plan itself can be said. */
const NOTHING_ASKED: Asked = {
  patient: [],
  alpha_beta: [],
  organs: [],
  tumour: { structures: [], inputs: [], models: [] },
};

interface OrganProps {
  organ: OrganRisks;
  top: number;
  open: (answer: OutcomeAnswer) => void;
  fill: (field: string) => void;
  missing: (answer: OutcomeAnswer) => { name: string; title: string }[];
  onPoint: PanelProps["onPoint"];
  colourOf: PanelProps["colourOf"];
}

function Organ({ organ, top, open, fill, missing, onPoint, colourOf }: OrganProps) {
  const colour = colourOf(organ.number);
  const shown = organ.answers.filter((answer) => !isUnavailable(answer));
  if (shown.length === 0) return null;
  return (
    <section
      className="outcome-organ"
      aria-label={organ.structure}
      onPointerEnter={() => onPoint(organ.number)}
      onPointerLeave={() => onPoint(null)}
    >
      <h3>
        {colour && <span className="swatch" style={{ background: colour }} />}
        {organ.structure}
      </h3>
      <ul>
        {shown.map((answer) =>
          answer.estimate ? (
            <RiskRow key={answer.model.name} answer={answer} top={top} onOpen={open} />
          ) : (
            <RefusalCard
              key={answer.model.name}
              answer={answer}
              fields={missing(answer)}
              onOpen={open}
              onFill={fill}
            />
          ),
        )}
      </ul>
    </section>
  );
}

/** The stated combination: of what, and what it assumes, stands with it. */
function TogetherPart({ outcome }: { outcome: Outcome }) {
  const { combined } = outcome;
  if (!combined) return null;
  const several = combined.of.length > 1;
  const rows = [
    ...(several ? ([["any", combined.any_complication]] as const) : []),
    ...(combined.p_plus ? ([["p_plus", combined.p_plus]] as const) : []),
  ];
  if (rows.length === 0) return null;
  return (
    <section className="outcome-organ" aria-label={t("outcome.together")} data-testid="together">
      <h3>{t("outcome.together")}</h3>
      <dl className="outcome-together">
        {rows.map(([key, ends]) => (
          <div key={key}>
            <dt>{t(`outcome.${key}`)}</dt>
            <dd>{formatRiskEnds(ends)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet small">
        {t("outcome.together_of", {
          parts: combined.of.map(({ structure, model }) => `${structure} (${model})`).join(", "),
          assumes: combined.assumes.join("; "),
        })}
      </p>
    </section>
  );
}
