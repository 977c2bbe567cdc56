/** Server-sent events, read from a fetch so that a resumed stream can name the last event that was seen. */

export interface ServerEvent {
  event: string;
  data: string;
  id: string | null;
}

/**
 * A parser for `text/event-stream` (WHATWG HTML, section 9.2.6). Feed it text as it comes, in any pieces; it returns
 * the events that the piece completed.
 */
export function createEventParser(): (chunk: string) => ServerEvent[] {
  let rest = "";
  let event = "";
  let data: string[] = [];
  let id: string | null = null;
  let started = false;

  function takeLine(line: string, out: ServerEvent[]): void {
    if (line === "") {
      if (data.length > 0) out.push({ event: event || "message", data: data.join("\n"), id });
      event = "";
      data = [];
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }

  return (chunk) => {
    const out: ServerEvent[] = [];
    let text = rest + chunk;
    if (!started && text.length > 0) {
      started = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    // A carriage return at the very end may be half of a CRLF: it waits for the next piece.
    const held = text.endsWith("\r") ? "\r" : "";
    const lines = (held ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? "") + held;
    for (const line of lines) takeLine(line, out);
    return out;
  };
}

/** How long to wait before the n-th try to connect again: half a second, doubling, four seconds at most. */
export function retryDelayMs(attempt: number): number {
  return Math.min(4000, 500 * 2 ** Math.max(0, attempt - 1));
}
