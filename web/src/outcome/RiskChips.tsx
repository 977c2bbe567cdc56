import type { Outcome } from "../api/outcome-types";
import { drawerStore } from "../finding/drawer";
import { t } from "../words";
import { byStructure, formatPoint, isUnavailable, mainAnswer, shortFrequency, shownAnswer } from "./tell";
import "./outcome.css";

interface ChipsProps {
  /** Null until it is here. */
  outcome: Outcome | null;
  who: string;
  colourOf: (number: number | null) => string | null;
  onPoint: (number: number | null) => void;
}

/** Under the curves: what each curve's organ risks, or that it is refused. */
export function RiskChips({ outcome, who, colourOf, onPoint }: ChipsProps) {
  const organs = (outcome ? byStructure(outcome) : []).filter(({ answers }) =>
    answers.some((each) => !isUnavailable(each)),
  );
  if (organs.length === 0) return <div className="risk-chips" aria-hidden="true" />;
  return (
    <ul className="risk-chips" aria-label={t("outcome.of_curves")} data-testid="risk-chips">
      {organs.map(({ structure, number, answers }) => {
        const main = mainAnswer(answers);
        const answer = main ?? answers.find((each) => !isUnavailable(each));
        const colour = colourOf(number);
        if (!answer) return null;
        return (
          <li key={structure}>
            <button
              type="button"
              className={main ? "risk-chip" : "risk-chip hatched"}
              title={`${structure}: ${answer.endpoint}`}
              onClick={() => drawerStore.set(shownAnswer(answer, who))}
              onPointerEnter={() => onPoint(number)}
              onPointerLeave={() => onPoint(null)}
            >
              <span>
                {colour && <span className="swatch" style={{ background: colour }} />}
                {structure}{" "}
                <strong>
                  {main?.estimate
                    ? main.natural_frequency
                      ? shortFrequency(main.natural_frequency)
                      : formatPoint(main.estimate, main.quantity)
                    : t("outcome.refused_short")}
                </strong>
              </span>
              <span className="hidden-text">{t("outcome.how", { model: answer.title })}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
