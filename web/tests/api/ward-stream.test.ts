import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Tile } from "../../src/api/types";
import { LARGE_WARD, type News, WardStream } from "../../src/api/ward-stream";
import { notification, tile } from "../tiles";

let controller: ReadableStreamDefaultController<Uint8Array>;
let told: News[];
let stream: WardStream;

const heart = (value: number): Pick<Tile, "signals"> => ({
  signals: {
    heart_rate: { title: "", abbreviation: "", value, unit: "/min", time: null, status: "present" },
  },
});
const beds = (count: number, changes: Partial<Tile> = {}) =>
  Array.from({ length: count }, (_, i) => tile(`${i + 1}`, { ...heart(70), ...changes }));

async function send(event: string, data: object): Promise<News[]> {
  told.length = 0;
  controller.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  for (let i = 0; i < 10; i++) await new Promise((done) => setTimeout(done, 0));
  return told;
}

beforeEach(async () => {
  told = [];
  vi.stubGlobal("fetch", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (here) => {
        controller = here;
      },
    });
    return new Response(body);
  });
  stream = new WardStream({ ward: "7A", gatherMs: 0, tell: (news) => told.push(structuredClone(news)) });
  stream.attend({ all: false, beds: [] });
  for (let i = 0; i < 5; i++) await new Promise((done) => setTimeout(done, 0));
});
afterEach(() => {
  stream.stop();
  vi.unstubAllGlobals();
});

describe("the stream of a large ward", () => {
  it("keeps every value, and tells the page of none but those it looks at", async () => {
    await send("board", { beds: beds(LARGE_WARD + 1), now: "2026-11-22T02:00:00Z" });
    const news = await send("tiles", { tiles: [{ bed: "7", ...heart(99) }] });
    expect(news.flatMap((each) => each.tiles)).toEqual([]);
    expect(stream.tiles.get("7")?.signals.heart_rate?.value).toBe(99);
    expect(stream.tiles.get("7")?.patient).not.toBeNull();
    told.length = 0;
    stream.attend({ all: false, beds: ["7"] });
    expect(told[0]?.tiles[0]?.signals.heart_rate?.value).toBe(99);
    const next = await send("tile", tile("7", heart(101)));
    expect(next[0]?.tiles[0]?.signals.heart_rate?.value).toBe(101);
  });

  it("tells of every alarm, whoever looks", async () => {
    await send("board", { beds: beds(LARGE_WARD + 1), now: "2026-11-22T02:00:00Z" });
    const news = await send("tiles", { tiles: [{ bed: "9", notifications: [notification({ bed: "9" })] }] });
    expect(news[0]?.tiles.map((each) => each.notifications.length)).toEqual([1]);
  });

  it("tells a small ward everything", async () => {
    await send("board", { beds: beds(LARGE_WARD), now: "2026-11-22T02:00:00Z" });
    const news = await send("tiles", { tiles: [{ bed: "7", ...heart(99) }] });
    expect(news[0]?.tiles[0]?.signals.heart_rate?.value).toBe(99);
  });

  it("tells of a bed that was left, and forgets it", async () => {
    await send("board", { beds: beds(3), now: "2026-11-22T02:00:00Z" });
    const news = await send("gone", { bed: "2" });
    expect(news[0]?.gone).toEqual(["2"]);
    expect(stream.tiles.has("2")).toBe(false);
  });
});
