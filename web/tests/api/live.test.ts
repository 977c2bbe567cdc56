import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { boardStore, followWard, liveStore } from "../../src/api/live";
import { sessionStore, takeSession } from "../../src/state/session";
import { tile } from "../tiles";

const realTimeout = globalThis.setTimeout;

/** One real turn of the event loop, so that streams deliver while the timers are in the test's hands. */
function turn(): Promise<void> {
  return new Promise((done) => realTimeout(done, 0));
}

/** A server whose every connection is in the test's hands. */
class Connections {
  readonly headers: Headers[] = [];
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  status = 200;

  fetch = async (_: string, init: RequestInit): Promise<Response> => {
    this.headers.push(new Headers(init.headers));
    if (this.status === 0) throw new TypeError("the network is down");
    if (this.status !== 200) return new Response("{}", { status: this.status });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
        init.signal?.addEventListener("abort", () => this.close());
      },
    });
    return new Response(body, { status: 200 });
  };

  send(id: string, event: string, data: object): void {
    const text = `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.controller?.enqueue(new TextEncoder().encode(text));
  }

  close(): void {
    try {
      this.controller?.close();
    } catch {
      // Already closed: closing twice is what an aborted request does.
    }
  }
}

const NOW = "2026-11-22T02:12:08Z";
const BOARD = {
  ward: "7A",
  title: "7A",
  hospital: "H",
  simulated: true,
  policy: { name: "p", version: "1", title: "P" },
  now: NOW,
  cursor: "5:1",
  beds: [tile("01"), tile("02")],
};

let server: Connections;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new Connections();
  vi.stubGlobal("fetch", server.fetch);
  boardStore.set(null);
  stop = followWard("7A");
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Let streams deliver, then let time pass. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
  await vi.advanceTimersByTimeAsync(ms);
  for (let i = 0; i < 20; i++) await turn();
}

describe("following a ward", () => {
  it("asks for no event at first, and takes the board", async () => {
    await pass(0);
    server.send("5:1", "board", BOARD);
    await pass(0);
    expect(server.headers[0]?.get("last-event-id")).toBeNull();
    expect(boardStore.get()?.beds).toEqual(["01", "02"]);
    expect(liveStore.get().status).toBe("live");
  });

  it("resumes after the last event that was seen", async () => {
    await pass(0);
    server.send("5:1", "board", BOARD);
    server.send("5:9", "tile", tile("02", { state: "act_now" }));
    await pass(0);
    server.close();
    await pass(600);
    expect(server.headers).toHaveLength(2);
    expect(server.headers[1]?.get("last-event-id")).toBe("5:9");
    expect(boardStore.get()?.tiles.get("02")?.state).toBe("act_now");
  });

  it("says that the connection is lost within five seconds of silence, and comes back by itself", async () => {
    await pass(0);
    server.send("5:1", "board", BOARD);
    await pass(0);
    server.status = 0;
    server.close();
    await pass(5000);
    expect(liveStore.get().status).toBe("lost");
    expect(liveStore.get().lastServerTime).toBe(NOW);
    server.status = 200;
    await pass(4000);
    server.send("5:2", "heartbeat", { now: "2026-11-22T02:12:20Z", cursor: "5:1" });
    await pass(0);
    expect(liveStore.get().status).toBe("live");
  });

  it("gives up a connection that is open but silent, and makes a new one", async () => {
    await pass(0);
    server.send("5:1", "board", BOARD);
    await pass(10_000);
    expect(server.headers.length).toBeGreaterThan(1);
    expect(liveStore.get().status).toBe("lost");
  });

  it("returns to sign-in when the server no longer knows the person", async () => {
    takeSession({
      person: { name: "nurse", title: "A. Linde", role: "nurse" },
      permissions: ["read_patients"],
      csrf_token: "x",
      hospital: "H",
      simulated: true,
      open_patients: [],
      version: "0",
      roles: [],
    });
    await pass(0);
    server.status = 401;
    server.close();
    await pass(600);
    expect(sessionStore.get()).toMatchObject({ phase: "signed_out", expired: true });
  });
});
