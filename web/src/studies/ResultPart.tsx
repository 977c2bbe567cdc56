import type { Study } from "../api/study-types";
import { t } from "../words";
import { coefficientsOf, withError } from "./options";

/** Of a regression, each coefficient with its interval as a bar; of anything else, the way to the numbers. */
export function ResultPart({ study, result }: { study: Study; result: Record<string, unknown> }) {
  const rows = coefficientsOf(result);
  const shown = rows.filter((row) => row.name !== "(intercept)" && Number.isFinite(row.error));
  const reach = Math.max(1e-12, ...shown.map((row) => Math.abs(row.value) + 1.96 * row.error));
  return (
    <section className="panel" aria-labelledby="result-title" data-testid="study-result">
      <h2 id="result-title">{t("result.title")}</h2>
      {rows.length > 0 ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("result.name")}</th>
              <th scope="col" className="number">
                {t("result.coefficient")}
              </th>
              <th scope="col" className="number">
                {t("result.error")}
              </th>
              <th scope="col">{t("result.interval")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const [value, error] = withError(row.value, row.error);
              return (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td className="number">{value}</td>
                  <td className="number">{error}</td>
                  <td>{shown.includes(row) && <Interval {...row} reach={reach} />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : (
        <p className="quiet">{t("result.more")}</p>
      )}
      <p className="small">
        <a href={`/api/studies/${encodeURIComponent(study.id)}/result.json`} download>
          {t("result.download")}
        </a>
        {study.transcript !== null && (
          <span className="quiet">
            {" "}
            · {t("result.transcript", { digest: study.transcript.slice(0, 16) })}
          </span>
        )}
      </p>
    </section>
  );
}

const WIDTH = 220;
const HEIGHT = 18;

function Interval(props: { name: string; value: number; error: number; reach: number }) {
  const x = (value: number) => WIDTH / 2 + (value / props.reach) * (WIDTH / 2 - 6);
  const low = props.value - 1.96 * props.error;
  const high = props.value + 1.96 * props.error;
  const digits = withError(props.value, props.error)[0].split(".")[1]?.length ?? 0;
  const words = `${low.toFixed(digits)} – ${high.toFixed(digits)}`;
  return (
    <svg className="study-interval" width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1={0} y2={HEIGHT} className="zero" />
      <line x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      <circle cx={x(props.value)} cy={HEIGHT / 2} r={3.5} />
    </svg>
  );
}
