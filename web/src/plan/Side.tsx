import { useState } from "react";
import type { DvhAnswer, PlanView } from "../api/imaging-types";
import type { Resource } from "../api/use-resource";
import { Failed, Skeleton } from "../look/Message";
import { t } from "../words";
import { Dvh } from "./Dvh";
import type { Opened } from "./state";
import { MetricsTable, NotesList, notesOf, PlanTable } from "./Tables";

const TABS = ["dvh", "metrics", "plan", "notes"] as const;
type Tab = (typeof TABS)[number];

interface SideProps {
  opened: Opened;
  patient: string;
  id: string;
  view: PlanView;
  dvh: Resource<DvhAnswer | null>;
}

/** Beside the planes: the histogram, the figures, the plan, the notes. */
export function Side({ opened, patient, id, view, dvh }: SideProps) {
  const [tab, setTab] = useState<Tab>("dvh");
  const notes = notesOf(view, dvh.data);
  const has = view.structures.length > 0 && view.dose !== null;
  return (
    <section className="plan-side" aria-label={t("plan.tabs")}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="segments" role="group" aria-label={t("plan.tabs")}>
        {TABS.map((each) => (
          <button key={each} type="button" aria-pressed={tab === each} onClick={() => setTab(each)}>
            {t(`plan.tab.${each}`)}
            {each === "notes" && notes.length > 0 && ` (${notes.length})`}
          </button>
        ))}
      </div>
      <section
        className="plan-side-body"
        data-tab={tab}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        aria-label={t(`plan.tab.${tab}`)}
      >
        {(tab === "dvh" || tab === "metrics") &&
          (!has ? (
            <p className="quiet small plan-empty">{t("plan.dvh_none")}</p>
          ) : dvh.data ? (
            tab === "dvh" ? (
              <Dvh opened={opened} patient={patient} view={id} dvh={dvh.data} />
            ) : (
              <MetricsTable dvh={dvh.data} view={view} />
            )
          ) : dvh.status === "failed" ? (
            <Failed error={dvh.error} onRetry={dvh.reload} />
          ) : (
            <Skeleton rows={1} height={220} />
          ))}
        {tab === "plan" && <PlanTable view={view} />}
        {tab === "notes" && <NotesList notes={notes} />}
      </section>
    </section>
  );
}
