import fontUrl from "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wdth-normal.woff2?url";
import {
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { boardStore, liveStore, type WallLink, wallLinkStore, watchBed } from "../api/live";
import type { Tile } from "../api/types";
import { go, patientAddress } from "../app/router";
import { selectedBedStore } from "../state/preferences";
import { usePart, useStore } from "../state/store";
import { isUnacknowledged, mostUrgent } from "../ward/order";
import { openNews2 } from "../ward/Tile";
import { TileFoot } from "../ward/TileFoot";
import { vitalsOf } from "../ward/vitals";
import { t } from "../words";
import { signalShort, signalTitle } from "../words/format";
import { WALL_TOKENS, type WallColours } from "./colours";
import { cellAt, scrollTo, type WallLayout, wallLayout } from "./layout";
import "./wall.css";

/** The tokens as plain colours, since a canvas cannot read a custom property. */
function readColours(): WallColours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const entries = WALL_TOKENS.map((token) => {
    probe.style.color = `var(--${token})`;
    return [token, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as WallColours;
}

export interface WallHandle {
  columns: () => number;
  show: (bed: string) => void;
}

interface WallProps {
  beds: readonly string[];
  mayAct: boolean;
  handle: RefObject<WallHandle | null>;
}

/** The ward as one canvas that the worker draws; here is only what a hand, a key and a screen reader need. */
export function WallView({ beds, mayAct, handle }: WallProps) {
  const link = useStore(wallLinkStore);
  const box = useRef<HTMLDivElement>(null);
  const selected = useStore(selectedBedStore);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const layout = useMemo(() => wallLayout(beds.length, size.width, size.height), [beds.length, size]);
  const key = beds.join("\n");

  useCanvas(link, box, setSize);
  useEffect(() => link?.({ kind: "beds", beds: key === "" ? [] : key.split("\n") }), [link, key]);
  useEffect(() => link?.({ kind: "select", bed: selected }), [link, selected]);
  useEffect(() => (selected === null ? undefined : watchBed(selected)), [selected]);

  const show = useCallback(
    (bed: string) => {
      const index = beds.indexOf(bed);
      const element = box.current;
      if (index < 0 || !element) return;
      element.scrollTop = scrollTo(layout, index, element.scrollTop, element.clientHeight);
      element.focus({ preventScroll: true });
    },
    [beds, layout],
  );
  useImperativeHandle(handle, () => ({ columns: () => layout.columns, show }), [layout, show]);

  const bedAt = (event: React.MouseEvent) => {
    const element = box.current;
    if (!element) return null;
    const { left, top } = element.getBoundingClientRect();
    const index = cellAt(layout, beds.length, event.clientX - left, event.clientY - top + element.scrollTop);
    return beds[index] ?? null;
  };
  const open = (bed: string | null) => {
    const patient = bed === null ? null : boardStore.get()?.tiles.get(bed)?.patient;
    if (patient) go(patientAddress(patient.id));
  };

  const at = selected === null ? -1 : beds.indexOf(selected);
  return (
    <div className="wall">
      <div
        className="wall-box"
        ref={box}
        role="listbox"
        tabIndex={0}
        aria-label={t("wall.label", { count: beds.length })}
        aria-activedescendant={at >= 0 ? "wall-chosen" : undefined}
        data-testid="wall"
        data-beds={beds.length}
        data-columns={layout.columns}
        onClick={(event) => {
          const bed = bedAt(event);
          if (bed !== null) selectedBedStore.set(bed);
        }}
        onDoubleClick={(event) => open(bedAt(event))}
        onKeyDown={(event) => {
          if (event.key === "Enter") open(selected);
        }}
      >
        <Chosen bed={at >= 0 ? selected : null} at={at} count={beds.length} />
        <Spacer layout={layout} />
      </div>
      <WallFoot bed={selected} mayAct={mayAct} onOpen={() => open(selected)} />
      <NeedList />
    </div>
  );
}

/** As high as all rows, so that the box scrolls; the canvas stays in sight. */
function Spacer({ layout }: { layout: WallLayout }) {
  return <div className="wall-spacer" aria-hidden="true" style={{ height: layout.height }} />;
}

/** A canvas for the worker, made anew where the link is another; its size, its colours and its scrolling. */
function useCanvas(
  link: WallLink | null,
  box: RefObject<HTMLDivElement | null>,
  onSize: (size: { width: number; height: number }) => void,
): void {
  useEffect(() => {
    const element = box.current;
    if (!element || !link) return;
    const holder = document.createElement("div");
    holder.className = "wall-holder";
    holder.setAttribute("aria-hidden", "true");
    const canvas = document.createElement("canvas");
    canvas.className = "wall-canvas";
    holder.append(canvas);
    element.prepend(holder);
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      onSize({ width, height });
      link({ kind: "size", width, height, ratio: window.devicePixelRatio });
    };
    const offscreen = canvas.transferControlToOffscreen();
    link({ kind: "canvas", canvas: offscreen, font: new URL(fontUrl, document.baseURI).href }, [offscreen]);
    const colours = () => link({ kind: "colours", colours: readColours() });
    const scrolled = () => link({ kind: "scroll", top: element.scrollTop });
    measure();
    colours();
    scrolled();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    const themed = new MutationObserver(colours);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", colours);
    window.addEventListener("resize", measure);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      link({ kind: "off" });
      resized.disconnect();
      themed.disconnect();
      system.removeEventListener("change", colours);
      window.removeEventListener("resize", measure);
      element.removeEventListener("scroll", scrolled);
      holder.remove();
    };
  }, [link, box, onSize]);
}

/** Everything that a cell says, in words. */
export function describe(tile: Tile, frozen: boolean): string {
  if (!tile.patient) return `${t("tile.bed", { bed: tile.bed })}: ${t("tile.free")}`;
  const told = t(`state.${tile.state}`);
  const vitals = vitalsOf(tile)
    .map(({ name, text, status }) =>
      status === "present"
        ? `${signalTitle(name)} ${text}`
        : `${signalTitle(name)} ${status === "lost" ? "" : text} (${t(`status.${status}`)})`,
    )
    .join(", ");
  const news2 = tile.news2 && "score" in tile.news2 ? tile.news2.score : "?";
  const alarm = mostUrgent([...tile.notifications, ...tile.technical]);
  const said = t("wall.describe", {
    bed: tile.bed,
    pseudonym: tile.patient.pseudonym,
    state: frozen ? t("state.was", { state: told }) : told,
    vitals,
    news2,
  });
  if (!alarm) return said;
  const who = isUnacknowledged(alarm)
    ? t("notification.raised")
    : (alarm.by ?? t(`notification.${alarm.state}`));
  return `${said} ${alarm.title}, ${t(`priority.${alarm.priority}`)}, ${who}.`;
}

function useTile(bed: string | null): Tile | null {
  return usePart(
    boardStore,
    useCallback((board) => (bed === null ? null : (board?.tiles.get(bed) ?? null)), [bed]),
  );
}

/** The chosen bed as a screen reader hears it. */
function Chosen({ bed, at, count }: { bed: string | null; at: number; count: number }) {
  const tile = useTile(bed);
  const frozen = usePart(liveStore, (live) => live.status === "lost");
  return (
    <div
      id="wall-chosen"
      role="option"
      tabIndex={-1}
      aria-selected={tile !== null}
      aria-posinset={at + 1}
      aria-setsize={count}
      className="hidden-text"
      data-testid="wall-chosen"
      data-bed={bed ?? ""}
    >
      {tile ? describe(tile, frozen) : t("wall.none_chosen")}
    </div>
  );
}

/** The chosen bed in full below the wall, with what can be done about it. */
function WallFoot({ bed, mayAct, onOpen }: { bed: string | null; mayAct: boolean; onOpen: () => void }) {
  const tile = useTile(bed);
  if (!tile?.patient)
    return (
      <p className="wall-foot quiet small" data-testid="wall-foot">
        {t("wall.none_chosen")} · {t("wall.key")}
      </p>
    );
  const alarm = mostUrgent(tile.notifications) ?? mostUrgent(tile.technical);
  return (
    <div className="wall-foot live" data-testid="wall-foot">
      <strong className="wall-foot-bed">{tile.bed}</strong>
      <span>
        {tile.patient.pseudonym} <span className="quiet">{t(`state.${tile.state}`)}</span>
      </span>
      <span className="wall-foot-vitals">
        {vitalsOf(tile).map(({ name, text, status }) => (
          <span key={name} data-status={status}>
            <span className="quiet">{signalShort(name)}</span>{" "}
            <strong className="value">{status === "lost" ? t("tile.sensor_lost") : text}</strong>
          </span>
        ))}
      </span>
      <button type="button" className="button small" onClick={onOpen}>
        {t("wall.open")}
      </button>
      {tile.news2 && (
        <button type="button" className="button small" onClick={() => openNews2(tile)}>
          {t("tile.news2")} {"score" in tile.news2 ? tile.news2.score : "?"}
        </button>
      )}
      {alarm && <TileFoot tile={tile} alarm={alarm} waiting={isUnacknowledged(alarm)} mayAct={mayAct} />}
    </div>
  );
}

const LISTED = 30;

/** Who needs someone, as a list for those who do not see the wall. */
function NeedList() {
  const key = usePart(boardStore, (board) =>
    board
      ? [...board.tiles.values()]
          .filter((tile) => tile.patient && (tile.state === "act_now" || tile.state === "look_soon"))
          .slice(0, LISTED)
          .map((tile) => `${tile.bed}\t${tile.state}`)
          .join("\n")
      : "",
  );
  if (key === "") return null;
  return (
    <ul className="hidden-text" aria-label={t("wall.need")}>
      {key.split("\n").map((line) => {
        const [bed = "", state = ""] = line.split("\t");
        return (
          <li key={bed}>
            {t("tile.bed", { bed })}: {t(`state.${state as "act_now"}`)}
          </li>
        );
      })}
    </ul>
  );
}
