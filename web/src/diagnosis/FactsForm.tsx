import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { Assessment, Fact } from "../api/diagnosis-types";
import { t } from "../words";
import { FactRow } from "./FactRow";
import { byGroup, type Draft, type Drafts, differs, factTitle, isCore } from "./facts";

interface FormProps {
  assessment: Assessment;
  drafts: Drafts;
  /** What the server says of drafts, by the fact's name. */
  problems: Record<string, string>;
  date: string;
  mayWrite: boolean;
  busy: boolean;
  onDraft: (fact: Fact, draft: Draft | null) => void;
  onDate: (date: string) => void;
  onKeep: () => void;
  onDiscard: () => void;
}

/** The facts that the pathway's models ask for; checked as they are typed. */
export function FactsForm(props: FormProps) {
  const { assessment, drafts, problems, date, mayWrite, busy } = props;
  const [all, setAll] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { facts } = assessment;
  const names = useMemo(
    () => new Map(facts.map((fact) => [fact.name, factTitle(fact.name, fact.title)])),
    [facts],
  );
  const visible = useMemo(() => {
    const question = assessment.questions[0];
    const first = new Set(question?.models.flatMap((each) => each.versions.map((one) => one.model)) ?? []);
    const sources = new Set(["her2_ihc", "her2_ish"]);
    return all ? facts : facts.filter((fact) => isCore(fact, first, sources) || drafts[fact.name]);
  }, [assessment, facts, all, drafts]);
  const count = facts.filter((fact) => drafts[fact.name] && differs(fact, drafts[fact.name] as Draft)).length;
  const wrong = Object.keys(problems).length;

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key !== "Enter" || !(event.target instanceof HTMLElement)) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      props.onKeep();
      return;
    }
    if (!event.target.matches("[data-fact-value]")) return;
    event.preventDefault();
    const fields = [
      ...(form.current?.querySelectorAll<HTMLElement>("[data-fact-value]:not(:disabled)") ?? []),
    ];
    const next = fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    (next ?? form.current?.querySelector<HTMLElement>("[data-keep]"))?.focus();
  }

  return (
    <form
      className="panel facts"
      ref={form}
      aria-label={t("facts.title")}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        props.onKeep();
      }}
      data-testid="facts"
    >
      <header className="facts-head">
        <h2>{t("facts.title")}</h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("facts.filter")}>
          {[false, true].map((each) => (
            <button key={String(each)} type="button" aria-pressed={all === each} onClick={() => setAll(each)}>
              {t(each ? "facts.all" : "facts.core")}
            </button>
          ))}
        </div>
      </header>
      <p className="quiet small">{t(mayWrite ? "facts.lead" : "facts.read_only")}</p>
      {byGroup(visible).map(({ group, facts: several }) => (
        <fieldset key={group} className="facts-group">
          <legend className="eyebrow">{t(`facts.group.${group as "other"}`)}</legend>
          {several.map((fact) => (
            <FactRow
              key={fact.name}
              fact={fact}
              draft={drafts[fact.name]}
              names={names}
              problem={problems[fact.name] ?? null}
              onDraft={props.onDraft}
            />
          ))}
        </fieldset>
      ))}
      <footer className="facts-foot">
        <label className="small">
          {t("facts.dated")}{" "}
          <input
            type="date"
            className="field"
            value={date}
            onChange={(event) => props.onDate(event.target.value)}
          />
        </label>
        {wrong > 0 && (
          <p className="small fact-problem" role="status">
            {t("facts.problems", { count: wrong })}
          </p>
        )}
        <span className="facts-buttons">
          {count > 0 && (
            <button type="button" className="button" onClick={props.onDiscard}>
              {t("facts.discard")}
            </button>
          )}
          {mayWrite && (
            <button
              type="submit"
              className="button primary"
              data-keep
              data-testid="keep-facts"
              disabled={count === 0 || busy || wrong > 0}
            >
              {count === 0 ? t("facts.nothing") : t("facts.keep", { count })}
            </button>
          )}
        </span>
      </footer>
    </form>
  );
}
