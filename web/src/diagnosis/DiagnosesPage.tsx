import { useMemo, useState } from "react";
import { api } from "../api/client";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { diagnosisAddress, go } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { SearchField } from "../look/SearchField";
import { t } from "../words";
import "./diagnosis.css";

/** The patients of whom facts about a cancer are known. */
export default function DiagnosesPage() {
  const patients = useResource("diagnoses", api.diagnoses);
  const [text, setText] = useState("");
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (patients.data ?? []).filter((row) =>
      `${row.pseudonym} ${row.id} ${row.reason ?? ""} ${row.pathways.join(" ")}`
        .toLowerCase()
        .includes(wanted),
    );
  }, [patients.data, text]);
  return (
    <div className="page page-narrow">
      <div>
        <h1>{t("diagnoses.title")}</h1>
        <p className="quiet">{t("diagnoses.lead")}</p>
      </div>
      <SearchField
        label={t("diagnoses.search")}
        text={text}
        onText={setText}
        onEnter={() => rows[0] && go(diagnosisAddress(rows[0].id))}
      />
      {patients.status === "loading" && <Skeleton rows={6} height={32} />}
      {patients.status === "failed" && <Failed error={patients.error} onRetry={patients.reload} />}
      {patients.status === "ready" && patients.data.length === 0 && (
        <Message title={t("diagnoses.empty")} body={t("diagnoses.empty_body")} />
      )}
      {patients.status === "ready" && patients.data.length > 0 && rows.length === 0 && (
        <Message title={t("diagnoses.none", { text })} />
      )}
      {rows.length > 0 && (
        <div className="panel table-frame">
          <table className="table" data-testid="diagnoses">
            <thead>
              <tr>
                <th scope="col">{t("patients.name")}</th>
                <th scope="col">{t("diagnoses.pathways")}</th>
                <th scope="col">{t("diagnoses.reason")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>
                    <Link href={diagnosisAddress(row.id)}>{row.pseudonym}</Link>{" "}
                    <span className="quiet">
                      {row.id}
                      {row.age !== null && ` · ${t("patient.years", { n: row.age })}`}
                    </span>
                  </td>
                  <td>{row.pathways.map((each) => t(`diagnosis.pathway.${each}`)).join(", ")}</td>
                  <td>{row.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
