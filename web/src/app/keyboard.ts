import { useEffect } from "react";

/** What a key does; `g` opens a two-key sequence. */
export type Keys = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 1200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

/** Listen for keys while mounted; never while a person types, or holds a modifier key. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    let prefix = "";
    let prefixAt = 0;
    function onKeyDown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key !== "Escape" && isTyping(event.target)) return;
      const sequence =
        prefix && event.timeStamp - prefixAt < SEQUENCE_MS ? `${prefix} ${event.key}` : event.key;
      prefix = "";
      if (event.key === "g" && sequence === "g") {
        prefix = "g";
        prefixAt = event.timeStamp;
        return;
      }
      keys[sequence]?.(event);
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [keys]);
}
