import { type RefObject, useCallback } from "react";
import { boardStore, liveStore } from "../api/live";
import type { State, Ward } from "../api/types";
import { Link } from "../app/Link";
import { go } from "../app/router";
import { Icon } from "../look/Icon";
import { StateMark } from "../look/StateMark";
import { type BoardState, countStates } from "../state/board";
import { chooseOrder, chooseView, orderStore } from "../state/preferences";
import { once, usePart, useStore } from "../state/store";
import { t } from "../words";
import { formatClock, signalShort } from "../words/format";
import { BudgetLine } from "./BudgetLine";
import { lostSignals } from "./vitals";

const STATES: State[] = ["act_now", "look_soon", "cannot_tell", "fine"];

/** "7A" alone is a number on a door; "Ward 7A" is a name. */
function wardName(title: string, ward: string): string {
  return title === ward ? t("ward.named", { name: ward }) : title;
}

interface StripProps {
  ward: string;
  wards: Ward[];
  text: string;
  onText: (text: string) => void;
  onEnter: () => void;
  search: RefObject<HTMLInputElement | null>;
  held: boolean;
  /** Whether this person says how many nurses are on duty. */
  maySet: boolean;
  wall: boolean;
  /** Whether this browser can draw the wall. */
  canWall: boolean;
}

export function SummaryStrip(props: StripProps) {
  const { ward, wards, text, onText, onEnter, search, held, maySet, wall, canWall } = props;
  const title = usePart(boardStore, (board) => board?.title ?? "");
  const policy = usePart(boardStore, (board) => board?.policy ?? null);
  const order = useStore(orderStore);
  return (
    <div className="strip">
      <div className="strip-ward" title={policy ? t("ward.policy", policy) : undefined}>
        {wards.length > 1 ? (
          <select
            className="field"
            aria-label={t("ward.choose")}
            value={ward}
            onChange={(event) => go(`/ward/${encodeURIComponent(event.target.value)}`)}
          >
            {wards.map((each) => (
              <option key={each.ward} value={each.ward}>
                {wardName(each.title, each.ward)}
              </option>
            ))}
          </select>
        ) : (
          <h1>{wardName(title || wards[0]?.title || ward, ward)}</h1>
        )}
      </div>
      <Counts />
      <Sensors ward={ward} />
      <BudgetLine maySet={maySet} />
      <div className="strip-tools">
        {held && <p className="held">{t("ward.held")}</p>}
        <input
          ref={search}
          data-search
          type="search"
          className="field strip-search"
          placeholder={t("ward.search")}
          aria-label={t("ward.search")}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onEnter();
            if (event.key === "Escape") {
              onText("");
              event.currentTarget.blur();
            }
          }}
        />
        {canWall && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for.
          <div className="segments" role="group" aria-label={t("view.label")}>
            <button type="button" aria-pressed={!wall} onClick={() => chooseView("tiles")}>
              {t("view.tiles")}
            </button>
            <button type="button" aria-pressed={wall} onClick={() => chooseView("wall")}>
              {t("view.wall")}
            </button>
          </div>
        )}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
        <div className="segments" role="group" aria-label={t("ward.order")}>
          <button type="button" aria-pressed={order === "bed"} onClick={() => chooseOrder("bed")}>
            {t("ward.by_bed")}
          </button>
          <button type="button" aria-pressed={order === "need"} onClick={() => chooseOrder("need")}>
            {t("ward.by_need")}
          </button>
        </div>
      </div>
      <LostNotice />
    </div>
  );
}

function Counts() {
  const key = usePart(
    boardStore,
    useCallback((board: BoardState | null) => (board ? countsKey(board) : null), []),
  );
  const counts = key ? (JSON.parse(key) as Record<State, number>) : null;
  return (
    <dl className="counts live">
      {STATES.map((state) => (
        <div key={state} className="count" data-testid={`count-${state}`} data-none={counts?.[state] === 0}>
          <dt>
            <StateMark state={state} size={20} />
            {t(`state.${state}`)}
          </dt>
          <dd className="value">{counts ? counts[state] : "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

const countsKey = once((board: BoardState) => JSON.stringify(countStates(board)));

const lostOf = once((board: BoardState) =>
  board.beds
    .flatMap((bed) => {
      const tile = board.tiles.get(bed);
      const lost = tile ? lostSignals(tile) : [];
      return lost.length > 0 ? [`${bed} ${lost.map((signal) => signalShort(signal)).join(" ")}`] : [];
    })
    .join("\n"),
);

function lostKey(board: BoardState | null): string {
  return board ? lostOf(board) : "";
}

/** Technical alarms, apart from the patients': which sensors say nothing. */
function Sensors({ ward }: { ward: string }) {
  const key = usePart(boardStore, lostKey);
  const beds = key === "" ? [] : key.split("\n");
  const count = beds.reduce((sum, line) => sum + line.split(" ").length - 1, 0);
  return (
    <div className="sensors live" data-testid="sensors" data-none={count === 0}>
      <Icon name="sensor" />
      <p>
        <Link href={`/gaps/${encodeURIComponent(ward)}`}>
          <strong>{count === 0 ? t("ward.sensors_none") : t("ward.sensors_lost", { count })}</strong>
        </Link>
        <span className="quiet">{beds.join(" · ")}</span>
      </p>
    </div>
  );
}

/** Lies over the counts while the connection is lost, since they are then no longer true. */
function LostNotice() {
  const status = usePart(liveStore, (state) => state.status);
  const time = usePart(liveStore, (state) => state.lastServerTime);
  if (status !== "lost") return null;
  return (
    <div className="lost-notice" role="alert" data-testid="lost-notice">
      <strong>
        {t("connection.lost_title")}
        {time && `, ${t("connection.frozen_at", { time: formatClock(Date.parse(time), true) })}`}
      </strong>
      <span>{t("connection.lost_advice")}</span>
    </div>
  );
}
