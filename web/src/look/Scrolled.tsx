import type { ReactNode } from "react";

/** A wide table that scrolls sideways, by keyboard too. */
export function Scrolled({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
