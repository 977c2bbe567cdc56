import { memo } from "react";
import type { Fact, FactStatus } from "../api/diagnosis-types";
import { Icon } from "../look/Icon";
import { serverNow } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatDay, formatUnit, formatValue } from "../words/format";
import { type Draft, type Drafts, factTitle, hasNoValue, shown, withDraft } from "./facts";

const STATUSES: FactStatus[] = ["present", "unknown", "not done", "imputed"];

interface RowProps {
  fact: Fact;
  draft: Draft | undefined;
  /** Titles of facts by name. */
  names: Map<string, string>;
  problem: string | null;
  onDraft: (fact: Fact, draft: Draft | null) => void;
}

/** One fact: its value, its unit, its status, when it was true and who said so. */
export const FactRow = memo(function FactRow({ fact, draft, names, problem, onDraft }: RowProps) {
  const now = shown(fact, draft ? { [fact.name]: draft } : {});
  const derived = fact.derived_from.length > 0 && !draft;
  const id = `fact-${fact.name}`;
  const said = draft !== undefined || (fact.status !== null && !derived);

  function change(next: Draft) {
    const drafts: Drafts = withDraft(draft ? { [fact.name]: draft } : {}, fact, next);
    onDraft(fact, drafts[fact.name] ?? null);
  }
  const setText = (text: string) => change({ text, status: hasNoValue(now.status) ? "present" : now.status });

  const about = [
    fact.time ? formatDay(Date.parse(fact.time), serverNow()) : "",
    derived
      ? t("facts.from", { facts: fact.derived_from.map((name) => names.get(name) ?? name).join(", ") })
      : (fact.source ?? ""),
  ].filter(Boolean);
  return (
    <div
      className="fact-row"
      data-testid={id}
      data-changed={draft !== undefined}
      data-status={said ? now.status : derived ? "derived" : "none"}
      data-problem={problem !== null}
    >
      <span className="fact-name">
        <label htmlFor={id} title={[fact.title, fact.meaning].filter(Boolean).join(". ")}>
          {factTitle(fact.name, fact.title)}
          {fact.required_by.length > 0 && fact.status === null && !draft && (
            <span className="fact-needed" title={t("facts.needed_by", { count: fact.required_by.length })}>
              <span aria-hidden="true">◦</span>
              <span className="hidden-text">{t("facts.needed_by", { count: fact.required_by.length })}</span>
            </span>
          )}
        </label>
        {(draft || about.length > 0) && (
          <span className="fact-about quiet" title={about.join(" · ")}>
            {draft ? t("facts.changed") : about.join(" · ")}
          </span>
        )}
      </span>
      <span className="fact-value">
        <Value
          id={id}
          fact={fact}
          text={now.text}
          derived={derived}
          problem={problem !== null}
          off={hasNoValue(now.status) && said}
          onText={setText}
        />
        <span className="fact-unit quiet">{formatUnit(fact.unit)}</span>
      </span>
      <select
        className="fact-status"
        aria-label={t("facts.status_of", { fact: factTitle(fact.name, fact.title) })}
        value={said ? now.status : ""}
        onChange={(event) => change({ text: now.text, status: event.target.value as FactStatus })}
      >
        {!said && <option value="">{derived ? t("facts.status.present") : t("facts.status.")}</option>}
        {STATUSES.map((each) => (
          <option key={each} value={each}>
            {tMaybe(`facts.status.${each.replace(" ", "_")}`, each)}
          </option>
        ))}
      </select>
      {draft ? (
        <button
          type="button"
          className="icon-button fact-undo"
          tabIndex={-1}
          aria-label={t("facts.undo", { fact: factTitle(fact.name, fact.title) })}
          title={t("facts.undo", { fact: factTitle(fact.name, fact.title) })}
          onClick={() => onDraft(fact, null)}
        >
          <Icon name="close" size={14} />
        </button>
      ) : (
        <span />
      )}
      {problem && (
        <p className="fact-about fact-problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
});

interface ValueProps {
  id: string;
  fact: Fact;
  text: string;
  derived: boolean;
  problem: boolean;
  /** There is no value: it is unknown or was not done. */
  off: boolean;
  onText: (text: string) => void;
}

function Value({ id, fact, text, derived, problem, off, onText }: ValueProps) {
  const follows = derived ? formatValue(fact.value) : "";
  const shared = {
    id,
    "data-fact-value": true,
    "aria-invalid": problem || undefined,
    "aria-describedby": problem ? `${id}-problem` : undefined,
    disabled: off,
  };
  if (fact.kind === "boolean" || fact.kind === "category") {
    const choices =
      fact.kind === "boolean"
        ? [
            ["yes", t("app.yes")],
            ["no", t("app.no")],
          ]
        : fact.categories.map((each) => [each, each]);
    return (
      <select
        {...shared}
        className="field"
        value={off ? "" : text}
        onChange={(event) => onText(event.target.value)}
      >
        <option value="">{follows || "–"}</option>
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    );
  }
  const numeric = fact.kind === "number" || fact.kind === "integer";
  return (
    <input
      {...shared}
      type="text"
      inputMode={numeric ? "decimal" : "text"}
      autoComplete="off"
      className="field"
      value={off ? "" : text}
      placeholder={follows || (numeric && fact.low !== null ? `${fact.low}–${fact.high}` : "")}
      onChange={(event) => onText(event.target.value)}
    />
  );
}
