import { useState } from "react";
import { ApiError, api } from "../api/client";
import type { LimitChange, Override, OverridesAnswer } from "../api/types";
import { useResource } from "../api/use-resource";
import { Failed, Skeleton } from "../look/Message";
import { announce } from "../shell/announce";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment, formatSignal, formatUnit, formatValue } from "../words/format";
import { OwnLimitsForm } from "./OwnLimitsForm";

interface OwnLimitsProps {
  patient: string;
  mayChange: boolean;
  /** Changes when the board tells of other limits. */
  version: string;
  /** Called after a change: the rules drawn into the time line are others now. */
  onChanged: () => void;
}

/** Limits of this patient's own: who set them, why, until when; and, for those who may, the way to set and to end them. */
export function OwnLimits({ patient, mayChange, version, onChanged }: OwnLimitsProps) {
  const limits = useResource(`overrides ${patient} ${version}`, () => api.overrides(patient));
  const [setting, setSetting] = useState(false);
  const changed = () => {
    limits.reload();
    onChanged();
  };
  return (
    <section className="panel own-limits" data-testid="own-limits" aria-labelledby="own-limits-title">
      <h2 className="eyebrow" id="own-limits-title">
        {t("limits.title")}
      </h2>
      {limits.status === "loading" && <Skeleton rows={2} height={24} />}
      {limits.status === "failed" && !limits.data && <Failed error={limits.error} onRetry={limits.reload} />}
      {limits.data && (
        <>
          {limits.data.in_force.length === 0 && <p className="quiet small">{t("limits.none")}</p>}
          <ul>
            {limits.data.in_force.map((each) => (
              <InForce
                key={each.id}
                override={each}
                mayChange={mayChange && !each.by_policy}
                onEnded={changed}
              />
            ))}
          </ul>
          <Ended overrides={limits.data.ended} />
          {mayChange && (
            <p>
              <button
                type="button"
                className="button small"
                data-testid="set-limits"
                onClick={() => setSetting(true)}
              >
                {t("limits.set")}
              </button>
            </p>
          )}
          {setting && (
            <OwnLimitsForm
              patient={patient}
              limits={limits.data satisfies OverridesAnswer}
              onDone={(done) => {
                setSetting(false);
                if (done) changed();
              }}
            />
          )}
        </>
      )}
    </section>
  );
}

/** `< 88 → 85 %`, or that a rule is off. */
function changeWords(change: LimitChange): string {
  if (change.spo2_scale !== null && change.spo2_scale !== undefined)
    return t("limits.scale", { n: change.spo2_scale });
  const name = change.title ?? change.rule ?? "";
  if (change.silent) return t("limits.off", { rule: name });
  const say = (value: number | null) =>
    change.signal ? formatSignal(change.signal, value) : formatValue(value);
  return t("limits.changed", {
    rule: name,
    now: say(change.threshold),
    ward: say(change.ward_threshold),
    unit: formatUnit(change.unit),
  });
}

function InForce({
  override,
  mayChange,
  onEnded,
}: {
  override: Override;
  mayChange: boolean;
  onEnded: () => void;
}) {
  const [ending, setEnding] = useState(false);
  const [why, setWhy] = useState("");
  async function end() {
    try {
      await api.endOverride(override.patient, override.id, why.trim());
      announce(t("limits.ended_now"));
      onEnded();
    } catch (reason) {
      announce(t("action.failed", { what: reason instanceof ApiError ? reason.what : String(reason) }), true);
    }
  }
  return (
    <li className="own-limit" data-testid="own-limit">
      {override.changes.map((change) => (
        <p key={`${change.rule} ${change.spo2_scale}`}>
          <strong>{changeWords(change)}</strong>
        </p>
      ))}
      <p className="small">{override.reason}</p>
      <p className="small quiet">
        {[
          override.by_policy ? t("limits.by_policy") : override.by,
          t("limits.since", { time: formatMoment(Date.parse(override.set_at), serverNow()) }),
          override.until
            ? t("limits.until", { time: formatMoment(Date.parse(override.until), serverNow()) })
            : t("limits.no_end"),
        ].join(" · ")}
      </p>
      {mayChange && !ending && (
        <button type="button" className="button small" onClick={() => setEnding(true)}>
          {t("limits.end")}
        </button>
      )}
      {ending && (
        <form
          className="own-limit-end"
          onSubmit={(event) => {
            event.preventDefault();
            if (why.trim() !== "") void end();
          }}
        >
          <label>
            {t("limits.end_why")}
            <input className="field" value={why} required onChange={(event) => setWhy(event.target.value)} />
          </label>
          <button type="submit" className="button small primary" disabled={why.trim() === ""}>
            {t("limits.end_submit")}
          </button>
        </form>
      )}
    </li>
  );
}

/** Those that ended stay to be read. */
function Ended({ overrides }: { overrides: Override[] }) {
  if (overrides.length === 0) return null;
  return (
    <details className="own-limits-ended">
      <summary>{t("limits.ended", { count: overrides.length })}</summary>
      <ul>
        {overrides.map((each) => (
          <li key={each.id} className="small quiet">
            {each.changes.map(changeWords).join("; ")}. {each.by}: {each.reason}.{" "}
            {each.ended_at &&
              t("limits.ended_at", { time: formatMoment(Date.parse(each.ended_at), serverNow()) })}
            {each.ended_by && `, ${each.ended_by}`}
            {each.ended_why && `: ${each.ended_why}`}
          </li>
        ))}
      </ul>
    </details>
  );
}
