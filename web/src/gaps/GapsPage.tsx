import { useEffect } from "react";
import { api } from "../api/client";
import type { SensorGap } from "../api/house-types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { patientAddress } from "../app/router";
import { Failed, Message, Skeleton } from "../look/Message";
import { serverNow, useAge } from "../state/clock";
import { t } from "../words";
import { formatMoment, formatNumber, signalTitle } from "../words/format";

const REREAD_MS = 15_000;
const SHIFT_H = 8;

/** Which sensors need a hand, the most needed first. */
export default function GapsPage({ ward }: { ward: string }) {
  const gaps = useResource(`gaps ${ward}`, () => api.sensorGaps(ward));
  const { reload } = gaps;
  useEffect(() => {
    const timer = setInterval(reload, REREAD_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <div className="page">
      <div>
        <h1>{t("gaps.title", { ward })}</h1>
        <p className="quiet">{t("gaps.lead")}</p>
      </div>
      {gaps.status === "loading" && <Skeleton rows={8} height={32} />}
      {gaps.status === "failed" && <Failed error={gaps.error} onRetry={reload} />}
      {gaps.data && gaps.data.lacking.length === 0 && <Message title={t("gaps.none")} />}
      {gaps.data && gaps.data.lacking.length > 0 && (
        <>
          <p>
            <strong>{t("gaps.count", { count: gaps.data.lacking.length })}</strong>
          </p>
          <GapTable gaps={gaps.data.lacking} title={t("gaps.title", { ward })} name="gaps" />
        </>
      )}
      {gaps.data && gaps.data.lacked.length > 0 && (
        <>
          <h2>{t("gaps.worst")}</h2>
          <GapTable gaps={gaps.data.lacked} title={t("gaps.worst")} name="lacked" />
        </>
      )}
    </div>
  );
}

function GapTable({ gaps, title, name }: { gaps: SensorGap[]; title: string; name: string }) {
  return (
    <div className="panel table-frame">
      <table className="table live" data-testid={name}>
        <caption className="hidden-text">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t("gaps.bed")}</th>
            <th scope="col">{t("gaps.patient")}</th>
            <th scope="col">{t("gaps.signal")}</th>
            <th scope="col">{t("gaps.lost")}</th>
            <th scope="col">{t("gaps.since")}</th>
            <th scope="col">{t("gaps.taken")}</th>
            <th scope="col" className="number">
              {t("gaps.shift", { n: SHIFT_H })}
            </th>
            <th scope="col" className="number">
              {t("gaps.day")}
            </th>
          </tr>
        </thead>
        <tbody>
          {gaps.map((gap) => (
            <GapRow key={`${gap.bed} ${gap.signal}`} gap={gap} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function percent(share: number): string {
  // 99.9 % is not all of it: a gap never rounds away.
  return t("gaps.percent", { n: formatNumber(Math.floor(share * 100)) });
}

function GapRow({ gap }: { gap: SensorGap }) {
  const age = useAge(gap.since);
  return (
    <tr>
      <td>
        <strong>{gap.bed}</strong>
      </td>
      <td>
        <Link href={patientAddress(gap.patient.id)}>{gap.patient.pseudonym}</Link>
      </td>
      <td>{signalTitle(gap.signal, gap.title)}</td>
      <td>{age ?? "–"}</td>
      <td>{gap.since ? formatMoment(Date.parse(gap.since), serverNow()) : "–"}</td>
      <td>{gap.taken_by ?? "–"}</td>
      <td className="number">{percent(gap.assessable_shift)}</td>
      <td className="number">{percent(gap.assessable_day)}</td>
    </tr>
  );
}
