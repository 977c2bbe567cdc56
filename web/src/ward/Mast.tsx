import { memo, useEffect, useRef } from "react";
import type { Priority, State } from "../api/types";
import { StateMark } from "../look/StateMark";

const PLACES: State[] = ["act_now", "look_soon", "fine", "cannot_tell"];

/**
 * The signal mast at the left of a tile: one lamp in one of four places. Lamps that flash do so together, since
 * every animation is set to the same beginning.
 */
export const Mast = memo(function Mast({ state, flash }: { state: State; flash: Priority | null }) {
  const mast = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!flash) return;
    for (const animation of mast.current?.getAnimations({ subtree: true }) ?? []) animation.startTime = 0;
  }, [flash]);
  return (
    <div className="mast" ref={mast} data-flash={flash ?? undefined} aria-hidden="true">
      {PLACES.map((place) => (
        <span key={place} className="mast-place">
          {place === state ? (
            <span className="mast-lamp">
              <StateMark state={state} size={22} />
            </span>
          ) : (
            <span className="mast-dot" />
          )}
        </span>
      ))}
    </div>
  );
});
