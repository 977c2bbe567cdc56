import { useRef, useSyncExternalStore } from "react";
import type { LedgerEntry } from "../api/exposure-types";
import { kindOf, momentOf, whenWords } from "../exposures/ledger";
import { Mark } from "../exposures/Mark";
import { useWidth } from "../look/use-width";
import { t, tMaybe } from "../words";
import { AXIS_WIDTH, LIMITS_WIDTH } from "./lane-plot";
import type { TimeRange } from "./time-range";

/** The exposures of the hours shown, under the same axis as the signals; where there are none, a word says so. */
export function ExposureLane({
  entries,
  range,
  hours,
}: {
  entries: LedgerEntry[];
  range: TimeRange;
  hours: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [from, to] = useSyncExternalStore(range.subscribe, range.get);
  const inner = Math.max(0, width - AXIS_WIDTH - LIMITS_WIDTH);
  const shown = entries.flatMap((entry) => {
    const at = momentOf(entry.started);
    return at === null || at / 1000 < from || at / 1000 > to ? [] : [{ entry, at: at / 1000 }];
  });
  const words = shown.map(({ entry }) =>
    [whenWords(entry.started), tMaybe(`modality.${entry.modality}`, entry.modality), entry.what].join(" "),
  );
  const said = words.join("; ") || t("exposures.lane_none", { hours });
  return (
    <div className="lane lane-exposures" data-testid="lane-exposures">
      <div className="lane-label">
        <h3>{t("exposures.lane")}</h3>
      </div>
      <div
        className="lane-plot exposure-lane"
        ref={box}
        role="img"
        aria-label={`${t("exposures.lane")}: ${said}`}
      >
        <svg width={width} height={28} aria-hidden="true">
          {shown.length === 0 && (
            <text className="exposure-tick" x={AXIS_WIDTH + 8} y={18}>
              {said}
            </text>
          )}
          {shown.map(({ entry, at }, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two exposures of one study may share every word.
            <g key={n}>
              <title>{words[n]}</title>
              <Mark
                kind={kindOf(entry.modality)}
                x={AXIS_WIDTH + (inner * (at - from)) / Math.max(1, to - from)}
                y={14}
              />
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
}
