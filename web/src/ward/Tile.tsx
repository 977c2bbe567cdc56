import { memo, useCallback } from "react";
import { boardStore, liveStore } from "../api/live";
import type { Tile as TileData } from "../api/types";
import { Link } from "../app/Link";
import { patientAddress } from "../app/router";
import { drawerStore, news2Finding } from "../finding/drawer";
import { serverNow, useAge } from "../state/clock";
import { selectedBedStore } from "../state/preferences";
import { usePart } from "../state/store";
import { t } from "../words";
import { formatClock, signalShort, signalTitle } from "../words/format";
import { Mast } from "./Mast";
import { News2Badge } from "./News2Badge";
import { isUnacknowledged, mostUrgent } from "./order";
import { Spark } from "./Spark";
import { Suppressed } from "./Suppressed";
import { TileFoot } from "./TileFoot";
import { sparkSignal, type Vital, vitalsOf } from "./vitals";

export function openNews2(tile: TileData): void {
  if (!tile.news2 || !tile.patient) return;
  const about = `${t("tile.bed", { bed: tile.bed })}, ${tile.patient.pseudonym}`;
  const now = new Date(serverNow()).toISOString();
  drawerStore.set(news2Finding(tile.news2, tile, now, t("finding.news2"), about));
}

interface TileProps {
  bed: string;
  mayAct: boolean;
  dim: boolean;
  side: "left" | "right";
  up: boolean;
}

/** One bed. Subscribes to its own data alone: a change elsewhere on the ward does not touch it. */
export const Tile = memo(function Tile({ bed, mayAct, dim, side, up }: TileProps) {
  const tile = usePart(
    boardStore,
    useCallback((state) => state?.tiles.get(bed) ?? null, [bed]),
  );
  const selected = usePart(
    selectedBedStore,
    useCallback((now: string | null) => now === bed, [bed]),
  );
  const frozen = usePart(liveStore, (live) => live.status === "lost");
  const onNews2 = useCallback(() => {
    const now = boardStore.get()?.tiles.get(bed);
    if (now) openNews2(now);
  }, [bed]);
  if (!tile) return null;
  if (!tile.patient) return <FreeBed bed={bed} dim={dim} />;

  const alarm = mostUrgent(tile.notifications);
  const waiting = alarm !== undefined && isUnacknowledged(alarm);
  const signal = sparkSignal(tile);
  const spark = signal ? tile.spark[signal] : undefined;
  const told = t(`state.${tile.state}`);
  const state = frozen ? t("state.was", { state: told }) : told;
  return (
    <li
      className="tile live"
      data-testid={`tile-${bed}`}
      data-bed={bed}
      data-state={tile.state}
      data-alarm={alarm !== undefined}
      data-waiting={waiting}
      data-selected={selected}
      data-dim={dim}
    >
      <Mast state={tile.state} flash={waiting ? alarm.priority : null} />
      <div className="tile-head">
        <h2 className="tile-bed">
          <Link
            href={patientAddress(tile.patient.id)}
            className="tile-open"
            data-tile-link={bed}
            aria-label={t("tile.open", { bed, pseudonym: tile.patient.pseudonym, state })}
            onFocus={() => selectedBedStore.set(bed)}
          >
            {bed}
          </Link>
        </h2>
        <p className="tile-who">
          <span className="tile-name">{tile.patient.pseudonym}</span>
          <span className="tile-state">{state}</span>
          {tile.watched_anew && (
            <span className="tile-state">
              {t("tile.watched_anew", {
                ward: tile.watched_anew.moved_from,
                time: formatClock(Date.parse(tile.watched_anew.since)),
              })}
            </span>
          )}
        </p>
        {tile.news2 && (
          <News2Badge
            news2={tile.news2}
            fault={alarm?.evidence.signal?.startsWith("news2") ? alarm.priority : null}
            onOpen={onNews2}
          />
        )}
      </div>
      <dl className="tile-vitals">
        {vitalsOf(tile).map((vital) => (
          <VitalCell key={vital.name} {...vital} />
        ))}
      </dl>
      <div className="tile-trend">
        {signal && spark ? (
          <Spark signal={signal} spark={spark} unit={tile.signals[signal]?.unit ?? ""} />
        ) : (
          <span className="spark" />
        )}
        <Suppressed items={tile.suppressed_last_hour} side={side} up={up} />
      </div>
      {alarm && <TileFoot tile={tile} alarm={alarm} waiting={waiting} mayAct={mayAct} />}
    </li>
  );
});

const VitalCell = memo(function VitalCell({ name, text, time, status, atFault }: Vital) {
  const age = useAge(time);
  return (
    <div className="vital" data-signal={name} data-status={status} data-fault={atFault ?? undefined}>
      <dt>
        <abbr title={signalTitle(name)}>{signalShort(name)}</abbr>
        <span className="age" data-testid="age">
          {age ?? t("tile.no_value")}
        </span>
      </dt>
      <dd className="value">{status === "lost" ? t("tile.sensor_lost") : text}</dd>
    </div>
  );
});

function FreeBed({ bed, dim }: { bed: string; dim: boolean }) {
  return (
    <li
      className="tile tile-free"
      data-testid={`tile-${bed}`}
      data-bed={bed}
      data-state="free"
      data-dim={dim}
    >
      <div className="tile-head">
        <h2 className="tile-bed">{bed}</h2>
        <p className="quiet">{t("tile.free")}</p>
      </div>
    </li>
  );
}
