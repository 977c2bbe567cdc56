import { useRef } from "react";
import type { LedgerEntry } from "../api/exposure-types";
import { useWidth } from "../look/use-width";
import { t, tMaybe } from "../words";
import { formatDate } from "../words/format";
import { KINDS, type Kind, kindOf, momentOf, whenWords } from "./ledger";
import { Mark } from "./Mark";

const ROW = 24;
const LABEL = 164;
const FOOT = 22;
const DAY = 86_400_000;

const STEPS = [1, 2, 6, 12, 24, 60, 120, 240, 600] as const;
const TICK = 66;

/** Round years or months at which the axis has a tick: as many as there is room for, in pixels. */
export function ticksOf(from: number, to: number, room = 9 * TICK): number[] {
  const months = (to - from) / (30.44 * DAY);
  const most = Math.max(room / TICK, 1);
  const step = STEPS.find((one) => months / one <= most) ?? 1200;
  const first = new Date(from);
  const found: number[] = [];
  const start = first.getFullYear() * 12 + first.getMonth();
  for (let month = Math.ceil(start / step) * step; ; month += step) {
    const at = new Date(Math.floor(month / 12), month % 12, 1).getTime();
    if (at > to) return found;
    if (at >= from) found.push(at);
  }
}

function kindTitle(kind: Kind): string {
  return kind === "x-ray"
    ? `${t("modality.fluoroscopy")}, ${t("modality.radiography").toLowerCase()}`
    : tMaybe(`modality.${kind}`, kind);
}

/** Every exposure over the years: one row for each kind, each kind a shape of its own. */
export function Strip({ entries }: { entries: LedgerEntry[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const known = entries.flatMap((entry) => {
    const at = momentOf(entry.started);
    return at === null ? [] : [{ entry, at, kind: kindOf(entry.modality) }];
  });
  const kinds = KINDS.filter((kind) => known.some((one) => one.kind === kind));
  const moments = known.map((one) => one.at);
  const room = Math.max((Math.max(...moments) - Math.min(...moments)) * 0.04, 15 * DAY);
  const from = Math.min(...moments) - room;
  const to = Math.max(...moments) + room;
  const place = (at: number) => LABEL + ((width - LABEL - 8) * (at - from)) / (to - from);
  const height = kinds.length * ROW + FOOT;
  const words = known.map(({ entry }) =>
    [whenWords(entry.started), tMaybe(`modality.${entry.modality}`, entry.modality), entry.what].join(" "),
  );
  return (
    <div className="exposure-strip" ref={box} data-testid="exposure-strip">
      {known.length > 0 && width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${t("exposures.strip")}. ${words.join("; ")}`}
        >
          {ticksOf(from, to, width - LABEL).map((at) => (
            <g key={at}>
              <path className="exposure-grid" d={`M${place(at)} 0V${kinds.length * ROW}`} />
              <text className="exposure-tick" x={place(at)} y={height - 6} textAnchor="middle">
                {formatDate(at).slice(0, 7)}
              </text>
            </g>
          ))}
          {kinds.map((kind, row) => (
            <g key={kind}>
              <path className="exposure-grid" d={`M${LABEL} ${row * ROW + ROW / 2}H${width - 8}`} />
              <text className="exposure-kind" x={0} y={row * ROW + ROW / 2 + 4}>
                {kindTitle(kind)}
              </text>
            </g>
          ))}
          {known.map(({ entry, at, kind }, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two exposures of one study may share every word.
            <g key={n}>
              <title>{words[n]}</title>
              <Mark kind={kind} x={place(at)} y={kinds.indexOf(kind) * ROW + ROW / 2} />
              <circle
                className="exposure-hit"
                cx={place(at)}
                cy={kinds.indexOf(kind) * ROW + ROW / 2}
                r={11}
              />
              <desc>{entry.uid}</desc>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
