import type { DayOfPolicy } from "../api/comparison-types";
import { PriorityMark } from "../look/PriorityMark";
import { t } from "../words";
import { formatClock, formatReason } from "../words/format";

interface Row {
  time: string;
  rule: string;
  title: string;
  words: string;
  priority: "high" | "medium" | "low" | null;
  note: string | null;
}

function rowsOf(policy: DayOfPolicy, dayMs: number): Row[] {
  const raised = policy.raised.map((each): Row => {
    const until =
      each.end === null
        ? t("replay.stood_on")
        : t("replay.until", { time: formatClock(Date.parse(each.end)) });
    const truth = each.is_true === null ? null : each.is_true ? t("replay.is_true") : t("replay.is_false");
    return { ...each, words: `${t("replay.kind.raised")}, ${until}`, note: truth };
  });
  const held = (policy.suppressed ?? []).map(
    (each): Row => ({
      ...each,
      priority: null,
      words: t("replay.kind.suppressed"),
      note: formatReason(each.reason, dayMs),
    }),
  );
  return [...raised, ...held].sort((a, b) => a.time.localeCompare(b.time));
}

/** A policy's lane in words. */
export function SaidTable({ policy }: { policy: DayOfPolicy }) {
  const first = policy.raised[0] ?? policy.suppressed?.[0];
  const rows = rowsOf(policy, first ? Date.parse(first.time) : 0);
  if (rows.length === 0) return <p className="quiet small">{t("replay.nothing_said")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame tall" tabIndex={0} aria-label={t("replay.rows")}>
      <table className="table" data-testid="said-table">
        <thead>
          <tr>
            <th scope="col">{t("alarms.when")}</th>
            <th scope="col">{t("alarms.what")}</th>
            <th scope="col">{t("replay.kind")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two of a rule may be held back in the same second.
            <tr key={`${row.time} ${row.rule} ${i}`} data-raised={row.priority !== null}>
              <td>{formatClock(Date.parse(row.time), true)}</td>
              <td>
                {row.priority && <PriorityMark priority={row.priority} />} <strong>{row.title}</strong>{" "}
                <span className="mono quiet">{row.rule}</span>
              </td>
              <td>
                {row.words}
                {row.note && <span className="quiet"> · {row.note}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
