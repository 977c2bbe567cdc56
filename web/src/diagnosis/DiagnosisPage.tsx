import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, api } from "../api/client";
import type { Checked, Diagnosis, Fact, Pathway } from "../api/diagnosis-types";
import { useResource } from "../api/use-resource";
import { useQuery } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { announce } from "../shell/announce";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatDay } from "../words/format";
import { Answers } from "./Answers";
import { CoursePanel } from "./CoursePanel";
import { DiagnosisHead } from "./DiagnosisHead";
import { FactsForm } from "./FactsForm";
import { type Draft, type Drafts, problemOf, requests } from "./facts";
import { PatientView } from "./PatientView";
import { Since } from "./Since";
import { Warnings } from "./Warnings";
import "./diagnosis.css";

const WAIT_MS = 300;

export default function DiagnosisPage({ id }: { id: string }) {
  const asked = useQuery("pathway");
  const show = useQuery("show");
  const year = Number(useQuery("year") ?? 10);
  const pathway: Pathway | null = asked === "breast" || asked === "lung" ? asked : null;
  const found = useResource(`diagnosis ${id} ${pathway}`, () => api.diagnosis(id, pathway));
  const [kept, setKept] = useState<{ of: string; diagnosis: Diagnosis } | null>(null);
  const of = `${id} ${pathway}`;
  const diagnosis = kept?.of === of ? kept.diagnosis : found.data;

  if (found.status === "loading")
    return (
      <div className="diagnosis">
        <Skeleton rows={1} height={64} />
        <Skeleton rows={4} height={160} />
      </div>
    );
  if (!diagnosis) {
    if (found.error?.status === 404) return <Message page title={t("diagnosis.not_found")} body={id} />;
    return found.error && <Failed error={found.error} onRetry={found.reload} />;
  }
  if (show !== null) return <PatientView id={id} diagnosis={diagnosis} model={show} year={year} />;
  return (
    <Page
      key={diagnosis.assessment.pathway}
      id={id}
      diagnosis={diagnosis}
      onKept={(next) => setKept({ of, diagnosis: next })}
    />
  );
}

interface PageProps {
  id: string;
  diagnosis: Diagnosis;
  onKept: (diagnosis: Diagnosis) => void;
}

function Page({ id, diagnosis, onKept }: PageProps) {
  const { pathway, facts } = diagnosis.assessment;
  const [drafts, setDrafts] = useState<Drafts>({});
  const [date, setDate] = useState("");
  const [busy, setBusy] = useState(false);
  const wanted = useMemo(() => requests(facts, drafts, date), [facts, drafts, date]);
  const preview = usePreview(id, pathway, wanted);
  const checked = wanted.length > 0 ? preview.checked : null;
  const problems = useMemo(() => problemsOf(facts, drafts, checked), [facts, drafts, checked]);
  const shown = checked?.assessment ?? diagnosis.assessment;

  const onDraft = useCallback((fact: Fact, draft: Draft | null) => {
    setDrafts(({ [fact.name]: _, ...others }) => (draft ? { ...others, [fact.name]: draft } : others));
  }, []);

  async function keep() {
    if (wanted.length === 0 || busy || !diagnosis.may_write || Object.keys(problems).length > 0) return;
    setBusy(true);
    try {
      onKept(await api.writeFacts(id, pathway, wanted));
      setDrafts({});
      announce(t("facts.saved", { count: wanted.length }));
    } catch (reason) {
      const what = reason instanceof ApiError ? `${reason.what} ${reason.mend}` : String(reason);
      announce(t("action.failed", { what }), true);
    } finally {
      setBusy(false);
    }
  }

  const about = diagnosis.patient.pseudonym;
  const courses = shown.questions.flatMap((each) => each.models.flatMap((family) => family.versions));
  return (
    <div className="diagnosis">
      <DiagnosisHead id={id} diagnosis={diagnosis} onKept={onKept} />
      <div className="diagnosis-columns">
        <FactsForm
          assessment={{
            ...shown,
            facts: diagnosis.assessment.facts.map((fact) => derivedNow(fact, shown.facts)),
          }}
          drafts={drafts}
          problems={problems}
          date={date}
          mayWrite={diagnosis.may_write}
          busy={busy}
          onDraft={onDraft}
          onDate={setDate}
          onKeep={keep}
          onDiscard={() => setDrafts({})}
        />
        <div className="diagnosis-answers live">
          {wanted.length > 0 && (
            <p className="as-if" role="status" data-testid="as-if">
              <strong>{t("asif.title", { count: wanted.length })}</strong>
              {preview.busy && <span className="quiet"> · {t("asif.checking")}</span>}
              {preview.error && <span> · {t("asif.failed", { what: preview.error })}</span>}
            </p>
          )}
          <Warnings assessment={shown} onFill={fill} />
          {checked ? (
            <Since title={t("since.asif")} none={t("since.asif_none")} moved={checked.moved} />
          ) : (
            diagnosis.since && (
              <Since
                title={t("since.title", { date: moment(diagnosis.since.time) })}
                none={t("since.none", { date: moment(diagnosis.since.time) })}
                moved={diagnosis.since.moved}
              />
            )
          )}
          <CoursePanel id={id} versions={courses} key_={factsKey(diagnosis)} unsaved={wanted.length > 0} />
          <Answers assessment={shown} about={about} onFill={fill} />
        </div>
      </div>
    </div>
  );
}

/** What follows from what is typed is shown at once; what was observed stays what is kept. */
function derivedNow(fact: Fact, then: Fact[]): Fact {
  const next = then.find((each) => each.name === fact.name);
  return next && next.derived_from.length > 0 ? next : fact;
}

function moment(time: string): string {
  return formatDay(Date.parse(time), serverNow());
}

function factsKey(diagnosis: Diagnosis): string {
  return diagnosis.assessment.facts.map((fact) => fact.time ?? "").join();
}

/** Go to a fact's field; one that is not among those shown is shown first. */
function fill(name: string): void {
  const find = () => document.getElementById(`fact-${name}`);
  if (!find()) document.querySelector<HTMLElement>(".facts-head .segments button:last-child")?.click();
  requestAnimationFrame(() => {
    const field = find();
    field?.scrollIntoView({ block: "center" });
    field?.focus();
  });
}

function problemsOf(facts: Fact[], drafts: Drafts, checked: Checked | null): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, what, mend } of checked?.problems ?? [])
    if (drafts[name]) found[name] = [what, mend].filter(Boolean).join("; ");
  for (const fact of facts) {
    const draft = drafts[fact.name];
    const problem = draft ? problemOf(fact, draft) : null;
    if (problem) found[fact.name] = problem;
  }
  return found;
}

/** Ask what the models would say with facts that are not kept, when typing pauses. */
function usePreview(id: string, pathway: Pathway, wanted: ReturnType<typeof requests>) {
  const key = JSON.stringify(wanted);
  const [state, setState] = useState<{ key: string; checked: Checked | null; error: string | null }>({
    key: "[]",
    checked: null,
    error: null,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `wanted` is `key`.
  useEffect(() => {
    if (wanted.length === 0) return;
    let current = true;
    const timer = setTimeout(() => {
      api.checkFacts(id, pathway, wanted).then(
        (checked) => current && setState({ key, checked, error: null }),
        (reason: unknown) =>
          current &&
          setState((before) => ({ ...before, key, error: reason instanceof Error ? reason.message : "" })),
      );
    }, WAIT_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, pathway, key]);
  return { checked: state.checked, busy: wanted.length > 0 && state.key !== key, error: state.error };
}
