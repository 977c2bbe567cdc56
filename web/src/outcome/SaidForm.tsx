import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Asked, Said } from "../api/outcome-types";
import { t } from "../words";
import { formatNumber, formatUnit } from "../words/format";
import { countOf, type Drafts, draftsOf, type Field, fieldsOf, NOTHING, saidIn, wrongIn } from "./said";

interface FormProps {
  asked: Asked;
  said: Said;
  /** The plan's own, which hold where nothing is said. */
  plan: { prescription_gy: number | null; fractions: number | null };
  busy: boolean;
  /** The field to go to, and how often that was asked. */
  wanted: { field: string; turn: number } | null;
  /** Fields of one plan alone have no place where several are compared. */
  several?: boolean;
  onSay: (said: Said) => void;
}

const GROUPS = ["plan", "patient", "alpha_beta", "tumour"] as const;

/** What is said of the patient, by keyboard: Enter goes to the next field, Ctrl+Enter asks the models. */
export function SaidForm({ asked, said, plan, busy, wanted, several = false, onSay }: FormProps) {
  const [drafts, setDrafts] = useState<Drafts>(() => draftsOf(said));
  const [open, setOpen] = useState(!several && countOf(said) > 0);
  const form = useRef<HTMLFormElement>(null);
  const fields = useMemo(() => {
    const words = {
      prescription: t("outcome.prescription"),
      fractions: t("outcome.fractions"),
      structure: t("outcome.tumour_structure"),
    };
    return fieldsOf(asked, words).filter(({ name }) => !several || name !== "plan.fractions");
  }, [asked, several]);
  const wrong = fields.filter((field) => wrongIn(field, drafts[field.name] ?? ""));
  const count = fields.filter(({ name }) => (drafts[name] ?? "") !== "").length;

  useEffect(() => setDrafts(draftsOf(said)), [said]);
  useEffect(() => {
    if (!wanted) return;
    setOpen(true);
    // Once the form is open, the field is there to go to.
    const timer = setTimeout(() =>
      form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(wanted.field)}"]`)?.focus(),
    );
    return () => clearTimeout(timer);
  }, [wanted]);

  const say = () => {
    if (wrong.length === 0) onSay(saidIn(fields, drafts, said));
    else form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  };

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key !== "Enter" || !(event.target instanceof HTMLElement)) return;
    if (!event.target.matches("[data-said]")) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) return say();
    const all = [...(form.current?.querySelectorAll<HTMLElement>("[data-said], [data-say]") ?? [])];
    all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)]?.focus();
  }

  const placeholder = (field: Field): string => {
    if (field.name === "plan.prescription_gy" && plan.prescription_gy !== null)
      return formatNumber(plan.prescription_gy, Number.isInteger(plan.prescription_gy) ? 0 : 2);
    if (field.name === "plan.fractions" && plan.fractions !== null) return String(plan.fractions);
    return field.low === null || field.high === null
      ? ""
      : t("outcome.wrong.range", { low: field.low, high: field.high });
  };

  return (
    <details
      className="said"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      data-testid="said"
    >
      <summary>
        {t("outcome.said")}{" "}
        <span className="quiet">
          {countOf(said) === 0 ? t("outcome.said_none") : t("outcome.said_count", { count: countOf(said) })}
        </span>
      </summary>
      <form
        ref={form}
        aria-label={t("outcome.said")}
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
          say();
        }}
      >
        <p className="quiet small">{t("outcome.said_lead")}</p>
        {GROUPS.map((group) => {
          const some = fields.filter((field) => field.group === group);
          if (some.length === 0) return null;
          return (
            <fieldset key={group}>
              <legend className="eyebrow">{t(`outcome.group.${group}`)}</legend>
              {some.map((field) => (
                <SaidField
                  key={field.name}
                  field={field}
                  text={drafts[field.name] ?? ""}
                  placeholder={placeholder(field)}
                  onText={(text) => setDrafts((before) => ({ ...before, [field.name]: text }))}
                />
              ))}
            </fieldset>
          );
        })}
        <footer>
          <button type="submit" className="button primary small" data-say disabled={busy} data-testid="say">
            {t("outcome.ask")}
          </button>
          {(count > 0 || countOf(said) > 0) && (
            <button
              type="button"
              className="button small"
              onClick={() => {
                setDrafts({});
                onSay(NOTHING);
              }}
            >
              {t("outcome.forget")}
            </button>
          )}
          <span className="quiet small">{t("outcome.keys")}</span>
        </footer>
      </form>
    </details>
  );
}

interface FieldProps {
  field: Field;
  text: string;
  placeholder: string;
  onText: (text: string) => void;
}

function SaidField({ field, text, placeholder, onText }: FieldProps) {
  const wrong = wrongIn(field, text);
  const shared = {
    id: `said-${field.name}`,
    name: field.name,
    "data-said": true,
    className: "field",
    value: text,
    "aria-invalid": wrong !== null || undefined,
    "aria-describedby": wrong ? `said-${field.name}-wrong` : undefined,
  };
  const choices =
    field.kind === "boolean"
      ? [
          ["yes", t("app.yes")],
          ["no", t("app.no")],
        ]
      : field.categories.map((each) => [each, each]);
  return (
    <div className="said-field">
      <label htmlFor={shared.id}>{field.title}</label>
      {field.kind === "boolean" || field.kind === "category" ? (
        <select {...shared} onChange={(event) => onText(event.target.value)}>
          <option value="">{t("outcome.not_said")}</option>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          placeholder={placeholder}
          onChange={(event) => onText(event.target.value)}
        />
      )}
      <span className="quiet small">{formatUnit(field.unit)}</span>
      {wrong && (
        <p className="small said-wrong" id={`said-${field.name}-wrong`} role="alert">
          {wrong === "range"
            ? t("outcome.wrong.range", { low: field.low ?? "", high: field.high ?? "" })
            : t(`outcome.wrong.${wrong}`)}
        </p>
      )}
    </div>
  );
}
