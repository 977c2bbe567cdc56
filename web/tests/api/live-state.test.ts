import { describe, expect, it } from "vitest";
import { beginConnecting, heard, judge, LOST_AFTER_MS } from "../../src/api/live-state";

describe("the connection as a fact", () => {
  it("is live once something was heard", () => {
    const state = heard(beginConnecting(0), 100, "2026-11-22T02:12:08Z");
    expect(state).toMatchObject({ status: "live", lastEventAt: 100, lastServerTime: "2026-11-22T02:12:08Z" });
  });

  it("is lost within five seconds of silence, judged four times a second", () => {
    let state = heard(beginConnecting(0), 0, "2026-11-22T02:12:08Z");
    let lostAt: number | null = null;
    for (let now = 250; now <= 6000; now += 250) {
      state = judge(state, now);
      if (state.status === "lost") lostAt ??= now;
    }
    expect(lostAt).not.toBeNull();
    expect(lostAt).toBeLessThanOrEqual(5000);
  });

  it("bears a heartbeat that is late, but not three that are missing", () => {
    const state = heard(beginConnecting(0), 1000, null);
    expect(judge(state, 1000 + LOST_AFTER_MS - 1).status).toBe("live");
    expect(judge(state, 1000 + LOST_AFTER_MS).status).toBe("lost");
  });

  it("keeps the time at which the values froze, and thaws at the next event", () => {
    const lost = judge(heard(beginConnecting(0), 0, "2026-11-22T02:12:08Z"), 60_000);
    expect(lost.lastServerTime).toBe("2026-11-22T02:12:08Z");
    expect(heard(lost, 60_100, "2026-11-22T02:13:08Z").status).toBe("live");
  });

  it("never calls a connection live that never was", () => {
    expect(judge(beginConnecting(0), 1000).status).toBe("connecting");
    expect(judge(beginConnecting(0), 10_000).status).toBe("lost");
  });
});
