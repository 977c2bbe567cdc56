import { useEffect, useState } from "react";

const TOKENS = [
  "ground",
  "surface",
  "line",
  "line-strong",
  "ink",
  "ink-2",
  "ink-3",
  "hatch",
  "high",
  "medium",
  "medium-edge",
  "low",
  "signal-heart_rate",
  "signal-respiratory_rate",
  "signal-spo2",
  "signal-blood_pressure",
  "signal-temperature",
] as const;

export type Token = (typeof TOKENS)[number];
export type Palette = Record<Token, string>;

/** The tokens as plain colours, since a canvas cannot read a custom property. */
function readPalette(): Palette {
  const probe = document.createElement("span");
  document.body.append(probe);
  const palette = Object.fromEntries(
    TOKENS.map((token) => {
      probe.style.color = `var(--${token})`;
      return [token, getComputedStyle(probe).color];
    }),
  ) as Palette;
  probe.remove();
  return palette;
}

/** The palette, read anew when the theme changes. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => {
    const update = () => setPalette(readPalette());
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", update);
    const chosen = new MutationObserver(update);
    chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", update);
      chosen.disconnect();
    };
  }, []);
  return palette;
}

export function priorityColour(palette: Palette, priority: "high" | "medium" | "low"): string {
  return palette[priority];
}
