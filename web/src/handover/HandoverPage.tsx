import { useMemo, useState } from "react";
import { api } from "../api/client";
import type { Handover } from "../api/house-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, patientAddress, useQuery } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { StateMark } from "../look/StateMark";
import { announce } from "../shell/announce";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment } from "../words/format";
import { type SheetRow, sheetCsv, sheetRow, sheetText } from "./sheet";
import "./handover.css";

const HOURS = [4, 8, 12, 24];
const HOUR_MS = 3_600_000;

/** What the next shift must know, patient by patient; made to be printed. */
export default function HandoverPage({ ward }: { ward: string }) {
  const asked = useQuery("hours");
  const at = useQuery("since");
  const hours = HOURS.includes(Number(asked)) ? Number(asked) : 8;
  const key = at ?? String(hours);
  const sheet = useResource(`handover ${ward} ${key}`, () =>
    api.handover(ward, at ?? new Date(serverNow() - hours * HOUR_MS).toISOString()),
  );
  return (
    <div className="page handover">
      <h1>{t("handover.title", { ward })}</h1>
      <Tools ward={ward} hours={at ? null : hours} sheet={sheet.data} />
      {sheet.status === "loading" && <Skeleton rows={6} height={96} />}
      {sheet.status === "failed" && <Failed error={sheet.error} onRetry={sheet.reload} />}
      {sheet.data && <Sheet sheet={sheet.data} />}
    </div>
  );
}

function download(sheet: Handover): void {
  const url = URL.createObjectURL(new Blob([sheetCsv(sheet)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `handover-${sheet.ward}-${sheet.now.slice(0, 16).replaceAll(":", "")}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}

function Tools({ ward, hours, sheet }: { ward: string; hours: number | null; sheet: Handover | null }) {
  const [time, setTime] = useState("");
  const path = `/handover/${encodeURIComponent(ward)}`;
  async function copy() {
    if (!sheet) return;
    try {
      await navigator.clipboard.writeText(sheetText(sheet));
      announce(t("handover.copied"));
    } catch (reason) {
      announce(t("action.failed", { what: String(reason) }), true);
    }
  }
  return (
    <div className="handover-tools">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="segments" role="group" aria-label={t("handover.since")}>
        {HOURS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={hours === each}
            onClick={() => go(`${path}?hours=${each}`, true)}
          >
            {t("handover.hours", { n: each })}
          </button>
        ))}
      </div>
      <label className="small">
        {t("handover.at")}{" "}
        <input
          type="datetime-local"
          className="field"
          value={time}
          onChange={(event) => {
            setTime(event.target.value);
            const moment = new Date(event.target.value);
            if (!Number.isNaN(moment.getTime()))
              go(`${path}?since=${encodeURIComponent(moment.toISOString())}`, true);
          }}
        />
      </label>
      <button type="button" className="button" onClick={() => window.print()}>
        {t("handover.print")}
      </button>
      <button type="button" className="button" disabled={!sheet} onClick={() => void copy()}>
        {t("handover.copy")}
      </button>
      <button type="button" className="button" disabled={!sheet} onClick={() => sheet && download(sheet)}>
        {t("handover.csv")}
      </button>
    </div>
  );
}

function Sheet({ sheet }: { sheet: Handover }) {
  const nowMs = Date.parse(sheet.now);
  const rows = useMemo(
    () => sheet.patients.map((one) => ({ one, row: sheetRow(one, Date.parse(sheet.now)) })),
    [sheet],
  );
  if (rows.length === 0) return <Message title={t("handover.empty")} />;
  return (
    <>
      <p className="quiet">
        {t("handover.made", {
          since: formatMoment(Date.parse(sheet.since), nowMs),
          now: formatMoment(nowMs, nowMs),
          hospital: sheet.hospital,
        })}
      </p>
      <ul className="handover-rows" data-testid="handover">
        {rows.map(({ one, row }) => (
          <li key={row.bed} className="panel handover-row" data-bed={row.bed}>
            <h2>
              <StateMark state={one.state} size={18} /> <span className="handover-bed">{row.bed}</span>{" "}
              <Link href={patientAddress(one.patient.id)}>{row.name}</Link>{" "}
              <span className="small quiet">{row.about}</span>
            </h2>
            <p className="handover-state">{row.state}</p>
            <p>
              {row.vitals.join(" · ")}
              <br />
              <strong>{t("handover.news2")}</strong> {row.news2}
            </p>
            <Lines row={row} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Lines({ row }: { row: SheetRow }) {
  const parts = [
    ["handover.stands", row.stands],
    ["handover.raised", row.over],
    ["handover.done", row.done],
    ["handover.suppressed", row.heldBack],
    ["handover.limits", row.limits],
    ["handover.sensors", row.sensors],
  ] as const;
  const shown = parts.filter(([, lines]) => lines.length > 0);
  if (shown.length === 0) return <p className="quiet">{t("handover.nothing")}</p>;
  return (
    <dl className="handover-lines">
      {shown.map(([title, lines]) => (
        <div key={title}>
          <dt>{t(title)}</dt>
          {lines.map((line) => (
            <dd key={line}>{line}</dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
