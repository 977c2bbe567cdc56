import type { Forecast, Study } from "../api/study-types";
import { t } from "../words";
import { formatNumber } from "../words/format";

/** What a study would disclose, before anything is sent: the whole bar is our rows, its filled part those that stand out. */
export function LeakMeter({ study }: { study: Study }) {
  return (
    <section className="panel" aria-labelledby="meter-title" data-testid="leak-meter">
      <h2 id="meter-title">{t("meter.title")}</h2>
      {study.forecast === null ? (
        <p className="quiet">{t("meter.none")}</p>
      ) : (
        <Meter forecast={study.forecast} decided={study.decision !== null} />
      )}
    </section>
  );
}

function Meter({ forecast, decided }: { forecast: Forecast; decided: boolean }) {
  const { rows, rows_isolable: isolable, rows_in_small_groups: small } = forecast;
  const share = rows > 0 ? Math.min(100, ((isolable + small) / rows) * 100) : 0;
  return (
    <>
      <p className="quiet small">{decided ? t("meter.foreseen") : t("meter.lead")}</p>
      <p className={isolable + small > 0 ? "meter-word study-loud" : "meter-word"}>
        {isolable > 0 ? t("meter.isolable", { count: isolable }) : t("meter.nobody")}{" "}
        <span className="quiet">{t("meter.of", { rows: formatNumber(rows) })}</span>
      </p>
      <div
        className="meter-bar"
        role="img"
        aria-label={`${formatNumber(isolable)} ${t("meter.of", { rows: formatNumber(rows) })}`}
      >
        <span style={{ inlineSize: `${share}%` }} />
      </div>
      {small > 0 && <p>{t("meter.small", { count: small })}</p>}
      {forecast.would_refuse !== null && (
        <div className="refusal-card" role="note">
          <strong>{t("meter.refuses")}</strong>
          <p>{forecast.would_refuse}</p>
        </div>
      )}
      <ul className="small meter-facts">
        <li>{forecast.masked ? t("meter.masked") : t("meter.unmasked")}</li>
        <li>
          {t("meter.rounds", {
            rounds: formatNumber(forecast.rounds),
            numbers: formatNumber(forecast.numbers),
            bytes: formatNumber(forecast.bytes / 1000, 1),
          })}
        </li>
        {forecast.columns.length > 0 && (
          <li>{t("meter.columns", { columns: forecast.columns.join(", ") })}</li>
        )}
        <li>{t("meter.unguarded", { count: formatNumber(forecast.unguarded) })}</li>
        {forecast.rho > 0 && <li>{t("meter.budget", { rho: formatNumber(forecast.rho, 4) })}</li>}
        {forecast.reasons.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </>
  );
}
