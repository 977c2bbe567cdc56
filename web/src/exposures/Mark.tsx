import type { Kind } from "./ledger";

/** One shape for each kind of exposure, so that no colour has to tell them apart. */
export function Mark({ kind, x, y, size = 6 }: { kind: Kind; x: number; y: number; size?: number }) {
  const shape = `exposure-mark exposure-mark-${kind.replace(" ", "-")}`;
  if (kind === "ct") return <circle className={shape} cx={x} cy={y} r={size} />;
  if (kind === "x-ray")
    return <rect className={shape} x={x - size} y={y - size} width={2 * size} height={2 * size} />;
  if (kind === "mammography")
    return (
      <path
        className={shape}
        d={`M${x} ${y - size - 1}l${size + 1} ${size + 1}l${-size - 1} ${size + 1}l${-size - 1} ${-size - 1}z`}
      />
    );
  if (kind === "nuclear medicine")
    return <path className={shape} d={`M${x} ${y - size}l${size} ${2 * size}h${-2 * size}z`} />;
  return <path className={shape} d={`M${x - size} ${y}h${2 * size}M${x} ${y - size}v${2 * size}`} />;
}
