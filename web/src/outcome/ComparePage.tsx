import { useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { imagingApi } from "../api/imaging";
import type { ViewSummary } from "../api/imaging-types";
import type { ComparedPlans, ComparisonAsked, Said } from "../api/outcome-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import {
  go,
  type PlansCompared,
  planAddress,
  plansComparedAddress,
  plansComparedOf,
  useSearch,
} from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { fileName, hand } from "../plan/take-away";
import { t } from "../words";
import { ChoosePlans } from "./ChoosePlans";
import { ComparedDvh } from "./ComparedDvh";
import { ComparedRisks } from "./ComparedRisks";
import { ComparedDoses, ComparedLimits, ComparedNotes, PlansTable } from "./ComparedTables";
import { SaidForm } from "./SaidForm";
import { fieldsOf, saidOf, useSaid } from "./said";
import { useLast } from "./use-last";
import "./outcome.css";
import "./compare.css";

const MOST = 8;

/** A patient's plans side by side: what they would do, the dose, the limits. */
export default function ComparePage({ id }: { id: string }) {
  const search = useSearch();
  const chosen = useMemo(() => plansComparedOf(search), [search]);
  const imaging = useResource(`imaging ${id}`, () => imagingApi.imaging(id));
  const views = useMemo(
    () =>
      (imaging.data?.studies ?? [])
        .flatMap((study) => study.views)
        .filter((view) => view.dose_id && view.structure_set_id),
    [imaging.data],
  );
  const asked = useMemo(() => withFirst(chosen, views), [chosen, views]);
  const first = asked.views[0];
  if (imaging.status === "failed" && !imaging.data)
    return <Failed error={imaging.error} onRetry={imaging.reload} />;
  if (!imaging.data) return <Waiting />;
  if (!first) return <Message page title={t("compare.title")} body={t("compare.none")} />;
  return <Comparing id={id} asked={asked} first={first} views={views} />;
}

/** Where the address names no plan, the first two of the patient, or the only one. */
function withFirst(chosen: PlansCompared, views: ViewSummary[]): PlansCompared {
  if (chosen.views.length > 0) return chosen;
  return { ...chosen, views: views.slice(0, 2).map((view) => view.id) };
}

function Waiting() {
  return (
    <div className="page compare">
      <Skeleton rows={4} height={96} />
    </div>
  );
}

interface ComparingProps {
  id: string;
  asked: PlansCompared;
  first: string;
  views: ViewSummary[];
}

const nothing = async () => null;

function requestOf(asked: PlansCompared, said: Said): ComparisonAsked {
  const { fractions: _, ...ofPatient } = said;
  return { ...ofPatient, ...asked };
}

function Comparing({ id, asked, first, views }: ComparingProps) {
  const said = useSaid(id);
  const head = useResource(`view ${id} ${first}`, () => imagingApi.view(id, first));
  const alone = useResource(`outcome ${id} ${first} ${JSON.stringify(said)}`, () =>
    imagingApi.outcome(id, first, { ...said, fractions: null }),
  );
  const protocols = useResource("protocols", imagingApi.protocols);
  const count = asked.views.length + asked.refractioned.length + asked.rescaled.length;
  const enough = count >= 2 && count <= MOST;
  const request = useMemo(() => requestOf(asked, said), [asked, said]);
  const compared = useResource<ComparedPlans | null>(
    `compare ${enough} ${id} ${JSON.stringify(request)}`,
    () => (enough ? imagingApi.compare(id, request) : nothing()),
  );
  const last = useLast(compared.data);
  const shown = enough && compared.status !== "failed" ? last : null;
  const who = head.data?.patient?.pseudonym ?? id;
  const colours = useMemo(
    () => new Map((head.data?.structures ?? []).map((each) => [each.name, each.colour])),
    [head.data],
  );
  const take = (next: PlansCompared) => go(plansComparedAddress(id, next), true);
  const questions = useLast(alone.data?.asked ?? null);
  const [wanted, setWanted] = useState<{ field: string; turn: number } | null>(null);
  const fill = (field: string) => setWanted((before) => ({ field, turn: (before?.turn ?? 0) + 1 }));
  const fields = useMemo(
    () => (questions ? fieldsOf(questions, { prescription: "", fractions: "", structure: "" }) : []),
    [questions],
  );

  return (
    <div
      className="page compare"
      data-testid="compare"
      data-ready={compared.status === "ready" && shown !== null}
    >
      <header className="compare-head">
        <Link
          href={planAddress(id, first)}
          className="icon-button"
          aria-label={t("compare.back")}
          title={t("compare.back")}
        >
          <Icon name="back" />
        </Link>
        <h1>
          {t("compare.title")} <span className="quiet compare-who">{who}</span>
        </h1>
        {shown && <ReportButton patient={id} request={request} />}
      </header>
      <ChoosePlans
        asked={asked}
        views={views}
        protocols={protocols.data ?? []}
        full={count >= MOST}
        onChoose={take}
      />
      {questions && (
        <SaidForm
          asked={questions}
          said={said}
          plan={alone.data ?? { prescription_gy: null, fractions: null }}
          busy={compared.status === "loading" && enough}
          wanted={wanted}
          several
          onSay={(next) => saidOf(id).set({ ...next, fractions: said.fractions })}
        />
      )}
      {!enough && (
        <p className="panel" role="status" data-testid="too-few">
          {t(count > MOST ? "compare.too_many" : "compare.too_few")}
        </p>
      )}
      {compared.status === "failed" && (
        <div className="panel">
          <Failed error={compared.error} onRetry={compared.reload} />
        </div>
      )}
      {enough && compared.status === "loading" && !shown && <Skeleton rows={3} height={140} />}
      {shown && (
        <div className="compare-found" aria-busy={compared.status === "loading"}>
          <PlansTable compared={shown} />
          <ComparedRisks compared={shown} who={who} fields={fields} onFill={fill} />
          <ComparedDvh compared={shown} colours={colours} />
          {shown.constraints && <ComparedLimits compared={shown} limits={shown.constraints} />}
          <ComparedDoses compared={shown} />
          <ComparedNotes compared={shown} />
        </div>
      )}
    </div>
  );
}

/** The pages for a tumour board: made on the server, of what is shown here. */
function ReportButton({ patient, request }: { patient: string; request: ComparisonAsked }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  async function take() {
    setBusy(true);
    setProblem(null);
    try {
      hand(`${fileName(t("compare.report_file"), patient)}.pdf`, await imagingApi.report(patient, request));
    } catch (reason) {
      setProblem(
        reason instanceof ApiError ? [reason.what, reason.mend].filter(Boolean).join(" ") : String(reason),
      );
    }
    setBusy(false);
  }
  return (
    <div className="compare-report">
      {problem && (
        <span className="small" role="alert">
          {problem}
        </span>
      )}
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={() => void take()}
        data-testid="report"
      >
        <Icon name="print" size={16} />
        {t(busy ? "compare.report_busy" : "compare.report")}
      </button>
    </div>
  );
}
