import type { Notification, Priority, State, Tile } from "../api/types";
import { isUnacknowledged } from "./order";
import { lostSignals } from "./vitals";

/** Which beds are wanted; what is empty asks for nothing. */
export interface Filter {
  states: readonly State[];
  priorities: readonly Priority[];
  mine: boolean;
  gaps: boolean;
}

export const STATES: readonly State[] = ["act_now", "look_soon", "cannot_tell", "fine"];
export const PRIORITIES: readonly Priority[] = ["high", "medium", "low"];

function listed<T extends string>(query: URLSearchParams, name: string, known: readonly T[]): T[] {
  const given = (query.get(name) ?? "").split(",");
  return known.filter((each) => given.includes(each));
}

/** The filter that an address asks for: ?state=act_now,look_soon&priority=high&mine=1&gaps=1. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  return {
    states: listed(query, "state", STATES),
    priorities: listed(query, "priority", PRIORITIES),
    mine: query.get("mine") === "1",
    gaps: query.get("gaps") === "1",
  };
}

/** The address part for a filter; keeps what else the address asks for. */
export function searchOf(filter: Filter, search: string): string {
  const query = new URLSearchParams(search);
  const put = (name: string, value: string) => (value ? query.set(name, value) : query.delete(name));
  put("state", filter.states.join(","));
  put("priority", filter.priorities.join(","));
  put("mine", filter.mine ? "1" : "");
  put("gaps", filter.gaps ? "1" : "");
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

export function isEmpty(filter: Filter): boolean {
  return filter.states.length === 0 && filter.priorities.length === 0 && !filter.mine && !filter.gaps;
}

function alarms(tile: Tile): Notification[] {
  return [...tile.notifications, ...tile.technical];
}

/** Whether a person has taken something of a bed. */
export function isMine(tile: Tile, names: readonly string[]): boolean {
  return alarms(tile).some(
    (alarm) => !isUnacknowledged(alarm) && alarm.by !== null && names.includes(alarm.by),
  );
}

/** Whether a bed is wanted. Within one kind any will do; all kinds that are asked for must hold. */
export function wanted(tile: Tile, filter: Filter, names: readonly string[]): boolean {
  if (isEmpty(filter)) return true;
  if (!tile.patient) return false;
  if (filter.states.length > 0 && !filter.states.includes(tile.state)) return false;
  if (
    filter.priorities.length > 0 &&
    !alarms(tile).some((alarm) => filter.priorities.includes(alarm.priority))
  )
    return false;
  if (filter.mine && !isMine(tile, names)) return false;
  return !filter.gaps || lostSignals(tile).length > 0;
}

export interface FilterCounts {
  states: Record<State, number>;
  priorities: Record<Priority, number>;
  mine: number;
  gaps: number;
}

/** How many beds each chip would show by itself. */
export function countFor(tiles: Iterable<Tile>, names: readonly string[]): FilterCounts {
  const counts: FilterCounts = {
    states: { act_now: 0, look_soon: 0, cannot_tell: 0, fine: 0 },
    priorities: { high: 0, medium: 0, low: 0 },
    mine: 0,
    gaps: 0,
  };
  for (const tile of tiles) {
    if (!tile.patient) continue;
    counts.states[tile.state] += 1;
    for (const priority of new Set(alarms(tile).map((alarm) => alarm.priority)))
      counts.priorities[priority] += 1;
    if (isMine(tile, names)) counts.mine += 1;
    if (lostSignals(tile).length > 0) counts.gaps += 1;
  }
  return counts;
}
