import { api } from "../api/client";
import type { AuditAnswer, AuditEntry, Session } from "../api/types";
import { useResource } from "../api/use-resource";
import { Failed, Message, Skeleton } from "../look/Message";
import { serverNow } from "../state/clock";
import { mayReadAudit } from "../state/session";
import { t } from "../words";
import { formatMoment, formatValue } from "../words/format";

const LATEST = 200;

export default function AuditPage({ session }: { session: Session }) {
  if (!mayReadAudit(session)) return <Message page title={t("audit.not_permitted")} />;
  return <Audit />;
}

function Audit() {
  const audit = useResource("audit", () => api.audit(LATEST));
  return (
    <div className="page">
      <div>
        <h1>{t("audit.title")}</h1>
        <p className="quiet">{t("audit.lead")}</p>
      </div>
      {audit.status === "loading" && <Skeleton rows={12} height={28} />}
      {audit.status === "failed" && <Failed error={audit.error} onRetry={audit.reload} />}
      {audit.data && (
        <>
          <Verdict verdict={audit.data.verdict} />
          {audit.data.entries.length === 0 ? (
            <Message title={t("audit.none")} />
          ) : (
            <Entries entries={audit.data.entries} />
          )}
        </>
      )}
    </div>
  );
}

function Verdict({ verdict }: { verdict: AuditAnswer["verdict"] }) {
  const words = verdict.ok
    ? t("audit.whole", { count: verdict.entries })
    : t("audit.broken", {
        sequence: verdict.sequence ?? t("app.unknown"),
        problem: verdict.message ?? verdict.first_problem ?? t("app.unknown"),
      });
  return (
    <p className={verdict.ok ? "panel" : "panel verdict-broken"} role="status" data-testid="verdict">
      <strong>{words}</strong>
    </p>
  );
}

/** Columns that the trail is known to have, in reading order; each may go by one of several names. */
const COLUMNS: [Parameters<typeof t>[0] & `audit.${string}`, string[]][] = [
  ["audit.sequence", ["sequence"]],
  ["audit.time", ["time", "at"]],
  ["audit.person", ["person", "by", "actor"]],
  ["audit.role", ["role"]],
  ["audit.action", ["action", "verb", "what"]],
  ["audit.subject", ["subject", "patient", "resource"]],
  ["audit.purpose", ["purpose", "why"]],
  ["audit.detail", ["detail"]],
];

function cell(entry: AuditEntry, names: string[]): string {
  const name = names.find((each) => entry[each] !== undefined && entry[each] !== null);
  if (name === undefined) return "";
  const value = entry[name];
  if (names[0] === "time" && typeof value === "string")
    return formatMoment(Date.parse(value), serverNow(), true);
  return formatValue(value);
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  const shown = COLUMNS.filter(([, names]) => entries.some((entry) => cell(entry, names) !== ""));
  return (
    <div className="panel table-frame">
      <table className="table" data-testid="audit-entries">
        <caption className="hidden-text">{t("audit.latest", { count: entries.length })}</caption>
        <thead>
          <tr>
            {shown.map(([title]) => (
              <th key={title} scope="col">
                {t(title as "audit.time")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, i) => (
            <tr key={String(entry.sequence ?? i)}>
              {shown.map(([title, names]) => (
                <td key={title}>{cell(entry, names)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
