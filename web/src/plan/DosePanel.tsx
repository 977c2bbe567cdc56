import { useState } from "react";
import { usePart } from "../state/store";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { colourAt, cssColour, SCALES } from "./colours";
import { levelsIn } from "./levels";
import { lineColour } from "./painter";
import { change, chooseScale, type Opened, useSetting } from "./state";

const STOPS = 24;
const DECIMALS = 1;

/** How the dose is shown: wash, colours, threshold, isodoses. */
export function DosePanel({ opened }: { opened: Opened }) {
  const look = useSetting(opened);
  const reference = usePart(opened.scene, (scene) => scene.reference);
  const top = usePart(opened.scene, (scene) => scene.top);
  if (!reference)
    return (
      <section className="plan-part" aria-labelledby="dose-title">
        <h2 id="dose-title">{t("plan.dose")}</h2>
        <p className="quiet small">{t("plan.dose_none")}</p>
      </section>
    );
  const percent = (part: number) => t("plan.percent", { n: formatNumber(part * 100) });
  return (
    <section className="plan-part" aria-labelledby="dose-title">
      <header>
        <h2 id="dose-title">{t("plan.dose")}</h2>
        <label className="plan-switch">
          <input type="checkbox" checked={look.wash} onChange={() => change(opened, { wash: !look.wash })} />
          {t("plan.wash")}
        </label>
      </header>
      <p className="quiet small">
        {t(reference.isPrescription ? "plan.of_prescription" : "plan.of_maximum", {
          gy: formatNumber(reference.gy, DECIMALS),
        })}
      </p>
      <ColourBar opened={opened} top={top} reference={reference.gy} />
      <label className="plan-slider">
        <span>{t("plan.opacity")}</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={look.opacity}
          onChange={(event) => change(opened, { opacity: Number(event.currentTarget.value) })}
        />
        <output>{percent(look.opacity)}</output>
      </label>
      <label className="plan-slider">
        <span>{t("plan.threshold")}</span>
        <input
          type="range"
          min={0}
          max={1.1}
          step={0.01}
          value={look.threshold}
          aria-valuetext={t("plan.gy_percent", {
            gy: formatNumber(look.threshold * reference.gy, DECIMALS),
            percent: formatNumber(look.threshold * 100),
          })}
          onChange={(event) => change(opened, { threshold: Number(event.currentTarget.value) })}
        />
        <output>{t("plan.gy", { gy: formatNumber(look.threshold * reference.gy, DECIMALS) })}</output>
      </label>
      <div className="plan-slider">
        <span>{t("plan.scale")}</span>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("plan.scale")}>
          {SCALES.map((scale) => (
            <button
              key={scale}
              type="button"
              aria-pressed={look.scale === scale}
              onClick={() => chooseScale(opened, scale)}
            >
              {t(`plan.scale.${scale}`)}
            </button>
          ))}
        </div>
      </div>
      <header className="plan-sub">
        <h3>{t("plan.isodoses")}</h3>
        <label className="plan-switch">
          <input
            type="checkbox"
            checked={look.isodoses}
            aria-label={t("plan.isodoses")}
            onChange={() => change(opened, { isodoses: !look.isodoses })}
          />
        </label>
      </header>
      <ul className="isodoses" data-testid="isodoses">
        {look.levels.map((level) => {
          const gy = (level / 100) * reference.gy;
          return (
            <li key={level} data-above={gy > top}>
              <span className="swatch line" style={{ background: cssColour(lineColour(look, gy / top)) }} />
              <span>{t("plan.percent", { n: formatNumber(level, Number.isInteger(level) ? 0 : 1) })}</span>
              <span className="quiet">{t("plan.gy", { gy: formatNumber(gy, DECIMALS) })}</span>
            </li>
          );
        })}
      </ul>
      <LevelsField opened={opened} levels={look.levels} />
    </section>
  );
}

function LevelsField({ opened, levels }: { opened: Opened; levels: number[] }) {
  const [text, setText] = useState(levels.join(" "));
  const wrong = levelsIn(text) === null;
  return (
    <label className="plan-levels">
      <span>{t("plan.levels")}</span>
      <input
        className="field"
        value={text}
        aria-invalid={wrong}
        title={wrong ? t("plan.levels_wrong") : t("plan.levels_hint")}
        onChange={(event) => {
          setText(event.currentTarget.value);
          const next = levelsIn(event.currentTarget.value);
          if (next) change(opened, { levels: next });
        }}
      />
      {wrong && <span className="small">{t("plan.levels_wrong")}</span>}
    </label>
  );
}

/** The colours with what they stand for, in Gy below and in percent above. */
function ColourBar({ opened, top, reference }: { opened: Opened; top: number; reference: number }) {
  const scale = usePart(opened.look, (look) => look.scale);
  const threshold = usePart(opened.look, (look) => look.threshold);
  const colours = Array.from({ length: STOPS + 1 }, (_, n) => cssColour(colourAt(scale, n / STOPS)));
  const from = Math.min(1, (threshold * reference) / top);
  const step = [0.5, 1, 2, 5, 10, 20, 50].find((each) => top / each <= 6) ?? 100;
  const gys = Array.from({ length: Math.floor(top / step) + 1 }, (_, n) => n * step);
  const percents = [0, 50, 100].filter((each) => (each / 100) * reference <= top * 1.001);
  const place = (part: number) => ({ left: `${Math.min(part, 1) * 100}%` });
  return (
    <figure className="colour-bar" aria-label={t("plan.colour_bar")}>
      <div className="colour-ticks">
        {percents.map((each) => (
          <span key={each} style={place(((each / 100) * reference) / top)}>
            {t("plan.percent", { n: each })}
          </span>
        ))}
      </div>
      <div className="colour-strip" style={{ background: `linear-gradient(90deg, ${colours.join(", ")})` }}>
        <span className="colour-below hatched" style={{ width: `${from * 100}%` }} />
      </div>
      <div className="colour-ticks">
        {gys.map((each) => (
          <span key={each} style={place(each / top)}>
            {formatNumber(each, Number.isInteger(each) ? 0 : 1)}
          </span>
        ))}
        <span className="colour-unit">Gy</span>
      </div>
    </figure>
  );
}
