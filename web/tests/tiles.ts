import type { Notification, Tile } from "../src/api/types";

/** Tiles and notifications for the tests: quiet unless told otherwise. */

export function notification(changes: Partial<Notification> = {}): Notification {
  return {
    id: "n1",
    patient: "demo/1",
    bed: "01",
    rule: "rr>24/5min",
    title: "Fast breathing",
    kind: "physiological",
    priority: "medium",
    tier: "rules",
    state: "raised",
    alarm_state: "active",
    raised_at: "2026-11-22T02:00:00Z",
    changed_at: "2026-11-22T02:00:00Z",
    by: null,
    evidence: { signal: "respiratory_rate", operator: ">", threshold: 24, asked_s: 300, unit: "/min" },
    unanswered_since: "2026-11-22T02:00:00Z",
    escalated_to: null,
    escalation_step: 0,
    escalates_at: null,
    escalates_to: null,
    ...changes,
  };
}

export function tile(bed: string, changes: Partial<Tile> = {}): Tile {
  return {
    bed,
    patient: { id: `demo/${Number.parseInt(bed, 10)}`, pseudonym: "Alder" },
    state: "fine",
    rank: 400,
    signals: {},
    spark: {},
    news2: null,
    risk: null,
    notifications: [],
    technical: [],
    suppressed_last_hour: [],
    own_limits: [],
    ...changes,
  };
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
