/**
 * The server's clock, carried forward by the browser's own steady one. Ages are taken against it, so a tablet whose
 * clock is wrong still shows right ages. The page and its worker each keep one.
 */
let anchorServerMs = Date.now();
let anchorSteadyMs = typeof performance === "undefined" ? 0 : performance.now();

export function anchorClock(serverIso: string): void {
  const server = Date.parse(serverIso);
  if (Number.isNaN(server)) return;
  anchorServerMs = server;
  anchorSteadyMs = performance.now();
}

export function serverNow(): number {
  return anchorServerMs + (performance.now() - anchorSteadyMs);
}

/** Seconds between a moment and the server's now; never negative, since clocks disagree by a little. */
export function ageSeconds(thenMs: number, nowMs: number): number {
  return Math.max(0, (nowMs - thenMs) / 1000);
}
