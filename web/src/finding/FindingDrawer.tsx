import { useEffect, useMemo, useRef } from "react";
import { api } from "../api/client";
import { useResource } from "../api/use-resource";
import { useKeys } from "../app/keyboard";
import { Link } from "../app/Link";
import { Icon } from "../look/Icon";
import { serverNow } from "../state/clock";
import { useStore } from "../state/store";
import { t } from "../words";
import { formatMoment, formatUnit, formatValue } from "../words/format";
import { drawerStore, type ShownFinding } from "./drawer";
import { InputsTable } from "./InputsTable";
import { explanationRows, spaced } from "./inputs";
import { formatRisk, Movers, RiskNumber } from "./RiskParts";
import { isRiskModel, probability, riskExplanation } from "./risk";
import "./finding.css";

const close = () => drawerStore.set(null);

/** Beside what is on the page: how one number was made, down to the paper. */
export function FindingDrawer() {
  const shown = useStore(drawerStore);
  return shown ? <Drawer key={`${shown.model.name} ${shown.time} ${shown.about}`} shown={shown} /> : null;
}

function Drawer({ shown }: { shown: ShownFinding }) {
  const panel = useRef<HTMLDivElement>(null);
  const card = useResource(`model ${shown.model.name}`, () => api.model(shown.model.name));
  const keys = useMemo(() => ({ Escape: close }), []);
  useKeys(keys);

  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  const rows = shown.inputs;
  const known = new Map(card.data?.inputs.map((input) => [input.name, input]));
  const risk = riskExplanation(shown.explanation);
  const explanation = risk ? [] : explanationRows(shown.explanation);
  return (
    <div
      className="drawer"
      role="dialog"
      aria-label={t("drawer.label", { title: shown.title })}
      ref={panel}
      tabIndex={-1}
      data-testid="drawer"
    >
      <div className="drawer-head">
        <div>
          <h2>{isRiskModel(shown.model.name) ? (card.data?.title ?? shown.title) : shown.title}</h2>
          <p className="quiet small">
            {shown.about}
            {shown.time && ` · ${formatMoment(Date.parse(shown.time), serverNow(), true)}`}
          </p>
        </div>
        <button type="button" className="icon-button" aria-label={t("app.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </div>

      <Answer shown={shown} />

      {risk && (
        <section>
          <h3 className="eyebrow">{t("risk.movers")}</h3>
          <Movers explanation={risk} known={known} />
          <p className="quiet small risk-method">
            {t("risk.base", { base: formatRisk(probability(risk.base)) })} {risk.method}.
          </p>
        </section>
      )}

      <section>
        <h3 className="eyebrow">{t("drawer.inputs")}</h3>
        {rows.length > 0 ? (
          <InputsTable rows={rows} known={known} />
        ) : (
          <p className="quiet small">{t("drawer.no_inputs")}</p>
        )}
      </section>

      {explanation.length > 0 && (
        <section>
          <h3 className="eyebrow">{t("drawer.explanation")}</h3>
          <dl className="pairs">
            {explanation.map(([name, value]) => (
              <div key={name}>
                <dt>{spaced(name)}</dt>
                <dd>{formatValue(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}

      <section>
        <h3 className="eyebrow">{t("drawer.model")}</h3>
        <dl className="pairs">
          <div>
            <dt>{t("drawer.model")}</dt>
            <dd>
              {shown.model.name}, {t("models.version", { version: shown.model.version })}
            </dd>
          </div>
          <div>
            <dt>{t("drawer.digest")}</dt>
            <dd className="mono" title={shown.model.digest} data-testid="drawer-digest">
              {shown.model.digest}
            </dd>
          </div>
          {shown.here && (
            <div>
              <dt>{t("drawer.here")}</dt>
              <dd>
                {shown.here}
                {shown.validation && (
                  <>
                    {" "}
                    <Link href={`/cohorts/${encodeURIComponent(shown.validation)}`}>
                      {t("answers.here_open")}
                    </Link>
                  </>
                )}
              </dd>
            </div>
          )}
          {card.data && (
            <>
              <div>
                <dt>{t("drawer.intended")}</dt>
                <dd>{card.data.intended_use}</dd>
              </div>
              {typeof card.data.validity === "string" && card.data.validity !== "" && (
                <div>
                  <dt>{t("drawer.validity")}</dt>
                  <dd>{card.data.validity}</dd>
                </div>
              )}
              <div>
                <dt>{t("drawer.paper")}</dt>
                <dd>{card.data.citation}</dd>
              </div>
            </>
          )}
        </dl>
        <p>
          <Link href={`/models/${encodeURIComponent(shown.model.name)}`}>{t("drawer.card")}</Link>
        </p>
      </section>
    </div>
  );
}

function Answer({ shown }: { shown: ShownFinding }) {
  if (shown.refusal !== null)
    return (
      <div className="answer refusal hatched">
        <p className="answer-value">{t("finding.refused")}</p>
        <p>{shown.refusal}</p>
      </div>
    );
  const interval = shown.low !== null && shown.high !== null;
  if (isRiskModel(shown.model.name) && shown.value !== null)
    return (
      <div className="answer">
        <RiskNumber risk={shown.value} low={shown.low} high={shown.high} />
        <p className="risk-limits small">{t("risk.not_ward")}</p>
      </div>
    );
  return (
    <div className="answer">
      <p className="answer-value">
        {shown.text ?? formatValue(shown.value)}{" "}
        {!shown.text && <span className="answer-unit">{formatUnit(shown.unit)}</span>}
      </p>
      {interval && (
        <p className="quiet">
          {formatValue(shown.low)} – {formatValue(shown.high)}
        </p>
      )}
      {shown.under?.map((line) => (
        <p key={line} className="answer-under">
          {line}
        </p>
      ))}
    </div>
  );
}
