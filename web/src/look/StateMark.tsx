import type { State } from "../api/types";

/** The shape of a state: diamond, triangle, ring, hatched square. Colour comes from CSS and never stands alone. */
export function StateMark({ state, size = 20 }: { state: State; size?: number }) {
  return (
    <svg className={`mark mark-${state}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {state === "act_now" && (
        <>
          <path className="mark-fill" d="M12 1 23 12 12 23 1 12Z" />
          <path className="mark-cut" d="M12 6.5v7M12 16.4v1.2" />
        </>
      )}
      {state === "look_soon" && (
        <>
          <path className="mark-fill" d="M12 2.5 22.8 21.5H1.2Z" />
          <path className="mark-cut" d="M12 9v6M12 17.6v1" />
        </>
      )}
      {state === "fine" && <circle className="mark-line" cx="12" cy="12" r="6.5" />}
      {state === "cannot_tell" && (
        <>
          <path className="mark-line" d="M3.5 3.5h17v17h-17Z" />
          <path className="mark-thin" d="M3.5 12 12 3.5M3.5 20.5l17-17M12 20.5l8.5-8.5" />
        </>
      )}
    </svg>
  );
}
