import type { Comparison } from "../api/comparison-types";
import { t } from "../words";
import { PolicyMark } from "./PolicyMark";
import { isJudged, loadInterval, namedPolicies } from "./settings";
import { formatDelay, formatLoad, formatPercent } from "./words";

/** Every policy as it is, in numbers. */
export function NumbersTable({ comparison }: { comparison: Comparison }) {
  const judged = isJudged(comparison);
  const front = new Map(comparison.document.pareto?.map((row) => [row.policy, row]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame" tabIndex={0} aria-label={t("policies.number_rows")}>
      <table className="table" data-testid="numbers">
        <thead>
          <tr>
            <th scope="col">{t("policies.policy")}</th>
            <th scope="col" className="number">
              {t("policies.load")}
            </th>
            <th scope="col" className="number">
              {t("policies.load_median")}
            </th>
            {judged && (
              <>
                <th scope="col" className="number">
                  {t("policies.missed")}
                </th>
                <th scope="col" className="number">
                  {t("policies.measure.sensitivity")}
                </th>
                <th scope="col" className="number">
                  {t("policies.chance")}
                </th>
                <th scope="col" className="number">
                  {t("policies.ppv_short")}
                </th>
                <th scope="col" className="number">
                  {t("policies.delay_short")}
                </th>
                <th scope="col">{t("policies.front")}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {namedPolicies(comparison).map(([name, numbers], i) => {
            const load = loadInterval(numbers);
            const row = front.get(name);
            return (
              <tr key={name}>
                <th scope="row">
                  <span className="policy-name" title={numbers.digest}>
                    <PolicyMark place={i} />
                    {name}
                  </span>
                  <span className="quiet small">{t("policies.version", numbers)}</span>
                </th>
                <td className="number">
                  {formatLoad(numbers.alerts_per_patient_day.mean)}
                  {load && (
                    <span className="quiet">
                      {" "}
                      ({t("policies.range", { low: formatLoad(load.low), high: formatLoad(load.high) })})
                    </span>
                  )}
                </td>
                <td className="number">
                  {formatLoad(numbers.alerts_per_patient_day.median)}
                  <span className="quiet">
                    {" "}
                    [
                    {t("policies.range", {
                      low: formatLoad(numbers.alerts_per_patient_day.q1),
                      high: formatLoad(numbers.alerts_per_patient_day.q3),
                    })}
                    ]
                  </span>
                </td>
                {judged && (
                  <>
                    <td className="number">
                      {t("policies.of", { n: numbers.missed ?? 0, all: numbers.events ?? 0 })}
                    </td>
                    <td className="number">{formatPercent(numbers.sensitivity)}</td>
                    <td className="number">{formatPercent(numbers.sensitivity_by_chance)}</td>
                    <td className="number">{formatPercent(numbers.ppv)}</td>
                    <td className="number">{formatDelay(numbers.added_delay_s?.median)}</td>
                    <td>
                      {row?.on_front
                        ? t("policies.on_front")
                        : t("policies.beaten_by", { policies: row?.beaten_by.join(", ") ?? "" })}
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
