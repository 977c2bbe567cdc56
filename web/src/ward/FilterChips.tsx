import { useCallback } from "react";
import { boardStore } from "../api/live";
import type { Priority, State } from "../api/types";
import { Link } from "../app/Link";
import { go } from "../app/router";
import { PriorityMark } from "../look/PriorityMark";
import { StateMark } from "../look/StateMark";
import type { BoardState } from "../state/board";
import { usePart } from "../state/store";
import { t } from "../words";
import { countFor, type Filter, type FilterCounts, isEmpty, PRIORITIES, STATES, searchOf } from "./filter";

interface ChipProps {
  on: boolean;
  count: number;
  name: string;
  onPress: () => void;
  children: React.ReactNode;
}

function Chip({ on, count, name, onPress, children }: ChipProps) {
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={on}
      data-testid={`filter-${name}`}
      data-none={count === 0}
      onClick={onPress}
    >
      {children}
      <span className="chip-count live">{count}</span>
    </button>
  );
}

function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((each) => each !== one) : [...list, one];
}

interface FilterProps {
  ward: string;
  filter: Filter;
  names: readonly string[];
  shown: number;
}

/** Which beds are shown, kept in the address, so that a wall screen can be set to it. */
export function FilterChips({ ward, filter, names, shown }: FilterProps) {
  const nameKey = names.join("\n");
  const key = usePart(
    boardStore,
    useCallback(
      (board: BoardState | null) =>
        board ? JSON.stringify(countFor(board.tiles.values(), nameKey.split("\n"))) : "",
      [nameKey],
    ),
  );
  if (key === "") return <div className="chips" />;
  const counts = JSON.parse(key) as FilterCounts;
  const set = (changes: Partial<Filter>) =>
    go(window.location.pathname + searchOf({ ...filter, ...changes }, window.location.search), true);
  const state = (each: State) => (
    <Chip
      key={each}
      name={each}
      on={filter.states.includes(each)}
      count={counts.states[each]}
      onPress={() => set({ states: toggled(filter.states, each) })}
    >
      <StateMark state={each} size={14} />
      {t(`state.${each}`)}
    </Chip>
  );
  const priority = (each: Priority) => (
    <Chip
      key={each}
      name={each}
      on={filter.priorities.includes(each)}
      count={counts.priorities[each]}
      onPress={() => set({ priorities: toggled(filter.priorities, each) })}
    >
      <PriorityMark priority={each} />
    </Chip>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for.
    <div className="chips" role="group" aria-label={t("filter.label")} data-testid="filters">
      {STATES.map(state)}
      {PRIORITIES.map(priority)}
      <Chip name="mine" on={filter.mine} count={counts.mine} onPress={() => set({ mine: !filter.mine })}>
        {t("filter.mine")}
      </Chip>
      <Chip name="gaps" on={filter.gaps} count={counts.gaps} onPress={() => set({ gaps: !filter.gaps })}>
        {t("filter.gaps")}
      </Chip>
      {!isEmpty(filter) && (
        <>
          <button
            type="button"
            className="chip chip-all"
            onClick={() => set({ states: [], priorities: [], mine: false, gaps: false })}
          >
            {t("filter.all")}
          </button>
          <span className="small quiet">{t("filter.shown", { count: shown })}</span>
        </>
      )}
      <span className="chips-links small">
        <Link href={`/gaps/${encodeURIComponent(ward)}`}>{t("ward.gaps")}</Link>
        <Link href={`/handover/${encodeURIComponent(ward)}`}>{t("ward.handover")}</Link>
      </span>
    </div>
  );
}
