import type { FigureName, ValidationDocument } from "../api/validation-types";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import { FIGURES, figureOf, formatFigure, formatRange, reasonOf } from "./figures";

/** Without times the C-index is the area under the curve, and there is no horizon. */
function asked(document: ValidationDocument): FigureName[] {
  const timed = document.horizon_years !== null;
  return FIGURES.filter((name) => timed || (name !== "uno_c" && name !== "c_index"));
}

/** Every figure with its interval and where it should be, or why it is not there. */
export function FigureCards({ document }: { document: ValidationDocument }) {
  return (
    <>
      <p className="quiet small">
        {t("validation.figures_lead", {
          level: formatNumber(100 * (document.level ?? 0.95)),
          n: formatNumber(document.resamples ?? 0),
        })}
      </p>
      <dl className="figure-cards" data-testid="figures">
        {asked(document).map((name) => {
          const figure = figureOf(document, name);
          const best = tMaybe(`figure.best.${name}`, "");
          return (
            <div key={name} className={figure ? "figure-card" : "figure-card hatched"} data-figure={name}>
              <dt>{tMaybe(`figure.${name}`, name)}</dt>
              {figure ? (
                <dd>
                  <strong>{formatFigure(name, figure.estimate)}</strong>
                  <span>{formatRange(name, figure)}</span>
                  {best && <span className="quiet">{best}</span>}
                </dd>
              ) : (
                <dd>
                  <strong className="figure-not">{t("cohorts.not")}</strong>
                  <span className="figure-why">{reasonOf(document, name)}</span>
                </dd>
              )}
            </div>
          );
        })}
      </dl>
    </>
  );
}
