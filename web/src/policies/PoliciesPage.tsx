import { useEffect, useState } from "react";
import { ApiError, api } from "../api/client";
import type { ComparisonRow, Making } from "../api/comparison-types";
import { type Resource, useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { go, useQuery } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";
import "./policies.css";

/** While one is being made, the list asks again this often. */
const ASK_MS = 1500;

export default function PoliciesPage() {
  const list = useResource("comparisons", api.comparisons);
  const everything = useQuery("all") !== null;
  const comparisons = list.data?.comparisons ?? [];
  const making = list.data?.making ?? null;
  const only = comparisons.length === 1 ? comparisons[0]?.name : undefined;

  // A list of one is no list: it opens.
  useEffect(() => {
    if (only !== undefined && !everything) go(`/policies/${encodeURIComponent(only)}`, true);
  }, [only, everything]);

  return (
    <div className="page page-narrow">
      <div>
        <h1>{t("policies.title")}</h1>
        <p className="quiet">{t("policies.lead")}</p>
      </div>
      {list.status === "loading" && <Skeleton rows={2} height={96} />}
      {list.status === "failed" && !list.data && <Failed error={list.error} onRetry={list.reload} />}
      {making && making.state !== "done" && <Demonstration making={making} reload={list.reload} />}
      {list.data && comparisons.length === 0 && !making && (
        <Message title={t("policies.none")} body={t("policies.none_body")} />
      )}
      {comparisons.length > 0 && (
        <ul className="comparison-list" data-testid="comparisons">
          {comparisons.map((each) => (
            <Row key={each.name} row={each} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Row({ row }: { row: ComparisonRow }) {
  return (
    <li className="panel comparison-row">
      <h2>
        <Link href={`/policies/${encodeURIComponent(row.name)}`}>{row.title}</Link>
      </h2>
      <p className="small">
        {[
          t("policies.patients", { count: row.patients }),
          t("policies.days", { n: formatNumber(row.patient_days, row.patient_days % 1 === 0 ? 0 : 1) }),
          row.events === null ? t("policies.truth_unknown") : t("policies.events", { count: row.events }),
          t("policies.made", { time: formatMoment(Date.parse(row.made_at), serverNow()) }),
        ].join(" · ")}
      </p>
      <p>{row.policies.join(", ")}</p>
      {row.note && (
        <p className={row.simulated ? "comparison-note hatched small" : "quiet small"}>
          <span>{row.note}</span>
        </p>
      )}
    </li>
  );
}

/** The demonstration's own comparison is made when somebody first looks, and says how far it is. */
function Demonstration({ making, reload }: { making: Making; reload: Resource<unknown>["reload"] }) {
  const [refused, setRefused] = useState<ApiError | null>(null);
  const begin = () => {
    api.makeComparison().then(reload, (reason: unknown) => {
      setRefused(reason instanceof ApiError ? reason : new ApiError(0, String(reason)));
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins once, whoever looks.
  useEffect(() => {
    if (making.state === "not begun") begin();
  }, [making.state]);
  useEffect(() => {
    if (making.state !== "working") return;
    const timer = setInterval(reload, ASK_MS);
    return () => clearInterval(timer);
  }, [making.state, reload]);

  if (refused) return <Failed error={refused} onRetry={begin} />;
  if (making.state === "failed")
    return <Message title={t("policies.making_failed")} body={making.problem ?? ""} onRetry={begin} />;
  const percent = Math.round(100 * making.part);
  return (
    <section className="panel making" data-testid="making">
      <h2>{t("policies.making")}</h2>
      <progress max={100} value={percent} aria-label={t("policies.making")} />
      <p className="quiet small" role="status">
        {t("policies.making_part", { n: formatNumber(percent) })}
      </p>
    </section>
  );
}
