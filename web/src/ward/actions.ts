import { ApiError, api } from "../api/client";
import { boardStore } from "../api/live";
import type { Notification } from "../api/types";
import { announce } from "../shell/announce";
import { takeTile } from "../state/board";
import { t } from "../words";

/** Put a changed notification on the board at once; the server's own word follows on the live stream. */
function place(changed: Notification): void {
  boardStore.set((board) => {
    const tile = board?.tiles.get(changed.bed);
    if (!board || !tile) return board;
    const swap = (n: Notification) => (n.id === changed.id ? { ...n, ...changed } : n);
    return takeTile(board, {
      ...tile,
      notifications: tile.notifications.map(swap),
      technical: tile.technical.map(swap),
    });
  });
}

async function doing(action: () => Promise<Notification>, done: string): Promise<boolean> {
  try {
    place(await action());
    announce(done);
    return true;
  } catch (reason) {
    announce(t("action.failed", { what: reason instanceof ApiError ? reason.what : String(reason) }), true);
    return false;
  }
}

export function acknowledge(notification: Notification): Promise<boolean> {
  return doing(() => api.acknowledge(notification.id), t("action.done_taken", { title: notification.title }));
}

export function pause(notification: Notification, minutes: number, reason: string): Promise<boolean> {
  return doing(
    () => api.pause(notification.id, minutes, reason),
    t("action.done_paused", { title: notification.title }),
  );
}

/** Write down what was done; `doneAt` where that was earlier than now. */
export function act(notification: Notification, what: string, doneAt: string | null): Promise<boolean> {
  return doing(
    () => api.act(notification.id, { what, done_at: doneAt }),
    t("action.done_acted", { title: notification.title }),
  );
}
