import { useEffect, useMemo, useRef, useState } from "react";
import { imagingApi } from "../api/imaging";
import type { Imaging, PlanView, ViewSummary } from "../api/imaging-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, planAddress, useQuery } from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { useSaid } from "../outcome/said";
import { usePart } from "../state/store";
import { t } from "../words";
import { useSettledCuts } from "./cuts";
import { DosePanel } from "./DosePanel";
import { usePlanKeys } from "./keys";
import { loadView, type Progress } from "./load";
import { PlaneView } from "./PlaneView";
import { PointedLine } from "./PointedLine";
import { Side } from "./Side";
import { StructureList } from "./StructureList";
import { emptyScene } from "./scene";
import { PLANES } from "./space";
import { open } from "./state";
import { Toolbar } from "./Toolbar";
import { PRESETS } from "./window";
import "./plan.css";
import "./planes.css";
import "./side.css";

const noDvh = async () => null;
const noOutcome = async () => null;

/** A patient's images, structures, dose and plan in three planes. */
export default function PlanPage({ id }: { id: string }) {
  const asked = useQuery("view");
  const imaging = useResource(`imaging ${id}`, () => imagingApi.imaging(id));
  const views = useMemo(() => (imaging.data?.studies ?? []).flatMap((study) => study.views), [imaging.data]);
  const chosen = asked ?? views[0]?.id ?? null;

  if (imaging.status === "failed" && !imaging.data)
    return <Failed error={imaging.error} onRetry={imaging.reload} />;
  if (imaging.data && views.length === 0 && !asked) return <NoViews imaging={imaging.data} />;
  // The view that the address names need not wait for the list of all.
  if (chosen === null) return <Waiting />;
  return <ViewOf key={chosen} patient={id} view={chosen} views={views} />;
}

function Waiting() {
  return (
    <div className="plan plan-waiting">
      <Skeleton rows={1} height={40} />
      <div className="planes">
        {PLANES.map((plane) => (
          <div key={plane} className="plane" />
        ))}
        <div className="skeleton" />
      </div>
    </div>
  );
}

function NoViews({ imaging }: { imaging: Imaging }) {
  const parts = imaging.studies.flatMap((study) => [
    ...study.volumes,
    ...study.structure_sets,
    ...study.doses,
    ...study.plans,
  ]);
  const problems = parts.map(({ problem }) => problem).filter(Boolean);
  return (
    <div className="page page-narrow">
      <Message page title={t("plan.none")} body={t("plan.none_body")} />
      {problems.length > 0 && (
        <ul className="plan-problems">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface ViewOfProps {
  patient: string;
  view: string;
  views: ViewSummary[];
}

function ViewOf({ patient, view, views }: ViewOfProps) {
  const head = useResource(`view ${patient} ${view}`, () => imagingApi.view(patient, view));
  if (head.status === "loading") return <Waiting />;
  if (!head.data) {
    if (head.error?.status === 404)
      return <Message page title={t("plan.no_view")} body={t("plan.no_view_body")} />;
    return head.error && <Failed error={head.error} onRetry={head.reload} />;
  }
  return <OpenedPlan patient={patient} id={view} view={head.data} views={views} />;
}

const START: Progress = { phase: "loading", done: 0, of: 0, errors: [] };

function OpenedPlan({
  patient,
  id,
  view,
  views,
}: {
  patient: string;
  id: string;
  view: PlanView;
  views: ViewSummary[];
}) {
  const opened = useMemo(
    () => open(emptyScene(view), view.volume?.window ?? PRESETS[0] ?? { center: 40, width: 400 }),
    [view],
  );
  const [progress, setProgress] = useState<Progress>(START);
  const [painted, setPainted] = useState(false);
  const [turn, setTurn] = useState(0);
  const planes = useRef<HTMLDivElement>(null);
  usePlanKeys(opened);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks for everything again.
  useEffect(() => {
    const stop = new AbortController();
    void loadView(patient, id, opened, stop.signal, setProgress, () => setPainted(true));
    return () => stop.abort();
  }, [patient, id, opened, turn]);

  // The histogram is long to make: it is asked for once the pictures are there.
  const wants = painted && view.structures.length > 0 && view.dose !== null;
  const dvh = useResource(`dvh ${wants} ${patient} ${id}`, () =>
    wants ? imagingApi.dvh(patient, id) : noDvh(),
  );
  const said = useSaid(patient);
  const foresees = dvh.data !== null;
  const asked = JSON.stringify(said);
  const outcome = useResource(`outcome ${foresees} ${patient} ${id} ${asked}`, () =>
    foresees ? imagingApi.outcome(patient, id, said) : noOutcome(),
  );
  useSettledCuts(opened, patient, id, painted && view.structures.length > 0);
  const large = usePart(opened.look, (look) => look.large);
  const who = view.patient?.pseudonym ?? patient;
  const problems = view.problems ?? [];

  return (
    <div
      className="plan"
      data-testid="plan"
      data-painted={painted ? (progress.phase === "ready" ? "whole" : "preview") : "no"}
      data-large={large ?? "all"}
    >
      <header className="plan-head">
        <Link href="/plans" className="icon-button" aria-label={t("plan.back")} title={t("plan.back")}>
          <Icon name="back" />
        </Link>
        <div className="plan-who">
          <h1 title={who}>{who}</h1>
          {views.length > 1 ? (
            <select
              className="field"
              aria-label={t("plan.view")}
              value={id}
              onChange={(event) => go(planAddress(patient, event.currentTarget.value))}
            >
              {views.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.title}
                </option>
              ))}
            </select>
          ) : (
            <p className="quiet small" title={view.title}>
              {view.title ?? view.plan?.label}
            </p>
          )}
          <ProgressLine progress={progress} missing={view.volume?.missing?.length ?? 0} />
        </div>
        <Toolbar opened={opened} patient={who} dvh={dvh.data} planes={planes} />
      </header>
      {problems.length > 0 && (
        <ul className="plan-problems" data-testid="problems" aria-label={t("plan.problems")}>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {progress.phase === "failed" && (
        <div className="plan-problems plan-failed" role="alert">
          <p>
            <strong>
              {progress.of > 0 && progress.done < progress.of
                ? t("plan.lost", { done: progress.done, of: progress.of })
                : t("plan.part_failed")}
            </strong>{" "}
            {[...new Set(progress.errors)].join(" ")}
          </p>
          <button type="button" className="button small" onClick={() => setTurn((n) => n + 1)}>
            {t("app.retry")}
          </button>
        </div>
      )}
      <PointedLine opened={opened} />
      <div className="plan-columns">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
        <section className="plan-left" tabIndex={0} aria-label={t("plan.shown")}>
          <StructureList opened={opened} dvh={dvh.data} />
          <DosePanel opened={opened} />
        </section>
        <div className="planes" ref={planes}>
          {PLANES.map((plane) => (
            <PlaneView key={plane} opened={opened} plane={plane} />
          ))}
          <Side opened={opened} patient={patient} id={id} view={view} dvh={dvh} outcome={outcome} />
        </div>
      </div>
    </div>
  );
}

function ProgressLine({ progress, missing }: { progress: Progress; missing: number }) {
  const { phase, done, of } = progress;
  if (phase === "failed") return null;
  return (
    <p className="plan-progress quiet small" data-testid="progress" data-phase={phase}>
      {phase === "loading" && of === 0 && t("plan.loading")}
      {phase === "loading" && of > 0 && t("plan.slices", { done, of })}
      {phase === "ready" &&
        of > 0 &&
        (missing > 0 ? t("plan.but_missing", { n: of - missing, of }) : t("plan.whole", { count: of }))}
    </p>
  );
}
