import type { Amount, PatientExposures } from "../api/exposure-types";
import { t, tMaybe } from "../words";
import {
  columnsOf,
  doseUnit,
  formatAmount,
  formatEstimate,
  indicesOf,
  type Row,
  rowsOf,
  subtotalsOf,
  whenWords,
} from "./ledger";

/** Each quantity in its own column, each kind of examination with its own subtotal, and no total over kinds. */
export function LedgerTable({ exposures }: { exposures: PatientExposures }) {
  const { entries, sums, statement } = exposures.ledger;
  const columns = columnsOf(entries);
  const rows = rowsOf(exposures);
  const estimated = exposures.examinations.some((one) => one.effective_dose);
  const subtotals = subtotalsOf(entries, sums);
  const indexed = rows.some((row) => indicesOf(row.exam).length > 0);
  const width = columns.length + 2 + Number(estimated) + Number(indexed);
  return (
    <div className="panel table-frame">
      <table className="table ledger" data-testid="ledger">
        <thead>
          <tr>
            <th scope="col">{t("exposures.when")}</th>
            <th scope="col">{t("exposures.what")}</th>
            {indexed && (
              <th scope="col" className="number">
                {t("quantity.ctdi_vol")}
                <span className="ledger-unit">mGy</span>
              </th>
            )}
            {columns.map(({ quantity, unit }) => (
              <th scope="col" key={quantity} className="number">
                {tMaybe(`quantity.${quantity}`, quantity)}
                <span className="ledger-unit">{doseUnit(unit)}</span>
              </th>
            ))}
            {estimated && (
              <th scope="col" className="number ledger-estimate" title={effectiveWords(exposures)}>
                {t("quantity.effective_dose")}
                <span className="ledger-unit">mSv</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <LedgerRow
              key={`${row.entry.uid} ${row.entry.modality}`}
              row={row}
              quantities={columns.map((one) => one.quantity)}
              indexed={indexed}
              estimated={estimated}
            />
          ))}
        </tbody>
        <tfoot>
          {subtotals.map(({ modality, count, amounts }) => (
            <tr key={modality} data-testid="subtotal">
              <td colSpan={2}>
                {t("exposures.subtotal", {
                  modality: tMaybe(`modality.${modality}`, modality),
                  count: t("exposures.count", { count }),
                })}
              </td>
              {indexed && (
                <td className="number">
                  {modality === "ct" && <span className="quiet small">{t("exposures.not_added")}</span>}
                </td>
              )}
              {columns.map(({ quantity }) => (
                <td key={quantity} className="number">
                  {amounts.get(quantity) === null ? (
                    <span className="quiet small">{t("exposures.not_added")}</span>
                  ) : (
                    <Amounts amounts={amounts.get(quantity) ?? []} />
                  )}
                </td>
              ))}
              {estimated && <td />}
            </tr>
          ))}
          <tr>
            <td colSpan={width} className="quiet" data-testid="no-total">
              {t("exposures.no_total", { statement })}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

export function effectiveWords({ coefficients }: PatientExposures): string {
  return t("exposures.effective_words", { coefficients });
}

function LedgerRow({
  row,
  quantities,
  indexed,
  estimated,
}: {
  row: Row;
  quantities: string[];
  indexed: boolean;
  estimated: boolean;
}) {
  const { entry, exam, fractions } = row;
  const device = exam ? [exam.device.manufacturer, exam.device.model].filter(Boolean).join(" ") : "";
  const skin = exam?.skin && exam.skin.level !== "none" ? exam.skin : null;
  return (
    <tr data-category={entry.category}>
      <td className="ledger-when">{whenWords(entry.started) || t("exposures.not_said")}</td>
      <td className="ledger-what">
        <strong>{tMaybe(`modality.${entry.modality}`, entry.modality)}</strong>{" "}
        {entry.what || t("exposures.not_said")}
        {fractions !== null && (
          <span className="quiet">, {t("exposures.fractions", { count: fractions })}</span>
        )}
        {device && <span className="ledger-more">{device}</span>}
        {exam?.reference_levels?.map((one) => (
          <span key={one.quantity} className="ledger-more" data-above={one.is_above}>
            {t(one.is_above ? "exposures.above" : "exposures.within", {
              level: one.level,
              value: formatAmount(one.value),
              reference: formatAmount(one.reference),
              unit: doseUnit(one.unit),
            })}
          </span>
        ))}
        {skin && (
          <span className="ledger-more" data-above="true">
            {t("exposures.skin", { level: skin.level, asks: skin.asks_for })}
          </span>
        )}
        {exam && exam.warnings.length > 0 && (
          <details className="ledger-more">
            <summary>{t("exposures.warnings", { count: exam.warnings.length })}</summary>
            <ul>
              {exam.warnings.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </details>
        )}
      </td>
      {indexed && (
        <td className="number" data-quantity="ctdi_vol">
          {indicesOf(exam).map((one) => (
            <span key={one.of} className="ledger-amount">
              {one.low === one.high
                ? formatAmount(one.low)
                : `${formatAmount(one.low)} – ${formatAmount(one.high)}`}
              <span className="quiet">
                {[one.of, t("exposures.scans", { count: one.scans })].filter(Boolean).join(", ")}
              </span>
            </span>
          ))}
        </td>
      )}
      {quantities.map((quantity) => (
        <td key={quantity} className="number" data-quantity={quantity}>
          <Amounts amounts={entry.quantities.filter((one) => one.quantity === quantity)} />
        </td>
      ))}
      {estimated && (
        <td className="number ledger-estimate">
          {exam?.effective_dose && <Effective dose={exam.effective_dose} />}
        </td>
      )}
    </tr>
  );
}

function Amounts({ amounts }: { amounts: Amount[] }) {
  return amounts.map((one, n) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: two amounts of one examination may be alike.
    <span key={n} className="ledger-amount">
      {formatAmount(one.value)}
      {(one.of || one.source) && (
        <span className="quiet">{[one.of, one.source].filter(Boolean).join(", ")}</span>
      )}
    </span>
  ));
}

function Effective({ dose }: { dose: { msv?: number; refused: { reason: string }[] } }) {
  if (dose.msv !== undefined) return <span className="ledger-amount">{formatEstimate(dose.msv)}</span>;
  const reasons = [...new Set(dose.refused.map((one) => one.reason))];
  return (
    <details className="ledger-none">
      <summary className="quiet">{t("exposures.no_effective")}</summary>
      {reasons.map((words) => (
        <span key={words} className="ledger-amount quiet">
          {words}
        </span>
      ))}
    </details>
  );
}
