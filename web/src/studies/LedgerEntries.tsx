import type { Study } from "../api/study-types";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";

/** Each disclosure of this hospital in the study, as its ledger has it. */
export function LedgerEntries({ study }: { study: Study }) {
  if (study.site === null) return null;
  const now = Date.now();
  return (
    <section className="panel" aria-labelledby="entries-title" data-testid="entries">
      <h2 id="entries-title">{t("entries.title")}</h2>
      {study.ledger.length === 0 ? (
        <p className="quiet">{t("entries.none")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        <section className="table-frame entries-frame" tabIndex={0} aria-label={t("entries.title")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("entries.when")}</th>
                <th scope="col" className="number">
                  {t("studies.round")}
                </th>
                <th scope="col">{t("entries.step")}</th>
                <th scope="col" className="number">
                  {t("entries.rows")}
                </th>
                <th scope="col" className="number">
                  {t("entries.numbers")}
                </th>
                <th scope="col" className="number">
                  {t("studies.isolable")}
                </th>
              </tr>
            </thead>
            <tbody>
              {study.ledger.map((one) => (
                <tr key={`${one.round} ${one.of}`}>
                  <td className="nowrap">{formatMoment(Date.parse(one.at), now, true)}</td>
                  <td className="number">{one.round + 1}</td>
                  <td>
                    {one.step} {one.masked && <span className="quiet">{t("entries.masked")}</span>}
                    {one.of !== null && <span className="quiet">{t("entries.opened")}</span>}
                  </td>
                  <td className="number">{formatNumber(one.rows)}</td>
                  <td className="number">{formatNumber(one.numbers)}</td>
                  <td className="number">{formatNumber(one.isolable)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
