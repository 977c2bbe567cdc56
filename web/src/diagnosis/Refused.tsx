import type { ModelVersion } from "../api/diagnosis-types";
import { t } from "../words";
import type { AnswerProps } from "./Answers";
import { isMissingOnly, plainRefusal } from "./answers";
import { factTitle } from "./facts";

const CHIPS = 6;

/** Why a model does not answer; each input that it needs is one press away. */
export function Refused({ version, facts, onOpen, onFill }: AnswerProps & { version: ModelVersion }) {
  const reason = version.refusal ?? "";
  const known = new Map(facts.map((fact) => [fact.name, fact]));
  const fields = version.concerned.flatMap((name) => known.get(name) ?? []);
  const missing = version.available && isMissingOnly(reason);
  return (
    <div className="refused-words">
      <button type="button" className="number-button refused-word" onClick={() => onOpen(version, null)}>
        {t(version.available ? "answers.refused" : "answers.unavailable")}
        <span className="hidden-text">{t("answers.how", { title: version.title })}</span>
      </button>
      {missing ? (
        <span className="small">{t("answers.needs")}</span>
      ) : (
        <p className="small">{plainRefusal(reason)}</p>
      )}
      {fields.length > 0 && (
        <ul className="fact-chips">
          {fields.slice(0, CHIPS).map((fact) => (
            <li key={fact.name}>
              <button
                type="button"
                className="fact-chip"
                title={t("answers.fill", { fact: fact.title })}
                onClick={() => onFill(fact.name)}
              >
                {factTitle(fact.name, fact.title)}
              </button>
            </li>
          ))}
          {fields.length > CHIPS && (
            <li className="small quiet">{t("since.more", { count: fields.length - CHIPS })}</li>
          )}
        </ul>
      )}
    </div>
  );
}
