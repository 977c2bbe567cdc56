import { useState } from "react";
import type { ViewSummary } from "../api/imaging-types";
import type { ShippedProtocol } from "../api/outcome-types";
import type { PlansCompared } from "../app/router";
import { Icon } from "../look/Icon";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { numberIn } from "./said";

interface ChooseProps {
  asked: PlansCompared;
  views: ViewSummary[];
  protocols: ShippedProtocol[];
  /** No more plans fit. */
  full: boolean;
  onChoose: (next: PlansCompared) => void;
}

const gray = (gy: number) => formatNumber(gy, Number.isInteger(gy) ? 0 : 2);

/** Which plans, what is made of the first of them, and the limits that all are held against. */
export function ChoosePlans({ asked, views, protocols, full, onChoose }: ChooseProps) {
  const [fractions, setFractions] = useState("");
  const [gy, setGy] = useState("");
  const [of, setOf] = useState("");
  const whole = (text: string) => {
    const value = numberIn(text);
    return value !== null && Number.isInteger(value) && value >= 1 && value <= 100 ? value : null;
  };
  const total = numberIn(gy);
  const inFractions = whole(fractions);
  const asFractions = whole(of);
  const scale = total !== null && total > 0 && total <= 200 && asFractions !== null;
  const letter = (view: string) => {
    const place = asked.views.indexOf(view);
    return place < 0 ? "" : "ABCDEFGH"[place];
  };
  const flip = (view: string) =>
    onChoose({
      ...asked,
      views: asked.views.includes(view)
        ? asked.views.filter((each) => each !== view)
        : [...asked.views, view],
    });

  return (
    <section className="panel compare-choose" aria-labelledby="choose-title">
      <h2 id="choose-title" className="hidden-text">
        {t("compare.choose")}
      </h2>
      <fieldset>
        <legend className="eyebrow">{t("compare.plans")}</legend>
        <ul className="compare-views">
          {views.map((view) => {
            const on = asked.views.includes(view.id);
            return (
              <li key={view.id}>
                <label>
                  <input
                    type="checkbox"
                    checked={on}
                    disabled={(on && asked.views.length === 1) || (!on && full)}
                    onChange={() => flip(view.id)}
                  />
                  <strong className="compare-letter">{letter(view.id)}</strong> {view.title}
                </label>
              </li>
            );
          })}
        </ul>
        {views.length === 1 && <p className="quiet small">{t("compare.one_only")}</p>}
      </fieldset>
      <fieldset>
        <legend className="eyebrow">{t("compare.made")}</legend>
        <form
          className="compare-make"
          onSubmit={(event) => {
            event.preventDefault();
            if (inFractions === null || full) return;
            onChoose({ ...asked, refractioned: [...new Set([...asked.refractioned, inFractions])] });
            setFractions("");
          }}
        >
          <label htmlFor="in-fractions">{t("compare.in_fractions")}</label>
          <input
            id="in-fractions"
            className="field"
            inputMode="numeric"
            autoComplete="off"
            value={fractions}
            onChange={(event) => setFractions(event.target.value)}
          />
          <button type="submit" className="button small" disabled={inFractions === null || full}>
            {t("compare.add")}
          </button>
        </form>
        <form
          className="compare-make"
          onSubmit={(event) => {
            event.preventDefault();
            if (!scale || total === null || asFractions === null || full) return;
            onChoose({
              ...asked,
              rescaled: [...asked.rescaled, { total_gy: total, fractions: asFractions }],
            });
            setGy("");
            setOf("");
          }}
        >
          <label htmlFor="as-gy">{t("compare.as_gy")}</label>
          <input
            id="as-gy"
            className="field"
            inputMode="decimal"
            autoComplete="off"
            value={gy}
            onChange={(event) => setGy(event.target.value)}
          />
          <label htmlFor="as-fractions">{t("compare.as_fractions")}</label>
          <input
            id="as-fractions"
            className="field"
            inputMode="numeric"
            autoComplete="off"
            value={of}
            onChange={(event) => setOf(event.target.value)}
          />
          <button type="submit" className="button small" disabled={!scale || full}>
            {t("compare.add")}
          </button>
        </form>
        <ul className="compare-made">
          {asked.rescaled.map((each) => (
            <Made
              key={`${each.total_gy}/${each.fractions}`}
              words={t("compare.as", { gy: gray(each.total_gy), fractions: each.fractions })}
              onRemove={() => onChoose({ ...asked, rescaled: asked.rescaled.filter((one) => one !== each) })}
            />
          ))}
          {asked.refractioned.map((each) => (
            <Made
              key={each}
              words={t("compare.in", { fractions: each })}
              onRemove={() =>
                onChoose({ ...asked, refractioned: asked.refractioned.filter((one) => one !== each) })
              }
            />
          ))}
        </ul>
      </fieldset>
      <label className="compare-protocol">
        <span className="eyebrow">{t("compare.protocol")}</span>
        <select
          className="field"
          value={asked.protocol ?? ""}
          onChange={(event) => onChoose({ ...asked, protocol: event.target.value || null })}
        >
          <option value="">{t("compare.no_protocol")}</option>
          {protocols.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

function Made({ words, onRemove }: { words: string; onRemove: () => void }) {
  return (
    <li>
      {words}
      <button
        type="button"
        className="icon-button"
        aria-label={t("compare.remove", { what: words })}
        onClick={onRemove}
      >
        <Icon name="close" size={14} />
      </button>
    </li>
  );
}
