import { useSyncExternalStore } from "react";
import type { TrueEvent } from "../api/comparison-types";
import { AXIS_WIDTH, LIMITS_WIDTH } from "../patient/lane-plot";
import type { TimeRange } from "../patient/time-range";
import { secondsOf } from "./moments";

/** Width of the labels at the left of every lane, as in the style sheet. */
export const LABEL_WIDTH = 168;

/** The share of the plots' width at which a moment lies; outside 0 to 1 it is not in sight. */
export function shareOf(at: number, [from, to]: [number, number]): number {
  return (at - from) / (to - from);
}

/** Over all lanes: the true events shaded, and the moment that is being looked at. */
export function Overlay({ range, events, at }: { range: TimeRange; events: TrueEvent[]; at: number | null }) {
  const shown = useSyncExternalStore(range.subscribe, range.get);
  const place = at === null ? null : shareOf(at, shown);
  return (
    <div
      className="replay-overlay"
      aria-hidden="true"
      style={{ left: LABEL_WIDTH + AXIS_WIDTH, right: LIMITS_WIDTH }}
    >
      {events.map((event) => {
        const from = Math.max(0, shareOf(secondsOf(event.onset), shown));
        const to = Math.min(1, shareOf(secondsOf(event.end), shown));
        if (to <= from) return null;
        return (
          <div
            key={`${event.event} ${event.onset}`}
            className="replay-event"
            style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }}
          />
        );
      })}
      {place !== null && place >= 0 && place <= 1 && (
        <div className="replay-mark" style={{ left: `${100 * place}%` }} />
      )}
    </div>
  );
}
