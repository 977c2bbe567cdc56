import type { Notice } from "../api/house-types";
import type { Notification, Priority } from "../api/types";
import type { BoardState } from "../state/board";
import { isUnacknowledged } from "../ward/order";

/** What sounds: an alarm that nobody has taken, or a notice about the house. */
export interface Sounding {
  id: string;
  priority: Priority;
  bed: string | null;
  patient: string | null;
}

const ORDER: Priority[] = ["high", "medium", "low"];

function ofAlarm(alarm: Notification): Sounding {
  return {
    id: `${alarm.id} ${alarm.unanswered_since}`,
    priority: alarm.priority,
    bed: alarm.bed,
    patient: alarm.patient,
  };
}

function ofNotice(notice: Notice): Sounding {
  return { id: `notice ${notice.id}`, priority: notice.priority, bed: null, patient: null };
}

/** Everything on a ward that would sound now. */
export function sounding(board: BoardState | null): Sounding[] {
  if (!board) return [];
  const found = board.notices.map(ofNotice);
  for (const tile of board.tiles.values()) {
    if (!tile.patient) continue;
    for (const alarm of [...tile.notifications, ...tile.technical])
      if (isUnacknowledged(alarm)) found.push(ofAlarm(alarm));
  }
  return found;
}

export function isMoreUrgent(one: Priority, other: Priority): boolean {
  return ORDER.indexOf(one) < ORDER.indexOf(other);
}

/** The most urgent priority of several. */
export function loudest(all: readonly Sounding[]): Priority | null {
  return ORDER.find((priority) => all.some((each) => each.priority === priority)) ?? null;
}

/**
 * Says what is new since it was last asked. What stood already when a ward is first seen is nothing new: only the
 * repeat of high priority speaks of it.
 */
export class Ear {
  private known: Set<string> | null = null;
  private ward: string | null = null;

  hear(board: BoardState | null): { fresh: Sounding[]; standing: Sounding[] } {
    const standing = sounding(board);
    if (!board) return { fresh: [], standing };
    if (board.ward !== this.ward) this.known = null;
    this.ward = board.ward;
    const { known } = this;
    this.known = new Set(standing.map((each) => each.id));
    return { fresh: known ? standing.filter((each) => !known.has(each.id)) : [], standing };
  }
}
