import type { OutcomeAnswer } from "../api/outcome-types";
import { t } from "../words";
import { plainReason } from "./tell";

interface CardProps {
  answer: OutcomeAnswer;
  /** What is missing and can be said: the field and its title. */
  fields: { name: string; title: string }[];
  onOpen: (answer: OutcomeAnswer) => void;
  onFill: (field: string) => void;
}

/** As prominent as a number: that a model declined, why, and what it lacks. */
export function RefusalCard({ answer, fields, onOpen, onFill }: CardProps) {
  return (
    <li className="risk-refused hatched" data-testid={`refused-${answer.model.name}`}>
      <div>
        <button type="button" className="risk-open" onClick={() => onOpen(answer)}>
          <span className="risk-what">{answer.endpoint || answer.title}</span>
          <strong>{t("outcome.refused")}</strong>
          <span className="hidden-text">{t("outcome.how", { model: answer.title })}</span>
        </button>
        {fields.length > 0 ? (
          <p className="small">
            {t("outcome.needs")}{" "}
            {fields.map(({ name, title }) => (
              <button key={name} type="button" className="risk-need" onClick={() => onFill(name)}>
                {title}
              </button>
            ))}
          </p>
        ) : (
          <p className="small">{plainReason(answer.refusal?.reason ?? "")}</p>
        )}
      </div>
    </li>
  );
}
