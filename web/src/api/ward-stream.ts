/**
 * One ward's stream, read, parsed and kept where it runs: in a worker, so that none of it is work of the main thread,
 * or in the page itself where there are no workers. What the page is told is as little as it can use.
 */
import { lostSignals } from "../ward/vitals";
import { createEventParser, retryDelayMs, type ServerEvent } from "./event-stream";
import type { Notice } from "./house-types";
import type { Board, Budget, Heartbeat, Tile } from "./types";

/** A connection that has gone quiet is given up and made anew after this long. */
const GIVE_UP_MS = 6000;
/** From how many beds on the page is told of vital signs only where it asks for them. */
export const LARGE_WARD = 60;

/** What the page is told. */
export interface News {
  /** A whole board, if one came: it replaces everything. */
  board: Board | null;
  tiles: Tile[];
  gone: string[];
  budget: Budget | null;
  notices: Notice[] | null;
  /** The server's time in the newest event that had one. */
  serverTime: string | null;
  ended: boolean;
}

/** Who wants to know of every value: everyone, or only these beds. */
export interface Attention {
  all: boolean;
  beds: readonly string[];
}

export interface WardStreamOptions {
  ward: string;
  /** How long news may gather before it is told, in ms; 0 tells it at once. */
  gatherMs: number;
  tell: (news: News) => void;
  /** Every change, whether the page wants to know of it or not: for the wall, which is drawn here. */
  onTiles?: (changed: readonly Tile[], whole: boolean) => void;
  onGone?: (beds: readonly string[]) => void;
  onHeard?: (serverTime: string | null) => void;
}

/**
 * A tile without what changes with every sample: enough for order, filters, counts, sounds and what people do, and
 * small enough to be handed over for every bed.
 */
export function slimTile(tile: Tile): Tile {
  const lost = new Set(lostSignals(tile));
  const signals = Object.fromEntries(Object.entries(tile.signals).filter(([name]) => lost.has(name)));
  return { ...tile, signals, spark: {}, news2: null, risk: null, suppressed_last_hour: [] };
}

/** What a slim tile says, without the ages and values in it. */
function fingerprint(slim: Tile): string {
  const { patient, state, rank, notifications, technical, own_limits, signals } = slim;
  return JSON.stringify([patient, state, rank, notifications, technical, own_limits, Object.keys(signals)]);
}

export class WardStream {
  readonly tiles = new Map<string, Tile>();
  private readonly told = new Map<string, string>();
  private attention: Attention = { all: true, beds: [] };
  private news: News | null = null;
  private cursor: string | null = null;
  private attempt = 0;
  private abort = new AbortController();
  private stopped = false;
  private heardAt = performance.now();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private readonly judging: ReturnType<typeof setInterval>;

  constructor(private readonly options: WardStreamOptions) {
    this.judging = setInterval(() => {
      if (performance.now() - this.heardAt <= GIVE_UP_MS) return;
      this.heardAt = performance.now();
      this.abort.abort();
    }, 250);
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.judging);
    clearTimeout(this.retry);
    clearTimeout(this.flushing);
    this.abort.abort();
  }

  /** Say what the page wants to know; tiles that it has only in part are told in full now. */
  attend(attention: Attention): void {
    const before = new Set(this.attention.beds);
    const hadAll = this.full();
    this.attention = attention;
    if (hadAll) return;
    const wanted = this.full() ? [...this.tiles.keys()] : attention.beds.filter((bed) => !before.has(bed));
    const tiles = wanted.map((bed) => this.tiles.get(bed)).filter((tile) => tile !== undefined);
    if (tiles.length > 0) this.gather().tiles.push(...tiles);
    this.flushSoon();
  }

  private full(): boolean {
    return this.attention.all || this.tiles.size <= LARGE_WARD;
  }

  private gather(): News {
    this.news ??= {
      board: null,
      tiles: [],
      gone: [],
      budget: null,
      notices: null,
      serverTime: null,
      ended: false,
    };
    return this.news;
  }

  private flushSoon(): void {
    if (this.options.gatherMs <= 0) this.flush();
    else this.flushing ??= setTimeout(() => this.flush(), this.options.gatherMs);
  }

  private flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    const { news } = this;
    if (!news || this.stopped) return;
    this.news = null;
    const newest = new Map(news.tiles.map((tile) => [tile.bed, tile]));
    this.options.tell({ ...news, tiles: [...newest.values()] });
  }

  private takeBoard(board: Board): void {
    this.tiles.clear();
    this.told.clear();
    for (const tile of board.beds) this.tiles.set(tile.bed, tile);
    this.options.onTiles?.(board.beds, true);
    const news = this.gather();
    news.tiles = [];
    news.gone = [];
    news.board = this.full()
      ? board
      : { ...board, beds: board.beds.map((tile) => this.slimmed(tile) ?? tile) };
  }

  /** What the page is to be told of a tile; null where it would be nothing new. */
  private slimmed(tile: Tile): Tile | null {
    if (this.full() || this.attention.beds.includes(tile.bed)) return tile;
    const slim = slimTile(tile);
    const says = fingerprint(slim);
    if (this.told.get(tile.bed) === says) return null;
    this.told.set(tile.bed, says);
    return slim;
  }

  private takeTiles(changed: readonly (Partial<Tile> & { bed: string })[]): void {
    const whole: Tile[] = [];
    for (const change of changed) {
      const tile = { ...this.tiles.get(change.bed), ...change } as Tile;
      this.tiles.set(tile.bed, tile);
      whole.push(tile);
      const slim = this.slimmed(tile);
      if (slim) this.gather().tiles.push(slim);
    }
    this.options.onTiles?.(whole, false);
  }

  private takeGone(bed: string): void {
    this.tiles.delete(bed);
    this.told.delete(bed);
    const news = this.gather();
    news.tiles = news.tiles.filter((tile) => tile.bed !== bed);
    news.gone.push(bed);
    this.options.onGone?.([bed]);
  }

  private take({ event, data }: ServerEvent): void {
    let serverTime: string | null = null;
    if (event === "board") {
      const board = JSON.parse(data) as Board;
      serverTime = board.now;
      this.takeBoard(board);
    } else if (event === "tile") this.takeTiles([JSON.parse(data) as Tile]);
    else if (event === "tiles") this.takeTiles((JSON.parse(data) as { tiles: Tile[] }).tiles);
    else if (event === "gone") this.takeGone((JSON.parse(data) as { bed: string }).bed);
    else if (event === "budget") this.gather().budget = JSON.parse(data) as Budget;
    else if (event === "notices") this.gather().notices = (JSON.parse(data) as { notices: Notice[] }).notices;
    else if (event === "heartbeat") serverTime = (JSON.parse(data) as Heartbeat).now;
    else return;
    this.heardAt = performance.now();
    const news = this.gather();
    news.serverTime = serverTime ?? news.serverTime;
    this.options.onHeard?.(serverTime);
  }

  private async read(): Promise<void> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.cursor !== null && this.tiles.size > 0) headers["last-event-id"] = this.cursor;
    const response = await fetch(`/api/live?ward=${encodeURIComponent(this.options.ward)}`, {
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: this.abort.signal,
    });
    if (response.status === 401) {
      this.gather().ended = true;
      this.flush();
      return;
    }
    if (!response.ok || !response.body) throw new Error(`the live stream answered ${response.status}`);
    const parse = createEventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || this.stopped) return;
      for (const event of parse(value)) {
        this.take(event);
        if (event.id !== null) this.cursor = event.id;
        this.attempt = 0;
      }
      this.flushSoon();
    }
  }

  private async connect(): Promise<void> {
    this.abort = new AbortController();
    this.heardAt = performance.now();
    try {
      await this.read();
    } catch {
      // The network or the server is away: shown to the person by the page's own watch, and tried again here.
    }
    if (this.stopped) return;
    this.attempt += 1;
    this.retry = setTimeout(() => void this.connect(), retryDelayMs(this.attempt));
  }
}
