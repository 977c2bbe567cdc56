import { type BoardState, leaveBeds, takeBoard, takeBudget, takeTiles } from "../state/board";
import { anchorClock } from "../state/server-time";
import { sessionEnded } from "../state/session";
import { createStore } from "../state/store";
import type { WallCommand } from "../wall/wall";
import { beginConnecting, heard, judge, type LiveState } from "./live-state";
import { type Attention, type News, WardStream } from "./ward-stream";
import type { FromWorker, ToWorker } from "./ward-worker";

export const liveStore = createStore<LiveState>(beginConnecting(0));
export const boardStore = createStore<BoardState | null>(null);

/** How often a person who sees no ward asks whether the server is there. */
const HEALTH_MS = 1500;
/** How long the worker gathers news before the page is told. */
const GATHER_MS = 250;

function takeNews(news: News): void {
  if (news.ended) {
    sessionEnded();
    return;
  }
  if (news.serverTime) anchorClock(news.serverTime);
  boardStore.set((before) => {
    let board = news.board ? takeBoard(before, news.board) : before;
    if (!board) return board;
    board = leaveBeds(takeTiles(board, news.tiles), news.gone);
    if (news.budget) board = takeBudget(board, news.budget);
    return news.notices ? { ...board, notices: news.notices } : board;
  });
  liveStore.set((state) => heard(state, performance.now(), news.serverTime));
}

/** Judge the connection four times a second, so that losing it shows within the time promised. */
function keepJudging(): () => void {
  const timer = setInterval(() => {
    const now = performance.now();
    liveStore.set((state) => judge(state, now));
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

/** What is wanted of the stream: every value while tiles are shown, otherwise those of the beds someone looks at. */
const watched = new Map<string, number>();
let wantsAll = 0;
let attend: (attention: Attention) => void = () => {};

function attentionNow(): Attention {
  return { all: wantsAll > 0, beds: [...watched.keys()] };
}

/** Ask for every value of all beds until told otherwise. */
export function watchAll(): () => void {
  wantsAll += 1;
  attend(attentionNow());
  return () => {
    wantsAll -= 1;
    attend(attentionNow());
  };
}

/** Ask for every value of one bed until told otherwise. */
export function watchBed(bed: string): () => void {
  watched.set(bed, (watched.get(bed) ?? 0) + 1);
  attend(attentionNow());
  return () => {
    const left = (watched.get(bed) ?? 1) - 1;
    if (left > 0) watched.set(bed, left);
    else watched.delete(bed);
    attend(attentionNow());
  };
}

/** Where the wall is drawn: in the worker where there is one, otherwise null. */
export type WallLink = (command: WallCommand, transfer?: Transferable[]) => void;
export const wallLinkStore = createStore<WallLink | null>(null);

function canHaveWorker(): boolean {
  return typeof Worker !== "undefined" && typeof OffscreenCanvas !== "undefined";
}

function followInWorker(ward: string): () => void {
  const worker = new Worker(new URL("./ward-worker.ts", import.meta.url), { type: "module" });
  const send = (message: ToWorker, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => takeNews(data);
  send({ kind: "follow", ward, gatherMs: GATHER_MS, attention: attentionNow() });
  attend = (attention) => send({ kind: "attend", attention });
  wallLinkStore.set(() => (command: WallCommand, transfer?: Transferable[]) => {
    send({ kind: "wall", command }, transfer);
  });
  return () => worker.terminate();
}

function followHere(ward: string): () => void {
  const stream = new WardStream({ ward, gatherMs: 0, tell: takeNews });
  stream.attend(attentionNow());
  attend = (attention) => stream.attend(attention);
  return () => stream.stop();
}

/**
 * Follow a ward until told to stop. Resumes after the last event that was seen; the server answers with a whole board
 * if it no longer knows that event.
 */
export function followWard(ward: string): () => void {
  if (boardStore.get()?.ward !== ward) boardStore.set(null);
  liveStore.set(beginConnecting(performance.now()));
  const stopJudging = keepJudging();
  const stop = canHaveWorker() ? followInWorker(ward) : followHere(ward);
  return () => {
    attend = () => {};
    wallLinkStore.set(null);
    stopJudging();
    stop();
  };
}
