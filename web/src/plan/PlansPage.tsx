import { useMemo, useState } from "react";
import { imagingApi } from "../api/imaging";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, planAddress } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { SearchField } from "../look/SearchField";
import { t } from "../words";

/** The patients of whom there are images. */
export default function PlansPage() {
  const patients = useResource("plans", imagingApi.patients);
  const [text, setText] = useState("");
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (patients.data ?? []).filter((row) => `${row.pseudonym} ${row.id}`.toLowerCase().includes(wanted));
  }, [patients.data, text]);
  return (
    <div className="page page-narrow">
      <div>
        <h1>{t("plans.title")}</h1>
        <p className="quiet">{t("plans.lead")}</p>
      </div>
      {patients.data && patients.data.length > 0 && (
        <SearchField
          label={t("plans.search")}
          text={text}
          onText={setText}
          onEnter={() => rows[0] && go(planAddress(rows[0].id))}
        />
      )}
      {patients.status === "loading" && <Skeleton rows={6} height={32} />}
      {patients.status === "failed" && <Failed error={patients.error} onRetry={patients.reload} />}
      {patients.status === "ready" && patients.data.length === 0 && (
        <Message title={t("plans.empty")} body={t("plans.empty_body")} />
      )}
      {patients.status === "ready" && patients.data.length > 0 && rows.length === 0 && (
        <Message title={t("plans.none", { text })} />
      )}
      {rows.length > 0 && (
        <div className="panel table-frame">
          <table className="table" data-testid="plans">
            <thead>
              <tr>
                <th scope="col">{t("patients.name")}</th>
                <th scope="col" className="number">
                  {t("plans.studies")}
                </th>
                <th scope="col" className="number">
                  {t("plans.plans")}
                </th>
                <th scope="col">{t("plans.newest")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>
                    <Link href={planAddress(row.id)}>{row.pseudonym}</Link>{" "}
                    <span className="quiet">{row.id}</span>
                  </td>
                  <td className="number">{row.studies}</td>
                  <td className="number">{row.plans}</td>
                  <td>{row.newest ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
