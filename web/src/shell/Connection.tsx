import { useEffect, useRef, useState } from "react";
import { liveStore } from "../api/live";
import { useStore } from "../state/store";
import { t } from "../words";
import { formatAge, formatClock, formatNumber } from "../words/format";
import { announce } from "./announce";

const REFRESH_MS = 400;

/** The connection as a fact: how old the newest word from the server is, and what that means for the values. */
export function Connection() {
  const state = useStore(liveStore);
  const [, tick] = useState(0);
  const before = useRef(state.status);

  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);

  useEffect(() => {
    if (before.current === "lost" && state.status === "live") announce(t("connection.is_live"));
    if (before.current !== "lost" && state.status === "lost")
      announce(`${t("connection.lost_title")}. ${t("connection.lost_advice")}`);
    before.current = state.status;
  }, [state.status]);

  const seconds = (performance.now() - (state.lastEventAt ?? state.since)) / 1000;
  return (
    <p className="connection" data-testid="connection" data-status={state.status}>
      <span className="connection-lamp" aria-hidden="true" />
      <span>{words(state.status, Math.max(0, seconds), state.lastServerTime)}</span>
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
