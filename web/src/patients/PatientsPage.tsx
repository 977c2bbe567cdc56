import { useMemo, useState } from "react";
import { api } from "../api/client";
import { boardStore } from "../api/live";
import type { PatientRow } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { diagnosisAddress, go, patientAddress } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { SearchField } from "../look/SearchField";
import { StateMark } from "../look/StateMark";
import { usePart } from "../state/store";
import { t } from "../words";

const numeric = new Intl.Collator("en", { numeric: true });

function matches(row: PatientRow, wanted: string): boolean {
  return `${row.pseudonym} ${row.bed} ${row.id} ${row.ward}`.toLowerCase().includes(wanted);
}

export default function PatientsPage() {
  const patients = useResource("patients", api.patients);
  const [text, setText] = useState("");
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (patients.data ?? [])
      .filter((row) => matches(row, wanted))
      .sort((a, b) => numeric.compare(a.ward, b.ward) || numeric.compare(a.bed, b.bed));
  }, [patients.data, text]);

  return (
    <div className="page page-narrow">
      <h1>{t("patients.title")}</h1>
      <SearchField
        label={t("patients.search")}
        text={text}
        onText={setText}
        onEnter={() => rows[0] && go(patientAddress(rows[0].id))}
      />
      {patients.status === "loading" && <Skeleton rows={10} height={32} />}
      {patients.status === "failed" && <Failed error={patients.error} onRetry={patients.reload} />}
      {patients.status === "ready" && patients.data.length === 0 && <Message title={t("patients.empty")} />}
      {patients.status === "ready" && patients.data.length > 0 && rows.length === 0 && (
        <Message title={t("patients.none", { text })} />
      )}
      {rows.length > 0 && (
        <div className="panel table-frame">
          <table className="table" data-testid="patients">
            <thead>
              <tr>
                <th scope="col">{t("patients.bed")}</th>
                <th scope="col">{t("patients.name")}</th>
                <th scope="col">{t("patients.ward")}</th>
                <th scope="col">{t("patients.state")}</th>
                <th scope="col">{t("rail.diagnosis")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <PatientLine key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function PatientLine({ row }: { row: PatientRow }) {
  // The live board knows better than the list, which was true when it was loaded.
  const live = usePart(boardStore, (board) => {
    const tile = board?.ward === row.ward ? board.tiles.get(row.bed) : undefined;
    return tile?.patient?.id === row.id ? tile.state : null;
  });
  const state = live ?? row.state;
  return (
    <tr className="live">
      <td>{row.bed}</td>
      <td>
        <Link href={patientAddress(row.id)}>{row.pseudonym}</Link> <span className="quiet">{row.id}</span>
      </td>
      <td>{row.ward}</td>
      <td>
        <span className="state-pill">
          <StateMark state={state} size={16} />
          {t(`state.${state}`)}
        </span>
      </td>
      <td>
        <Link href={diagnosisAddress(row.id)} aria-label={t("diagnosis.open_of", { patient: row.pseudonym })}>
          {t("diagnosis.open")}
        </Link>
      </td>
    </tr>
  );
}
