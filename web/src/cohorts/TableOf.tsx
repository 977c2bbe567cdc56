import { t } from "../words";

/** The numbers of a plot, for whoever reads rather than looks. */
export function TableOf({ heads, rows }: { heads: string[]; rows: string[][] }) {
  return (
    <details className="plot-table">
      <summary>{t("plot.table")}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="table-frame" tabIndex={0} aria-label={t("plot.table")}>
        <table className="table">
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col" className="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.join(" ")}>
                {row.map((cell, i) => (
                  <td key={heads[i]} className="number">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
