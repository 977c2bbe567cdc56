import { type ReactNode, useEffect } from "react";
import { ApiError, api } from "../api/client";
import type { Device, RefusedMessage, Sink, Source } from "../api/house-types";
import { useResource } from "../api/use-resource";
import { Failed, Message, Skeleton } from "../look/Message";
import { serverNow, useAge } from "../state/clock";
import { type Key, t, tMaybe } from "../words";
import { formatAge, formatMoment, formatNumber } from "../words/format";
import "./sources.css";

const REREAD_MS = 5000;
const LATEST = 100;

/** What a part says that this server does not have: nothing, rather than a failure of the page. */
async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (reason) {
    if (reason instanceof ApiError && reason.status === 404) return null;
    throw reason;
  }
}

/** How what comes in and goes out is, and what was refused and why. Says nothing of patients. */
export default function SourcesPage() {
  const found = useResource("sources", async () => {
    const [sources, devices, quarantine] = await Promise.all([
      orNothing(api.sources()),
      api.devices(),
      orNothing(api.quarantine(LATEST)),
    ]);
    return { sources, devices, quarantine };
  });
  const { reload } = found;
  useEffect(() => {
    const timer = setInterval(reload, REREAD_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const { data } = found;
  return (
    <div className="page">
      <div>
        <h1>{t("sources.title")}</h1>
        <p className="quiet">{t("sources.lead")}</p>
      </div>
      {found.status === "loading" && <Skeleton rows={8} height={32} />}
      {found.status === "failed" && <Failed error={found.error} onRetry={reload} />}
      {data && !data.sources && <Message title={t("sources.not_here")} />}
      {data?.sources && (
        <>
          <Part title="sources.sources" empty="sources.none" rows={data.sources.sources} name="sources">
            <Sources rows={data.sources.sources} />
          </Part>
          <Part title="sources.sinks" empty="sources.no_sinks" rows={data.sources.sinks} name="sinks">
            <Sinks rows={data.sources.sinks} />
          </Part>
        </>
      )}
      {data && (
        <Part title="sources.devices" empty="sources.no_devices" rows={data.devices.devices} name="devices">
          <Devices rows={data.devices.devices} />
        </Part>
      )}
      {data?.quarantine && (
        <Part
          title="sources.quarantine"
          empty="sources.no_refused"
          rows={data.quarantine.messages}
          name="quarantine"
          lead={data.sources ? t("sources.waiting", { count: data.sources.refused_waiting }) : undefined}
        >
          <Refused rows={data.quarantine.messages} />
        </Part>
      )}
    </div>
  );
}

interface PartProps {
  title: Key & `sources.${string}`;
  empty: Key & `sources.${string}`;
  rows: readonly unknown[];
  name: string;
  lead?: string | undefined;
  children: ReactNode;
}

function Part({ title, empty, rows, name, lead, children }: PartProps) {
  return (
    <section className="sources-part" aria-labelledby={`part-${name}`} data-testid={name}>
      <h2 id={`part-${name}`}>{t(title as "sources.sources")}</h2>
      {lead && rows.length > 0 && <p className="small quiet">{lead}</p>}
      {rows.length === 0 ? (
        <p className="quiet">{t(empty as "sources.none")}</p>
      ) : (
        <div className="panel table-frame">{children}</div>
      )}
    </section>
  );
}

function Head({ names }: { names: [Key & `sources.${string}`, boolean][] }) {
  return (
    <thead>
      <tr>
        {names.map(([name, number]) => (
          <th key={name} scope="col" className={number ? "number" : undefined}>
            {t(name as "sources.name")}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** A state as a shape and a word: a filled square is in order, a crossed one is not, an open one waits. */
function LineState({ state, silent = false }: { state: string; silent?: boolean }) {
  const bad = silent || state === "lost" || state === "stopped";
  const waits = state === "waiting" || state === "starting";
  return (
    <span className="line-state" data-bad={bad} data-state={state}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d="M1 1h10v10H1z" className={bad || waits ? "line-open" : "line-full"} />
        {bad && <path d="M1 1l10 10M11 1L1 11" className="line-open" />}
      </svg>
      {tMaybe(`sources.state.${state}`, state)}
      {silent && `, ${t("sources.silent")}`}
    </span>
  );
}

function Ago({ time }: { time: string | null }) {
  const age = useAge(time);
  return <>{age ? t("age.ago", { age }) : "–"}</>;
}

function Sources({ rows }: { rows: Source[] }) {
  return (
    <table className="table live">
      <caption className="hidden-text">{t("sources.sources")}</caption>
      <Head
        names={[
          ["sources.name", false],
          ["sources.kind", false],
          ["sources.state", false],
          ["sources.last", false],
          ["sources.connections", true],
          ["sources.messages", true],
          ["sources.accepted", true],
          ["sources.refused", true],
          ["sources.samples", true],
        ]}
      />
      <tbody>
        {rows.map((one) => (
          <tr key={one.name} data-state={one.state} data-silent={one.silent}>
            <td>
              <strong>{one.name}</strong>
              <br />
              <span className="quiet">{one.detail}</span>
            </td>
            <td>{one.kind}</td>
            <td>
              <LineState state={one.state} silent={one.silent} />
              {one.silent_after_s !== null && (
                <>
                  <br />
                  <span className="quiet">
                    {t("sources.silent_after", { age: formatAge(one.silent_after_s) })}
                  </span>
                </>
              )}
            </td>
            <td>
              <Ago time={one.last_message_at} />
            </td>
            <td className="number">{one.connections}</td>
            <td className="number">{one.messages}</td>
            <td className="number">{one.accepted}</td>
            <td className="number">{one.refused}</td>
            <td className="number">{one.samples}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sinks({ rows }: { rows: Sink[] }) {
  return (
    <table className="table live">
      <caption className="hidden-text">{t("sources.sinks")}</caption>
      <Head
        names={[
          ["sources.name", false],
          ["sources.kind", false],
          ["sources.state", false],
          ["sources.last", false],
          ["sources.waiting_column", true],
          ["sources.delivered", true],
          ["sources.refused", true],
          ["sources.problem", false],
        ]}
      />
      <tbody>
        {rows.map((one) => (
          <tr key={one.name} data-state={one.state}>
            <td>
              <strong>{one.name}</strong>
            </td>
            <td>{one.kind}</td>
            <td>
              <LineState state={one.state} />
            </td>
            <td>
              <Ago time={one.last_delivered_at} />
            </td>
            <td className="number">{one.waiting}</td>
            <td className="number">{one.delivered}</td>
            <td className="number">{one.refused}</td>
            <td>{one.problem ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Devices({ rows }: { rows: Device[] }) {
  return (
    <table className="table live">
      <caption className="hidden-text">{t("sources.devices")}</caption>
      <Head
        names={[
          ["sources.device", false],
          ["sources.clock", false],
          ["sources.ahead_by", true],
          ["sources.arrived", true],
          ["sources.released", true],
          ["sources.late", true],
          ["sources.duplicate", true],
          ["sources.ahead", true],
          ["sources.strangers", true],
        ]}
      />
      <tbody>
        {rows.map((one) => (
          <tr key={one.device}>
            <td>
              <strong>{one.device}</strong>
            </td>
            <td>{one.clock}</td>
            <td className="number">{t("age.seconds", { n: formatNumber(one.ahead_s, 1) })}</td>
            <td className="number">{one.arrived}</td>
            <td className="number">{one.released}</td>
            <td className="number">{one.late}</td>
            <td className="number">{one.duplicate}</td>
            <td className="number">{one.ahead}</td>
            <td className="number">{one.strangers}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Refused({ rows }: { rows: RefusedMessage[] }) {
  return (
    <table className="table">
      <caption className="hidden-text">{t("sources.quarantine")}</caption>
      <Head
        names={[
          ["sources.time", false],
          ["sources.source", false],
          ["sources.kind", false],
          ["sources.what", false],
          ["sources.where", false],
          ["sources.mend", false],
          ["sources.bytes", true],
        ]}
      />
      <tbody>
        {rows.map((one) => (
          <tr key={one.id}>
            <td>{formatMoment(Date.parse(one.time), serverNow(), true)}</td>
            <td>{one.source}</td>
            <td>{one.kind}</td>
            <td>{one.what}</td>
            <td>{one.where}</td>
            <td>{one.mend}</td>
            <td className="number">{one.bytes}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
