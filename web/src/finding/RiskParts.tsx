import type { ModelInput } from "../api/types";
import { t } from "../words";
import { formatNumber, formatUnit } from "../words/format";
import { featureUnit, featureWords, type Mover, naturalFrequency, type RiskExplanation } from "./risk";

/** A risk as percent: 15 %, 2.3 %, 0.4 %; two figures at most. */
export function formatRisk(risk: number): string {
  const percent = 100 * risk;
  return t("risk.percent", { n: formatNumber(percent, percent < 10 ? 1 : 0) });
}

/** The number in percent, as a natural frequency, and as a hundred people. */
export function RiskNumber({ risk, low, high }: { risk: number; low: number | null; high: number | null }) {
  const { n, of } = naturalFrequency(risk);
  return (
    <div className="risk-number">
      <div>
        <p className="risk-percent">{formatRisk(risk)}</p>
        <p>
          {t("risk.frequency", { n, of: formatNumber(of) })}
          <br />
          <span className="quiet small">
            {low !== null && high !== null
              ? t("risk.interval", { low: formatRisk(low), high: formatRisk(high) })
              : t("risk.no_interval")}
          </span>
        </p>
      </div>
      {of === 100 && <People filled={n} />}
    </div>
  );
}

/** A hundred people, so many of them filled. */
function People({ filled }: { filled: number }) {
  return (
    <svg className="people" width={104} height={104} viewBox="0 0 104 104" aria-hidden="true">
      {Array.from({ length: 100 }, (_, i) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: the circles are all alike.
          key={i}
          className={i < filled ? "person-filled" : "person-empty"}
          cx={6 + (i % 10) * 10.2}
          cy={6 + Math.floor(i / 10) * 10.2}
          r={3.6}
        />
      ))}
    </svg>
  );
}

interface MoversProps {
  explanation: RiskExplanation;
  known: Map<string, ModelInput>;
  /** So many are shown; the rest is added up. */
  most?: number;
  /** For a narrow place: the value stands behind the name. */
  compact?: boolean;
}

/** What moved the risk, as bars to both sides of the middle: to the right upwards. */
export function Movers({
  explanation,
  known,
  most = Number.POSITIVE_INFINITY,
  compact = false,
}: MoversProps) {
  const shown = explanation.movers.slice(0, most);
  const rest = explanation.movers.slice(most).reduce((sum, each) => sum + each.logOdds, explanation.others);
  const width = compact ? 56 : 112;
  const widest = Math.max(Math.abs(rest), ...shown.map((each) => Math.abs(each.logOdds)), 1e-6);
  return (
    <table className="movers" data-testid="movers">
      <caption className="hidden-text">{t("risk.movers")}</caption>
      <thead className="hidden-text">
        <tr>
          <th scope="col">{t("drawer.input")}</th>
          <th scope="col">{t("drawer.value")}</th>
          <th scope="col">{t("risk.added")}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((each) => (
          <tr key={each.feature} data-missing={each.value === null}>
            <th scope="row">{featureWords(each.feature, known)}</th>
            <td className="mover-value">
              <MoverValue mover={each} unit={featureUnit(each.feature, known)} />
            </td>
            <td>
              <Bar logOdds={each.logOdds} widest={widest} width={width} />
            </td>
          </tr>
        ))}
        <tr className="movers-rest">
          <th scope="row">{t("risk.others")}</th>
          <td />
          <td>
            <Bar logOdds={rest} widest={widest} width={width} />
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function MoverValue({ mover, unit }: { mover: Mover; unit: string | null }) {
  if (mover.value === null) return <span className="inputs-status">{t("risk.missing")}</span>;
  const { value } = mover;
  const decimals = Math.abs(value) < 10 && !Number.isInteger(value) ? (Math.abs(value) < 1 ? 2 : 1) : 0;
  return (
    <>
      {formatNumber(value, decimals)} <span className="quiet">{formatUnit(unit)}</span>
    </>
  );
}

function Bar({ logOdds, widest, width }: { logOdds: number; widest: number; width: number }) {
  const length = (Math.abs(logOdds) / widest) * (width / 2 - 2);
  const sign = logOdds < 0 ? "−" : "+";
  return (
    <span className="mover-bar" data-up={logOdds > 0}>
      <svg width={width} height={12} aria-hidden="true">
        <path className="mover-middle" d={`M${width / 2} 0V12`} />
        <rect x={logOdds < 0 ? width / 2 - length : width / 2} y={2} width={Math.max(1, length)} height={8} />
      </svg>
      <span className="mover-number">
        {sign}
        {formatNumber(Math.abs(logOdds), 2)}
      </span>
    </span>
  );
}
