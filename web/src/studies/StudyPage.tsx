import { useEffect } from "react";
import { api } from "../api/client";
import type { Study } from "../api/study-types";
import type { Session } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t, tMaybe } from "../words";
import { formatMoment } from "../words/format";
import { DecisionPart } from "./DecisionPart";
import { LeakMeter } from "./LeakMeter";
import { LedgerEntries } from "./LedgerEntries";
import { optionText } from "./options";
import { ResultPart } from "./ResultPart";
import { Rounds } from "./Rounds";
import { ASK_MS } from "./StudiesPage";
import { goesOn, StudyMark } from "./StudyMark";
import "./studies.css";

export default function StudyPage({ name, session }: { name: string; session: Session }) {
  const study = useResource(`study ${name}`, () => api.study(name));
  const { reload } = study;
  const live = study.data ? goesOn(study.data) : false;
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(reload, ASK_MS);
    return () => clearInterval(timer);
  }, [live, reload]);
  if (study.status === "loading")
    return (
      <div className="page">
        <Skeleton rows={2} height={120} />
      </div>
    );
  if (!study.data) {
    if (study.error?.status === 404)
      return <Message page title={t("studies.not_found")} body={t("studies.not_found_body", { name })} />;
    return study.error && <Failed error={study.error} onRetry={reload} />;
  }
  return <Shown study={study.data} session={session} onDecided={reload} />;
}

function Shown({ study, session, onDecided }: { study: Study; session: Session; onDecided: () => void }) {
  return (
    <article className="page studies" data-testid="study">
      <header>
        <p className="small">
          <Link href="/studies">{t("study.back")}</Link>
        </p>
        <h1>{study.name}</h1>
        <p>
          <StudyMark state={study.state} />
          {study.problem && <span className="quiet"> {study.problem}</span>}
        </p>
      </header>
      <div className="study-columns">
        <Facts study={study} />
        <LeakMeter study={study} />
      </div>
      <DecisionPart study={study} session={session} onDecided={onDecided} />
      <Rounds study={study} />
      {study.result && <ResultPart study={study} result={study.result} />}
      <LedgerEntries study={study} />
    </article>
  );
}

function Facts({ study }: { study: Study }) {
  const now = Date.now();
  const facts: [string, string][] = [
    [t("study.method"), study.method],
    [t("study.hospitals"), study.sites.join(", ")],
    ["", t("study.quorum", { needed: study.quorum, of: study.sites.length })],
  ];
  for (const [name, value] of Object.entries(study.options))
    facts.push([tMaybe(`study.option.${name}`, name), optionText(value)]);
  if (study.table !== null)
    facts.push([t("study.table"), `${study.table} (${t("studies.here_as", { site: study.site ?? "" })})`]);
  if (study.proposed_at !== null)
    facts.push([t("study.proposed"), formatMoment(Date.parse(study.proposed_at), now)]);
  return (
    <section className="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{t("study.options")}</h2>
      <dl className="study-facts">
        {facts.map(([name, value]) => (
          <div key={name || value}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{t("study.digest")}</dt>
          <dd>
            <code className="mono small">{study.digest.slice(0, 16)}</code>
          </dd>
        </div>
      </dl>
    </section>
  );
}
