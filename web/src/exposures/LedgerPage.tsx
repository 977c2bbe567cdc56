import { exposureApi, exposuresCsv } from "../api/exposures";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { patientAddress } from "../app/router";
import { Icon } from "../look/Icon";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import { effectiveWords, LedgerTable } from "./LedgerTable";
import { Strip } from "./Strip";
import "./exposures.css";

/** A patient's ledger: everything that they were exposed to, each in its own quantity. */
export default function LedgerPage({ id }: { id: string }) {
  const exposures = useResource(`exposures ${id}`, () => exposureApi.patient(id));
  if (exposures.status === "loading")
    return (
      <div className="page">
        <Skeleton rows={1} height={48} />
        <Skeleton rows={5} height={44} />
      </div>
    );
  if (!exposures.data) {
    if (exposures.error?.status === 404) return <Message page title={t("patient.not_found")} body={id} />;
    return exposures.error && <Failed error={exposures.error} onRetry={exposures.reload} />;
  }
  const { patient, ledger, refused, statement, examinations } = exposures.data;
  const nothing = ledger.entries.length === 0;
  return (
    <div className="page exposures">
      <header className="exposures-head">
        <Link
          href={patientAddress(id)}
          className="icon-button"
          aria-label={t("exposures.back")}
          title={t("exposures.back")}
        >
          <Icon name="back" />
        </Link>
        <h1>{t("exposures.of", { name: patient.pseudonym })}</h1>
        {!nothing && (
          <a className="button" href={exposuresCsv(id)} download>
            {t("exposures.csv")}
          </a>
        )}
      </header>
      {nothing && <Message title={t("exposures.none")} body={t("exposures.none_body")} />}
      {!nothing && (
        <>
          <section className="panel" aria-label={t("exposures.strip")}>
            <Strip entries={ledger.entries} />
          </section>
          <LedgerTable exposures={exposures.data} />
          {examinations.some((one) => one.effective_dose) && (
            <p className="small" data-testid="effective-words">
              <strong>{t("quantity.effective_dose")}:</strong> {effectiveWords(exposures.data)}
            </p>
          )}
        </>
      )}
      {refused.length > 0 && (
        <section className="panel" aria-labelledby="refused-title">
          <h2 id="refused-title">{t("exposures.refused")}</h2>
          <p className="quiet small">{t("exposures.refused_lead")}</p>
          <div className="table-frame">
            <table className="table" data-testid="refused">
              <thead>
                <tr>
                  <th scope="col">{t("exposures.object")}</th>
                  <th scope="col">{t("exposures.reason")}</th>
                </tr>
              </thead>
              <tbody>
                {refused.map((one) => (
                  <tr key={one.object + one.reason}>
                    <td className="mono">{one.object}</td>
                    <td>
                      {one.reason}
                      {one.mend && <span className="quiet">; {one.mend}</span>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      <p className="quiet small">{statement}</p>
    </div>
  );
}
