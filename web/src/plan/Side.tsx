import { useCallback, useMemo, useState } from "react";
import type { DvhAnswer, PlanView } from "../api/imaging-types";
import type { Outcome } from "../api/outcome-types";
import type { Resource } from "../api/use-resource";
import { plansComparedAddress } from "../app/router";
import { Failed, Skeleton } from "../look/Message";
import { OutcomePanel } from "../outcome/OutcomePanel";
import { RiskChips } from "../outcome/RiskChips";
import { usePart } from "../state/store";
import { t } from "../words";
import { Dvh } from "./Dvh";
import { change, type Opened } from "./state";
import { MetricsTable, NotesList, notesOf, PlanTable } from "./Tables";

const TABS = ["dvh", "outcome", "metrics", "plan", "notes"] as const;
type Tab = (typeof TABS)[number];

interface SideProps {
  opened: Opened;
  patient: string;
  id: string;
  view: PlanView;
  dvh: Resource<DvhAnswer | null>;
  outcome: Resource<Outcome | null>;
}

/** Beside the planes: the histogram, what the plan would do, the figures, the plan, the notes. */
export function Side({ opened, patient, id, view, dvh, outcome }: SideProps) {
  const [tab, setTab] = useState<Tab>("dvh");
  const large = usePart(opened.look, (look) => look.large === "side");
  const notes = notesOf(view, dvh.data);
  const has = view.structures.length > 0 && view.dose !== null;
  const who = view.patient?.pseudonym ?? patient;
  const colours = useMemo(() => new Map(view.structures.map((each) => [each.number, each.colour])), [view]);
  const colourOf = useCallback(
    (number: number | null) => (number === null ? null : (colours.get(number) ?? null)),
    [colours],
  );
  const onPoint = useCallback((number: number | null) => change(opened, { highlighted: number }), [opened]);
  // Side by side the histogram and the outcome are one.
  const both = large && (tab === "dvh" || tab === "outcome");
  const histogram = () =>
    !has ? (
      <p className="quiet small plan-empty">{t("plan.dvh_none")}</p>
    ) : dvh.data ? (
      tab === "metrics" ? (
        <MetricsTable dvh={dvh.data} view={view} />
      ) : (
        <Dvh opened={opened} patient={patient} view={id} dvh={dvh.data}>
          {!both && <RiskChips outcome={outcome.data} who={who} colourOf={colourOf} onPoint={onPoint} />}
        </Dvh>
      )
    ) : dvh.status === "failed" ? (
      <Failed error={dvh.error} onRetry={dvh.reload} />
    ) : (
      <Skeleton rows={1} height={220} />
    );
  const foreseen = () =>
    has ? (
      <OutcomePanel
        patient={patient}
        who={who}
        outcome={outcome}
        colourOf={colourOf}
        onPoint={onPoint}
        compare={plansComparedAddress(patient, { views: [id] })}
      />
    ) : (
      <p className="quiet small plan-empty">{t("plan.dvh_none")}</p>
    );
  return (
    <section className="plan-side" aria-label={t("plan.tabs")} data-both={both}>
      <div className="plan-side-head">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("plan.tabs")}>
          {TABS.map((each) => (
            <button key={each} type="button" aria-pressed={tab === each} onClick={() => setTab(each)}>
              {t(`plan.tab.${each}`)}
              {each === "notes" && notes.length > 0 && ` (${notes.length})`}
            </button>
          ))}
        </div>
        <button
          type="button"
          className="side-large"
          aria-pressed={large}
          aria-keyshortcuts="4"
          aria-label={t(large ? "plan.all_planes" : "plan.side_enlarge")}
          title={t(large ? "plan.all_planes" : "plan.side_enlarge")}
          onClick={() => change(opened, { large: large ? null : "side" })}
        >
          <svg
            width="14"
            height="14"
            viewBox="0 0 14 14"
            fill="none"
            stroke="currentColor"
            aria-hidden="true"
          >
            <path strokeWidth="1.8" d={large ? "M1 6h5V1M13 8H8v5" : "M8 1h5v5M6 13H1V8"} />
          </svg>
        </button>
      </div>
      <section
        className="plan-side-body"
        data-tab={both ? "dvh" : tab}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        aria-label={t(`plan.tab.${both ? "dvh" : tab}`)}
      >
        {(both || tab === "dvh" || tab === "metrics") && histogram()}
        {!both && tab === "outcome" && foreseen()}
        {tab === "plan" && <PlanTable view={view} />}
        {tab === "notes" && <NotesList notes={notes} />}
      </section>
      {both && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        <section className="plan-side-body" tabIndex={0} aria-label={t("plan.tab.outcome")}>
          {foreseen()}
        </section>
      )}
    </section>
  );
}
