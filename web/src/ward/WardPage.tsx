import { useCallback, useMemo, useRef, useState } from "react";
import { boardStore } from "../api/live";
import type { Session, Ward } from "../api/types";
import { useKeys } from "../app/keyboard";
import { go, patientAddress } from "../app/router";
import { Message } from "../look/Message";
import { chooseOrder, orderStore, selectedBedStore } from "../state/preferences";
import { mayAct, maySetStaff } from "../state/session";
import { usePart, useStore } from "../state/store";
import { t } from "../words";
import { acknowledge } from "./actions";
import { useGrid } from "./grid";
import { isUnacknowledged, mostUrgent } from "./order";
import { SummaryStrip } from "./SummaryStrip";
import { openNews2, Tile } from "./Tile";
import { useOrder } from "./use-order";
import "./strip.css";
import "./mast.css";
import "./vitals.css";
import "./trend.css";
import "./tile.css";

interface WardProps {
  session: Session;
  ward: string | null;
  wards: Ward[];
  hint: string | null;
  loaded: boolean;
}

export function WardPage({ session, ward, wards, hint, loaded }: WardProps) {
  if (loaded && !ward)
    return <Message page title={t("ward.no_wards")} body={hint ?? t("ward.no_wards_body")} />;
  return <WardBoard key={ward} session={session} ward={ward ?? ""} wards={wards} />;
}

function focusTile(bed: string): void {
  document.querySelector<HTMLElement>(`[data-tile-link="${CSS.escape(bed)}"]`)?.focus();
}

function WardBoard({ session, ward, wards }: { session: Session; ward: string; wards: Ward[] }) {
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const order = useStore(orderStore);
  const ready = usePart(boardStore, (board) => board?.ward === ward);
  const { beds, held } = useOrder(order, box);
  const expected = wards.find((each) => each.ward === ward)?.beds ?? 24;
  const grid = useGrid(box, ready ? beds.length : expected);
  const [text, setText] = useState("");
  const matching = useMatches(beds, text);

  const current = useCallback(() => {
    const bed = selectedBedStore.get();
    return bed === null ? undefined : boardStore.get()?.tiles.get(bed);
  }, []);

  const keys = useMemo(() => {
    const occupied = beds.filter((bed) => boardStore.get()?.tiles.get(bed)?.patient);
    const move = (by: number) => (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      const at = occupied.indexOf(selectedBedStore.get() ?? "");
      const next = at < 0 ? (by > 0 ? 0 : occupied.length - 1) : at + by;
      const bed = occupied[Math.max(0, Math.min(occupied.length - 1, next))];
      if (bed !== undefined) focusTile(bed);
    };
    return {
      j: move(1),
      k: move(-1),
      ArrowRight: move(1),
      ArrowLeft: move(-1),
      ArrowDown: move(grid.columns),
      ArrowUp: move(-grid.columns),
      s: () => chooseOrder(orderStore.get() === "bed" ? "need" : "bed"),
      n: () => {
        const tile = current();
        if (tile) openNews2(tile);
      },
      a: () => {
        const alarm = mostUrgent(current()?.notifications ?? []);
        if (alarm && isUnacknowledged(alarm) && mayAct(session)) void acknowledge(alarm);
      },
    };
  }, [beds, grid.columns, current, session]);
  useKeys(keys);

  const openFirst = useCallback(() => {
    const first = beds.find((bed) => matching.has(bed));
    const patient = first ? boardStore.get()?.tiles.get(first)?.patient : null;
    if (patient) go(patientAddress(patient.id));
  }, [beds, matching]);

  return (
    <div className="ward">
      <HatchPattern />
      <SummaryStrip
        ward={ward}
        wards={wards}
        text={text}
        onText={setText}
        onEnter={openFirst}
        search={search}
        held={held}
        maySet={maySetStaff(session)}
      />
      <div
        className="board"
        ref={box}
        style={{ "--columns": grid.columns, "--rows": grid.rows } as React.CSSProperties}
      >
        {!ready && <BoardSkeleton count={expected} />}
        {ready && beds.length === 0 && <Message title={t("ward.empty_title")} body={t("ward.empty_body")} />}
        {ready && beds.length > 0 && (
          <ul className="tiles" aria-label={t("ward.tiles")} data-testid="board" data-order={order}>
            {beds.map((bed, i) => (
              <Tile
                key={bed}
                bed={bed}
                mayAct={mayAct(session)}
                dim={text !== "" && !matching.has(bed)}
                side={i % grid.columns >= grid.columns / 2 ? "right" : "left"}
                up={Math.floor(i / grid.columns) >= grid.rows / 2}
              />
            ))}
          </ul>
        )}
        {text !== "" && matching.size === 0 && (
          <p className="search-none">{t("ward.search_none", { text })}</p>
        )}
      </div>
    </div>
  );
}

/** The pattern that all spark lines share for their gaps. */
function HatchPattern() {
  return (
    <svg width="0" height="0" className="hidden-text" aria-hidden="true">
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="hatch-line" d="M0 0V5" />
      </pattern>
    </svg>
  );
}

/** The beds whose number or patient holds the text. */
function useMatches(beds: string[], text: string): Set<string> {
  return useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const tiles = boardStore.get()?.tiles;
    return new Set(
      beds.filter((bed) =>
        `${bed} ${tiles?.get(bed)?.patient?.pseudonym ?? ""}`.toLowerCase().includes(wanted),
      ),
    );
  }, [beds, text]);
}

function BoardSkeleton({ count }: { count: number }) {
  return (
    <div className="tiles" role="status" aria-label={t("loading.label")}>
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shapes are all alike.
        <div key={i} className="tile-skeleton skeleton" />
      ))}
    </div>
  );
}
