import { describe, expect, it } from "vitest";
import { createEventParser, retryDelayMs, type ServerEvent } from "../../src/api/event-stream";

function parseWhole(text: string): ServerEvent[] {
  return createEventParser()(text);
}

describe("server-sent events, by the examples of the standard (WHATWG HTML, 9.2.6)", () => {
  it("joins several data lines with a newline", () => {
    expect(parseWhole("data: YHOO\ndata: +2\ndata: 10\n\n")).toEqual([
      { event: "message", data: "YHOO\n+2\n10", id: null },
    ]);
  });

  it("ignores comments, keeps the identifier, and lets an empty one reset it", () => {
    const events = parseWhole(
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    );
    expect(events).toEqual([
      { event: "message", data: "first event", id: "1" },
      { event: "message", data: "second event", id: "" },
      { event: "message", data: " third event", id: "" },
    ]);
  });

  it("dispatches empty data, and drops a block without its blank line", () => {
    expect(parseWhole("data\n\ndata\ndata\n\ndata:")).toEqual([
      { event: "message", data: "", id: null },
      { event: "message", data: "\n", id: null },
    ]);
  });

  it("takes the space after the colon as none", () => {
    expect(parseWhole("data:test\n\ndata: test\n\n").map((event) => event.data)).toEqual(["test", "test"]);
  });
});

describe("a stream cut anywhere", () => {
  const text =
    '\uFEFFid: 7:1\r\nevent: tile\r\ndata: {"bed":"03"}\r\n\r\nevent: heartbeat\rdata: {}\r\rid: 7:2\ndata: å\n\n';

  it("gives the same events whatever the pieces", () => {
    const whole = parseWhole(text);
    expect(whole.map((event) => [event.event, event.id])).toEqual([
      ["tile", "7:1"],
      ["heartbeat", "7:1"],
      ["message", "7:2"],
    ]);
    for (let first = 0; first <= text.length; first++)
      for (let second = first; second <= text.length; second += 7) {
        const parse = createEventParser();
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(pieces.flatMap(parse)).toEqual(whole);
      }
  });
});

describe("trying again", () => {
  it("waits longer each time, never more than four seconds", () => {
    expect([1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  });
});
