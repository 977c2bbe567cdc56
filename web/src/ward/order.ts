import type { Notification, Priority, State, Tile } from "../api/types";

const STATE_ORDER: Record<State, number> = { act_now: 0, look_soon: 1, cannot_tell: 2, fine: 3 };
const PRIORITY_ORDER: Record<Priority, number> = { high: 0, medium: 1, low: 2 };
const numeric = new Intl.Collator("en", { numeric: true });

/** Beds in the order that the ward counts them: 2 before 10, 4A before 4B. */
export function byBed(a: Tile, b: Tile): number {
  return numeric.compare(a.bed, b.bed);
}

/** A notification that still asks for a person: raised, escalated, or over before anyone took it. */
export function isUnacknowledged(notification: Notification): boolean {
  return ["raised", "escalated", "latched"].includes(notification.state);
}

/** Unacknowledged first, then by priority, then the longest waiting first. */
export function byUrgency(a: Notification, b: Notification): number {
  return (
    Number(isUnacknowledged(b)) - Number(isUnacknowledged(a)) ||
    PRIORITY_ORDER[a.priority] - PRIORITY_ORDER[b.priority] ||
    a.raised_at.localeCompare(b.raised_at)
  );
}

/** The notification that a tile speaks of. */
export function mostUrgent(notifications: readonly Notification[]): Notification | undefined {
  return notifications.length < 2 ? notifications[0] : [...notifications].sort(byUrgency)[0];
}

function taken(tile: Tile): number {
  return tile.notifications.some(isUnacknowledged) ? 0 : 1;
}

/**
 * Who needs someone first: occupied beds before free ones, then by state, then those that nobody has taken, then the
 * server's rank (a smaller rank is more urgent), then by bed so that the order is always the same.
 */
export function byNeed(a: Tile, b: Tile): number {
  return (
    Number(a.patient === null) - Number(b.patient === null) ||
    STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
    taken(a) - taken(b) ||
    a.rank - b.rank ||
    byBed(a, b)
  );
}

export type Order = "bed" | "need";

/** The beds of a board in the order asked for; those by bed are in that order already. */
export function boardOrder(
  board: { beds: readonly string[]; tiles: ReadonlyMap<string, Tile> },
  order: Order,
): readonly string[] {
  return order === "bed" ? board.beds : sortBeds(board.tiles.values(), order);
}

/** Bed names in the order asked for. */
export function sortBeds(tiles: Iterable<Tile>, order: Order): string[] {
  return [...tiles].sort(order === "bed" ? byBed : byNeed).map((tile) => tile.bed);
}
