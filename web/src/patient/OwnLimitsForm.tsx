import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError, api } from "../api/client";
import type { LimitChangeRequest, OverridesAnswer, WardRule } from "../api/types";
import { announce } from "../shell/announce";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatLength, formatUnit, formatValue, signalTitle } from "../words/format";

const HOURS = [4, 12, 24, 72];
const SCALE = "spo2_scale";

interface FormProps {
  patient: string;
  limits: OverridesAnswer;
  onDone: (changed: boolean) => void;
}

/** A rule as a person reads it in a list: "Low oxygen saturation: SpO₂ < 88 %". */
function ruleTitle(rule: WardRule): string {
  return `${rule.title} (${rule.rule})`;
}

/** One change, the reason for it, and how long it holds; the server has the last word on what is allowed. */
export function OwnLimitsForm({ patient, limits, onDone }: FormProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState(limits.rules[0]?.rule ?? SCALE);
  const [limit, setLimit] = useState("");
  const [off, setOff] = useState(false);
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<number | null>(24);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const rule = limits.rules.find((each) => each.rule === key) ?? null;

  function asked(): LimitChangeRequest | string {
    if (reason.trim() === "") return t("limits.reason_needed");
    if (rule === null) return { spo2_scale: 2 };
    if (off) return { rule: rule.rule, silent: true };
    const value = Number(limit.replace(",", "."));
    if (limit.trim() === "" || !Number.isFinite(value)) return t("limits.number_needed");
    return { rule: rule.rule, threshold: value };
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const change = asked();
    if (typeof change === "string") {
      setProblem(change);
      return;
    }
    const until = hours === null ? null : new Date(serverNow() + hours * 3_600_000).toISOString();
    try {
      await api.setLimits(patient, { changes: [change], reason: reason.trim(), until });
      announce(t("limits.set_now"));
      onDone(true);
    } catch (refusal) {
      setProblem(
        refusal instanceof ApiError
          ? [refusal.what, refusal.mend].filter(Boolean).join("; ")
          : String(refusal),
      );
    }
  }

  return (
    <dialog
      ref={dialog}
      className="pause limits-form"
      aria-labelledby="limits-form-title"
      onClose={() => onDone(false)}
    >
      <form onSubmit={submit} noValidate>
        <h2 id="limits-form-title">{t("limits.form_title")}</h2>
        <label>
          {t("limits.rule")}
          <select
            className="field"
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
              setOff(false);
              setLimit("");
              setProblem("");
            }}
          >
            {limits.rules.map((each) => (
              <option key={each.rule} value={each.rule}>
                {ruleTitle(each)}
              </option>
            ))}
            {limits.spo2_scale && <option value={SCALE}>{t("limits.scale", { n: 2 })}</option>}
          </select>
        </label>
        {rule && (
          <>
            <label>
              {t("limits.limit", {
                signal: signalTitle(rule.signal),
                op: rule.op,
                unit: formatUnit(rule.unit),
              })}
              <input
                className="field"
                inputMode="decimal"
                value={limit}
                disabled={off}
                placeholder={t("limits.on_the_ward", { value: formatValue(rule.threshold) })}
                aria-describedby="limits-problem limits-bound"
                onChange={(event) => setLimit(event.target.value)}
              />
            </label>
            <p id="limits-bound" className="small quiet limits-bound">
              {rule.tier === "safety"
                ? t("limits.safety", { bound: rule.loosest === null ? "–" : formatValue(rule.loosest) })
                : t("limits.plausible", {
                    low: formatValue(rule.plausible_low),
                    high: formatValue(rule.plausible_high),
                  })}
            </p>
            {rule.may_be_off && (
              <label className="limits-off">
                <input type="checkbox" checked={off} onChange={(event) => setOff(event.target.checked)} />
                {t("limits.turn_off")}
              </label>
            )}
          </>
        )}
        <label>
          {t("pause.reason")}
          <input
            className="field"
            value={reason}
            maxLength={500}
            aria-describedby="limits-problem"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <fieldset>
          <legend>{t("limits.holds")}</legend>
          <div className="segments">
            {HOURS.map((each) => (
              <button key={each} type="button" aria-pressed={each === hours} onClick={() => setHours(each)}>
                {formatLength(each * 3600)}
              </button>
            ))}
            <button type="button" aria-pressed={hours === null} onClick={() => setHours(null)}>
              {t("limits.no_end")}
            </button>
          </div>
        </fieldset>
        <p id="limits-problem" className="pause-problem" role="alert">
          {problem}
        </p>
        <div className="pause-buttons">
          <button type="button" className="button" onClick={() => onDone(false)}>
            {t("pause.cancel")}
          </button>
          <button type="submit" className="button primary">
            {t("limits.submit")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
