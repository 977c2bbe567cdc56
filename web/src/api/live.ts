import { type BoardState, takeBoard, takeBudget, takeTile } from "../state/board";
import { anchorClock } from "../state/clock";
import { sessionEnded } from "../state/session";
import { createStore } from "../state/store";
import { createEventParser, retryDelayMs, type ServerEvent } from "./event-stream";
import { beginConnecting, heard, judge, type LiveState } from "./live-state";
import type { Board, Budget, Heartbeat, Tile } from "./types";

export const liveStore = createStore<LiveState>(beginConnecting(0));
export const boardStore = createStore<BoardState | null>(null);

/** A connection that has gone quiet is given up and made anew after this long. */
const GIVE_UP_MS = 6000;

function take(event: ServerEvent): void {
  let serverTime: string | null = null;
  if (event.event === "board") {
    const board = JSON.parse(event.data) as Board;
    serverTime = board.now;
    boardStore.set((before) => takeBoard(before, board));
  } else if (event.event === "tile") {
    const tile = JSON.parse(event.data) as Tile;
    boardStore.set((before) => (before ? takeTile(before, tile) : before));
  } else if (event.event === "budget") {
    const budget = JSON.parse(event.data) as Budget;
    boardStore.set((before) => (before ? takeBudget(before, budget) : before));
  } else if (event.event === "heartbeat") {
    serverTime = (JSON.parse(event.data) as Heartbeat).now;
  } else return;
  if (serverTime) anchorClock(serverTime);
  liveStore.set((state) => heard(state, performance.now(), serverTime));
}

/** How often a person who sees no ward asks whether the server is there. */
const HEALTH_MS = 1500;

/** Judge the connection four times a second, so that losing it shows within the time promised. */
function keepJudging(alsoDo?: (now: number) => void): () => void {
  const timer = setInterval(() => {
    const now = performance.now();
    liveStore.set((state) => judge(state, now));
    alsoDo?.(now);
  }, 250);
  return () => clearInterval(timer);
}

/** Follow the server's pulse alone, for those who see no ward. */
export function followHealth(): () => void {
  liveStore.set(beginConnecting(performance.now()));
  boardStore.set(null);
  const stopJudging = keepJudging();
  const timer = setInterval(async () => {
    try {
      const answer = await fetch("/api/health", {
        cache: "no-store",
        signal: AbortSignal.timeout(HEALTH_MS),
      });
      if (answer.ok) liveStore.set((state) => heard(state, performance.now(), null));
    } catch {
      // No answer: the connection is judged by what was last heard.
    }
  }, HEALTH_MS);
  return () => {
    stopJudging();
    clearInterval(timer);
  };
}

/**
 * Follow a ward until told to stop. Resumes after the last event that was seen; the server answers with a whole board
 * if it no longer knows that event.
 */
export function followWard(ward: string): () => void {
  let stopped = false;
  let attempt = 0;
  let cursor: string | null = null;
  let abort = new AbortController();
  let waiting: ReturnType<typeof setTimeout> | undefined;

  if (boardStore.get()?.ward !== ward) boardStore.set(null);
  liveStore.set(beginConnecting(performance.now()));

  async function read(): Promise<void> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (cursor !== null && boardStore.get()) headers["last-event-id"] = cursor;
    const response = await fetch(`/api/live?ward=${encodeURIComponent(ward)}`, {
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: abort.signal,
    });
    if (response.status === 401) {
      sessionEnded();
      return;
    }
    if (!response.ok || !response.body) throw new Error(`the live stream answered ${response.status}`);
    const parse = createEventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || stopped) return;
      for (const event of parse(value)) {
        take(event);
        if (event.id !== null) cursor = event.id;
        attempt = 0;
      }
    }
  }

  async function connect(): Promise<void> {
    abort = new AbortController();
    opened = performance.now();
    try {
      await read();
    } catch {
      // The network or the server is away: shown to the person by the watch below, and tried again here.
    }
    if (stopped) return;
    attempt += 1;
    waiting = setTimeout(connect, retryDelayMs(attempt));
  }

  let opened = performance.now();
  const stopJudging = keepJudging((now) => {
    if (now - Math.max(liveStore.get().lastEventAt ?? 0, opened) <= GIVE_UP_MS) return;
    opened = now;
    abort.abort();
  });

  void connect();
  return () => {
    stopped = true;
    stopJudging();
    clearTimeout(waiting);
    abort.abort();
  };
}
