import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { boardStore, wallLinkStore, watchAll } from "../api/live";
import type { Session, Ward } from "../api/types";
import { LARGE_WARD } from "../api/ward-stream";
import { useKeys } from "../app/keyboard";
import { go, patientAddress, useSearch } from "../app/router";
import { Message } from "../look/Message";
import type { BoardState } from "../state/board";
import { chooseOrder, chooseView, orderStore, selectedBedStore, viewStore } from "../state/preferences";
import { mayAct, maySetStaff } from "../state/session";
import { usePart, useStore } from "../state/store";
import type { WallHandle } from "../wall/WallView";
import { t } from "../words";
import { acknowledge } from "./actions";
import { FilterChips } from "./FilterChips";
import { filterOf, wanted } from "./filter";
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

const WallView = lazy(async () => ({ default: (await import("../wall/WallView")).WallView }));

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
  const { beds: all, held } = useOrder(order, box);
  const search_ = useSearch();
  const filter = useMemo(() => filterOf(search_), [search_]);
  const names = useMemo(() => [session.person?.name ?? "", session.person?.title ?? ""], [session]);
  const shownKey = usePart(
    boardStore,
    useCallback(
      (board: BoardState | null) =>
        all
          .filter((bed) => {
            const tile = board?.tiles.get(bed);
            return tile !== undefined && wanted(tile, filter, names);
          })
          .join("\n"),
      [all, filter, names],
    ),
  );
  const filtered = useMemo(() => (shownKey === "" ? [] : shownKey.split("\n")), [shownKey]);
  const view = useStore(viewStore);
  const canWall = useStore(wallLinkStore) !== null;
  const wall = canWall && (view === "wall" || (view === "auto" && all.length > LARGE_WARD));
  const wallHandle = useRef<WallHandle>(null);
  useEffect(() => (wall ? undefined : watchAll()), [wall]);
  const expected = wards.find((each) => each.ward === ward)?.beds ?? 24;
  const grid = useGrid(box, ready ? filtered.length : expected);
  const [text, setText] = useState("");
  const matching = useMatches(filtered, text);
  // Tiles that do not match are dimmed where they are; a wall has no room for them.
  const beds = useMemo(
    () => (wall && text !== "" ? filtered.filter((bed) => matching.has(bed)) : filtered),
    [wall, text, filtered, matching],
  );

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
      if (bed === undefined) return;
      if (!wallHandle.current) focusTile(bed);
      else {
        selectedBedStore.set(bed);
        wallHandle.current.show(bed);
      }
    };
    const rows = () => wallHandle.current?.columns() ?? grid.columns;
    return {
      j: move(1),
      k: move(-1),
      ArrowRight: move(1),
      ArrowLeft: move(-1),
      ArrowDown: (event: KeyboardEvent) => move(rows())(event),
      ArrowUp: (event: KeyboardEvent) => move(-rows())(event),
      v: () => canWall && chooseView(wall ? "tiles" : "wall"),
      f: () => document.querySelector<HTMLElement>(".chip")?.focus(),
      "g s": () => go(`/gaps/${encodeURIComponent(ward)}`),
      "g h": () => go(`/handover/${encodeURIComponent(ward)}`),
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
  }, [beds, grid.columns, current, session, canWall, wall, ward]);
  useKeys(keys);

  const openFirst = useCallback(() => {
    const first = beds.find((bed) => matching.has(bed));
    const patient = first ? boardStore.get()?.tiles.get(first)?.patient : null;
    if (patient) go(patientAddress(patient.id));
  }, [beds, matching]);

  return (
    <div className="ward with-chips">
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
        wall={wall}
        canWall={canWall}
      />
      <FilterChips ward={ward} filter={filter} names={names} shown={filtered.length} />
      <div
        className="board"
        ref={box}
        style={{ "--columns": grid.columns, "--rows": grid.rows } as React.CSSProperties}
      >
        {!ready && <BoardSkeleton count={expected} />}
        {ready && all.length === 0 && <Message title={t("ward.empty_title")} body={t("ward.empty_body")} />}
        {ready && all.length > 0 && filtered.length === 0 && <Message title={t("filter.none")} />}
        {ready && wall && filtered.length > 0 && (
          <Suspense fallback={<BoardSkeleton count={12} />}>
            <WallView beds={beds} mayAct={mayAct(session)} handle={wallHandle} />
          </Suspense>
        )}
        {ready && !wall && beds.length > 0 && (
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
