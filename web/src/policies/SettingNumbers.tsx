import type { ReactNode } from "react";
import type { Comparison } from "../api/comparison-types";
import { t } from "../words";
import { FEW_EVENTS, isJudged, loadInterval, nurseLoad, type Setting } from "./settings";
import { formatDelay, formatLoad, formatPercent } from "./words";

/** What the chosen setting costs and what it finds. */
export function SettingNumbers({ comparison, chosen }: { comparison: Comparison; chosen: Setting }) {
  const { numbers } = chosen;
  const load = loadInterval(numbers);
  const nurse = nurseLoad(numbers);
  const found = numbers.interval_95.sensitivity;
  const ppv = numbers.interval_95.ppv;
  return (
    <div className="setting-numbers" data-testid="setting-numbers" aria-live="polite">
      <Figure
        large
        name={t("policies.load")}
        value={formatLoad(numbers.alerts_per_patient_day.mean)}
        detail={[
          load && t("policies.interval", { low: formatLoad(load.low), high: formatLoad(load.high) }),
          t("policies.load_spread", {
            median: formatLoad(numbers.alerts_per_patient_day.median),
            worst: formatLoad(numbers.alerts_per_patient_day.worst_decile),
          }),
        ]}
      />
      {isJudged(comparison) && (
        <>
          <Figure
            large
            name={t("policies.missed")}
            testid="missed"
            value={t("policies.of", { n: numbers.missed ?? 0, all: numbers.events ?? 0 })}
            detail={[
              t("policies.sensitivity_is", { share: formatPercent(numbers.sensitivity) }),
              found &&
                found[0] !== found[1] &&
                t("policies.interval", { low: formatPercent(found[0]), high: formatPercent(found[1]) }),
            ]}
          />
          <Figure
            name={t("policies.ppv")}
            value={formatPercent(numbers.ppv)}
            detail={[
              ppv && t("policies.interval", { low: formatPercent(ppv[0]), high: formatPercent(ppv[1]) }),
            ]}
          />
          <Figure
            name={t("policies.delay")}
            value={formatDelay(numbers.added_delay_s?.median)}
            detail={[t("policies.delay_p95", { delay: formatDelay(numbers.added_delay_s?.p95) })]}
          />
        </>
      )}
      <Figure
        name={t("policies.nurse")}
        value={formatLoad(nurse.mean)}
        detail={[
          nurse.hour !== null &&
            t("policies.nurse_worst", {
              load: formatLoad(nurse.worst),
              hour: String(nurse.hour).padStart(2, "0"),
            }),
        ]}
      />
      <Figure
        name={t("policies.held")}
        value={formatLoad(numbers.suppressed_per_patient_day)}
        detail={[t("policies.technical", { n: formatLoad(numbers.technical_alerts_per_patient_day) })]}
      />
      {isJudged(comparison) && (numbers.events ?? 0) < FEW_EVENTS && (
        <p className="few-events small">{t("policies.few_events", { count: numbers.events ?? 0 })}</p>
      )}
    </div>
  );
}

interface FigureProps {
  name: string;
  value: ReactNode;
  detail: (string | null | undefined | false)[];
  large?: boolean;
  testid?: string;
}

function Figure({ name, value, detail, large = false, testid }: FigureProps) {
  return (
    <div className={large ? "setting-number large" : "setting-number"}>
      <h3>{name}</h3>
      <p className="setting-value" data-testid={testid}>
        {value}
      </p>
      <p className="quiet small">{detail.filter(Boolean).join("; ")}</p>
    </div>
  );
}
