import type { Notice } from "../api/house-types";
import type { Board, Budget, PolicyReference, State, Tile } from "../api/types";
import { byBed } from "../ward/order";

/** A ward as last told by the server: one entry for each bed, replaced one at a time. */
export interface BoardState {
  ward: string;
  title: string;
  hospital: string;
  simulated: boolean;
  policy: PolicyReference;
  /** Null where the ward has none: everything is told at once. */
  budget: Budget | null;
  /** What is wrong with the house itself: a source that fell silent, an engine that lags. */
  notices: readonly Notice[];
  /** Beds in bed order; the same array as long as the set of beds is the same. */
  beds: readonly string[];
  tiles: ReadonlyMap<string, Tile>;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The state after a whole board has come; a tile that says the same as before stays the same object. */
export function takeBoard(before: BoardState | null, board: Board): BoardState {
  const old = before?.ward === board.ward ? before : null;
  const tiles = new Map<string, Tile>();
  for (const tile of board.beds) {
    const known = old?.tiles.get(tile.bed);
    tiles.set(tile.bed, known && same(known, tile) ? known : tile);
  }
  const sorted = [...tiles.values()].sort(byBed).map((tile) => tile.bed);
  const beds = old && same(old.beds, sorted) ? old.beds : sorted;
  const { ward, title, hospital, simulated, policy } = board;
  const budget = old && same(old.budget, board.budget) ? old.budget : (board.budget ?? null);
  const notices = old && same(old.notices, board.notices ?? []) ? old.notices : (board.notices ?? []);
  return { ward, title, hospital, simulated, policy, budget, notices, beds, tiles };
}

/** The state after the alarm budget has come; that of another ward changes nothing. */
export function takeBudget(before: BoardState, budget: Budget): BoardState {
  return budget.ward === before.ward ? { ...before, budget } : before;
}

/** The state after tiles have come: one copy of the map however many they are. */
export function takeTiles(before: BoardState, changed: readonly Tile[]): BoardState {
  if (changed.length === 0) return before;
  const tiles = new Map(before.tiles);
  for (const tile of changed) tiles.set(tile.bed, tile);
  if (tiles.size === before.tiles.size) return { ...before, tiles };
  const beds = [...tiles.values()].sort(byBed).map((each) => each.bed);
  return { ...before, tiles, beds };
}

/** The state after one tile has come. */
export function takeTile(before: BoardState, tile: Tile): BoardState {
  return takeTiles(before, [tile]);
}

/** The state after beds were left: they are on the board no more. */
export function leaveBeds(before: BoardState, gone: readonly string[]): BoardState {
  if (!gone.some((bed) => before.tiles.has(bed))) return before;
  const tiles = new Map(before.tiles);
  for (const bed of gone) tiles.delete(bed);
  return { ...before, tiles, beds: before.beds.filter((bed) => tiles.has(bed)) };
}

export type Counts = Record<State, number>;

/** How many occupied beds are in each state. */
export function countStates(state: BoardState): Counts {
  const counts: Counts = { act_now: 0, look_soon: 0, fine: 0, cannot_tell: 0 };
  for (const tile of state.tiles.values()) if (tile.patient) counts[tile.state] += 1;
  return counts;
}
