import { useId, useState } from "react";
import type { SuppressedAlarm } from "../api/types";
import { t } from "../words";
import { formatClock, formatReason } from "../words/format";

const SHOWN = 5;

/** How many alarms were held back in the last hour; which and why is one hover, tap or focus away. */
export function Suppressed({
  items,
  side,
  up,
}: {
  items: SuppressedAlarm[];
  side: "left" | "right";
  up: boolean;
}) {
  const [open, setOpen] = useState(false);
  const id = useId();
  if (items.length === 0) return <span className="suppressed suppressed-none" />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hover is a shortcut for the button inside.
    <div
      className="suppressed"
      onMouseEnter={() => setOpen(true)}
      onMouseLeave={() => setOpen(false)}
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <button
        type="button"
        className="suppressed-count"
        data-testid="suppressed"
        aria-label={t("tile.suppressed_label", { count: items.length })}
        aria-expanded={open}
        aria-controls={id}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
      >
        <span className="suppressed-mark hatched" aria-hidden="true" />
        {items.length}
      </button>
      {open && (
        <div
          className={`suppressed-list suppressed-${side} suppressed-${up ? "up" : "down"}`}
          id={id}
          role="tooltip"
        >
          <p className="eyebrow">{t("tile.suppressed_title")}</p>
          <ul>
            {items.slice(0, SHOWN).map((item) => (
              <li key={`${item.time} ${item.rule}`}>
                <span className="suppressed-time">{formatClock(Date.parse(item.time))}</span>
                <span>
                  <strong>{item.title}</strong> <span className="quiet">{item.rule}</span>
                  <br />
                  <span className="quiet">{formatReason(item.reason, Date.parse(item.time))}</span>
                </span>
              </li>
            ))}
          </ul>
          {items.length > SHOWN && (
            <p className="quiet small">{t("tile.more", { count: items.length - SHOWN })}</p>
          )}
        </div>
      )}
    </div>
  );
}
