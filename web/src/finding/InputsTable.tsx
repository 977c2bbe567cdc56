import type { ModelInput } from "../api/types";
import { serverNow } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatMoment, formatUnit, formatValue } from "../words/format";
import { type InputRow, spaced } from "./inputs";

/** Every input that the answer used: its value, whether it was known, when it was measured, what it added. */
export function InputsTable({ rows, known }: { rows: InputRow[]; known: Map<string, ModelInput> }) {
  const scored = rows.some((row) => row.points !== null);
  return (
    <table className="table inputs">
      <thead>
        <tr>
          <th scope="col">{t("drawer.input")}</th>
          <th scope="col" className="number">
            {t("drawer.value")}
          </th>
          {scored && (
            <th scope="col" className="number">
              {t("drawer.points")}
            </th>
          )}
          <th scope="col">{t("drawer.measured")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={row.name}
            data-status={row.status}
            className={row.status === "present" ? "" : "inputs-not"}
          >
            <td>{tMaybe(`signal.${row.name}`, known.get(row.name)?.title ?? spaced(row.name))}</td>
            <td className="number">
              {tMaybe(`value.${row.name}.${row.value}`, formatValue(row.value))}{" "}
              <span className="quiet">{formatUnit(row.unit ?? known.get(row.name)?.unit)}</span>
            </td>
            {scored && <td className="number">{row.points !== null && <Points points={row.points} />}</td>}
            <td>
              {row.status !== "present" && (
                <span className="inputs-status">
                  {tMaybe(`status.${row.status.replace(" ", "_")}`, row.status)}
                </span>
              )}{" "}
              {row.time && <span className="quiet">{formatMoment(Date.parse(row.time), serverNow())}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Points({ points }: { points: number }) {
  return (
    <span className={`points points-${Math.min(3, Math.max(0, points))}`}>
      <span className="points-pips" aria-hidden="true">
        {"●".repeat(Math.min(3, Math.max(0, points)))}
      </span>
      {points}
    </span>
  );
}
