import { useEffect, useRef } from "react";
import { liveStore } from "../api/live";
import { useTicking } from "../state/clock";
import { usePart } from "../state/store";
import { t } from "../words";
import { formatAge, formatClock, formatNumber } from "../words/format";
import { announce } from "./announce";

/** The connection as a fact: how old the newest word from the server is, and what that means for the values. */
export function Connection() {
  const status = usePart(liveStore, (state) => state.status);
  // Once a second, in the same frame as the clock: each frame of its own is work that a wall of beds has to wait for.
  const said = useTicking(() => {
    const state = liveStore.get();
    const seconds = (performance.now() - (state.lastEventAt ?? state.since)) / 1000;
    return words(state.status, Math.max(0, seconds), state.lastServerTime);
  });
  const before = useRef(status);

  useEffect(() => {
    if (before.current === "lost" && status === "live") announce(t("connection.is_live"));
    if (before.current !== "lost" && status === "lost")
      announce(`${t("connection.lost_title")}. ${t("connection.lost_advice")}`);
    before.current = status;
  }, [status]);

  return (
    <p className="connection" data-testid="connection" data-status={status}>
      <span className="connection-lamp" aria-hidden="true" />
      <span>{said}</span>
    </p>
  );
}

function words(status: string, seconds: number, lastServerTime: string | null): string {
  if (status === "connecting") return t("connection.connecting");
  if (status === "live") return t("connection.live", { age: formatNumber(Math.floor(seconds * 10) / 10, 1) });
  if (!lastServerTime) return t("connection.lost_never", { age: formatAge(seconds) });
  return t("connection.lost", {
    age: formatAge(seconds),
    time: formatClock(Date.parse(lastServerTime), true),
  });
}
