import { api } from "../api/client";
import type { Finding } from "../api/types";
import { useResource } from "../api/use-resource";
import { drawerStore, findingShown } from "../finding/drawer";
import { Movers, RiskNumber } from "../finding/RiskParts";
import { riskExplanation } from "../finding/risk";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment } from "../words/format";

const SHOWN = 4;

/** A model's risk beside the patient: the number, what moved it most, and whom the model has seen. */
export function RiskCard({ finding, about }: { finding: Finding; about: string }) {
  const card = useResource(`model ${finding.model.name}`, () => api.model(finding.model.name));
  const known = new Map(card.data?.inputs.map((input) => [input.name, input]));
  const { answer } = finding;
  const refused = answer.refusal !== undefined && answer.refusal !== null;
  const explanation = riskExplanation(finding.explanation);
  return (
    <section
      className={refused ? "panel finding finding-refused hatched live" : "panel finding live"}
      data-testid="risk"
      data-refused={refused}
    >
      <h2 className="eyebrow">{t("risk.title")}</h2>
      <p className="small">{card.data?.title ?? finding.model.name}</p>
      {refused || answer.value === undefined ? (
        <>
          <p className="risk-percent">{t("finding.refused")}</p>
          <p className="finding-why">{answer.refusal ?? t("app.unknown")}</p>
        </>
      ) : (
        <>
          <RiskNumber risk={answer.value} low={answer.low ?? null} high={answer.high ?? null} />
          {explanation && <Movers explanation={explanation} known={known} most={SHOWN} compact />}
        </>
      )}
      <p className="risk-limits small">{t("risk.not_ward")}</p>
      <p className="small quiet">
        {formatMoment(Date.parse(finding.time), serverNow())} · {finding.model.name} {finding.model.version} ·{" "}
        <span className="mono">{finding.model.digest.slice(0, 12)}</span>
      </p>
      <p>
        <button
          type="button"
          className="button small"
          onClick={() => drawerStore.set(findingShown(finding, about))}
        >
          {t("finding.open")}
        </button>
      </p>
    </section>
  );
}
