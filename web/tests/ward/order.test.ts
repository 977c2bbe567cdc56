import { describe, expect, it } from "vitest";
import type { State, Tile } from "../../src/api/types";
import { byNeed, isUnacknowledged, mostUrgent, sortBeds } from "../../src/ward/order";
import { notification, randomNumbers, tile } from "../tiles";

const STATES: State[] = ["act_now", "look_soon", "fine", "cannot_tell"];

function randomTiles(seed: number): Tile[] {
  const random = randomNumbers(seed);
  return Array.from({ length: 40 }, (_, i) =>
    tile(String(i + 1), {
      state: STATES[Math.floor(random() * 4)] ?? "fine",
      rank: Math.floor(random() * 5),
      notifications:
        random() < 0.5 ? [notification({ state: random() < 0.5 ? "raised" : "acknowledged" })] : [],
      ...(random() < 0.1 ? { patient: null } : {}),
    }),
  );
}

describe("by bed", () => {
  it("counts as people do", () => {
    expect(
      sortBeds(
        ["10", "2", "1", "4B", "4A"].map((bed) => tile(bed)),
        "bed",
      ),
    ).toEqual(["1", "2", "4A", "4B", "10"]);
  });
});

describe("by need", () => {
  it("puts act now first, then look soon, then cannot tell, then fine, then free beds", () => {
    const tiles = [
      tile("1", { patient: null, state: "act_now" }),
      tile("2", { state: "fine" }),
      tile("3", { state: "cannot_tell" }),
      tile("4", { state: "look_soon" }),
      tile("5", { state: "act_now" }),
    ];
    expect(sortBeds(tiles, "need")).toEqual(["5", "4", "3", "2", "1"]);
  });

  it("puts those whom nobody has taken before those who are taken, then the smaller rank", () => {
    const tiles = [
      tile("1", { state: "act_now", rank: 1, notifications: [notification({ state: "acknowledged" })] }),
      tile("2", { state: "act_now", rank: 9, notifications: [notification()] }),
      tile("3", { state: "act_now", rank: 3, notifications: [notification({ state: "escalated" })] }),
    ];
    expect(sortBeds(tiles, "need")).toEqual(["3", "2", "1"]);
  });

  it("is one order, however the tiles come", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const tiles = randomTiles(seed);
      const shuffle = randomNumbers(seed + 1000);
      const shuffled = tiles.map((each) => ({ each, at: shuffle() })).sort((a, b) => a.at - b.at);
      expect(
        sortBeds(
          shuffled.map(({ each }) => each),
          "need",
        ),
      ).toEqual(sortBeds(tiles, "need"));
      for (const a of tiles)
        for (const b of tiles) expect(Math.sign(byNeed(a, b))).toBe(-Math.sign(byNeed(b, a)) + 0);
    }
  });
});

describe("the alarm that a tile speaks of", () => {
  it("is one that nobody has taken, before a more urgent one that is taken", () => {
    const taken = notification({ id: "high", priority: "high", state: "acknowledged" });
    const waiting = notification({ id: "low", priority: "low" });
    expect(mostUrgent([taken, waiting])?.id).toBe("low");
  });

  it("is the most urgent, and among equals the longest waiting", () => {
    const later = notification({ id: "later", raised_at: "2026-11-22T02:05:00Z" });
    const sooner = notification({ id: "sooner", raised_at: "2026-11-22T02:01:00Z" });
    expect(mostUrgent([later, sooner, notification({ id: "low", priority: "low" })])?.id).toBe("sooner");
    expect(mostUrgent([])).toBeUndefined();
  });

  it("still waits when it is over but nobody took it", () => {
    expect(isUnacknowledged(notification({ state: "latched" }))).toBe(true);
    expect(isUnacknowledged(notification({ state: "paused" }))).toBe(false);
  });
});
