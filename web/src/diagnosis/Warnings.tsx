import type { Assessment, FactsThat } from "../api/diagnosis-types";
import { t } from "../words";
import { factTitle } from "./facts";

/** Facts that contradict each other, and tests that must come first. */
export function Warnings({ assessment, onFill }: { assessment: Assessment; onFill: (name: string) => void }) {
  const titles = new Map(assessment.facts.map((fact) => [fact.name, factTitle(fact.name, fact.title)]));
  const lists: [string, FactsThat[]][] = [
    [t("facts.contradiction"), assessment.contradictions],
    [t("facts.needed"), assessment.needed],
  ];
  return lists.map(
    ([title, several]) =>
      several.length > 0 && (
        <section key={title} className="warnings" role="alert" data-testid="warnings">
          <h2 className="eyebrow">{title}</h2>
          <ul>
            {several.map((one) => (
              <li key={one.what}>
                <span>{inWords(one.what, titles)}</span>
                <span className="fact-chips">
                  {one.facts
                    .filter((name) => titles.has(name))
                    .map((name) => (
                      <button key={name} type="button" className="fact-chip" onClick={() => onFill(name)}>
                        {titles.get(name)}
                      </button>
                    ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ),
  );
}

/** The server's sentence with the titles of facts in place of their names. */
export function inWords(text: string, titles: Map<string, string>): string {
  return text.replace(/\b[a-z0-9]+(_[a-z0-9]+)+\b/g, (name) => titles.get(name) ?? name);
}
