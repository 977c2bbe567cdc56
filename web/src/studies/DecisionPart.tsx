import { useId, useState } from "react";
import { ApiError, api } from "../api/client";
import type { Study } from "../api/study-types";
import type { Session } from "../api/types";
import { t } from "../words";
import { formatMoment } from "../words/format";

/** Approve or decline; what was decided, by whom and why. */
export function DecisionPart(props: { study: Study; session: Session; onDecided: () => void }) {
  const { study } = props;
  if (study.forecast === null && study.decision === null) return null;
  return (
    <section className="panel" aria-labelledby="decision-title" data-testid="decision">
      <h2 id="decision-title">{t("decision.title")}</h2>
      {study.decision ? <Decided decision={study.decision} /> : <Form {...props} />}
    </section>
  );
}

function Decided({ decision }: { decision: NonNullable<Study["decision"]> }) {
  const words = { by: decision.by, at: formatMoment(Date.parse(decision.at), Date.now()) };
  return (
    <>
      <p>{t(`decision.${decision.decision}`, words)}</p>
      {decision.reason && <blockquote>{decision.reason}</blockquote>}
    </>
  );
}

function Form({ study, session, onDecided }: { study: Study; session: Session; onDecided: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const field = useId();
  const refused = study.forecast?.would_refuse ?? null;
  if (!session.permissions.includes("decide_studies"))
    return <p className="quiet">{t("decision.not_yours")}</p>;
  async function decide(decision: "approved" | "declined") {
    setBusy(true);
    setError(null);
    try {
      await api.decideStudy(study.id, { decision, digest: study.digest, reason });
      onDecided();
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className="decision-form" onSubmit={(event) => event.preventDefault()}>
      <p className="quiet small">{t("decision.of", { digest: study.digest.slice(0, 16) })}</p>
      {refused !== null && <p>{t("decision.refused")}</p>}
      <label htmlFor={field}>{t("decision.reason")}</label>
      <textarea
        id={field}
        rows={2}
        maxLength={1000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="decision-buttons">
        <button
          type="button"
          className="button primary"
          disabled={busy || refused !== null}
          onClick={() => decide("approved")}
        >
          {t("decision.approve")}
        </button>
        <button
          type="button"
          className="button"
          disabled={busy || reason.trim() === ""}
          onClick={() => decide("declined")}
        >
          {t("decision.decline")}
        </button>
      </div>
      {error !== null && <p role="alert">{error}</p>}
    </form>
  );
}
