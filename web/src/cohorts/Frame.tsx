import { formatNumber } from "../words/format";
import { type Scale, tickDecimals } from "./scale";

interface FrameProps {
  x: Scale;
  y: Scale;
  /** What the axes are called. */
  across: string;
  up: string;
  bottom: number;
  left: number;
  right: number;
  top: number;
  /** How ticks are told: 100 for percent. */
  times?: { x?: number; y?: number };
}

/** Axes with their grid, their ticks and what they mean, units and all. */
export function Frame({ x, y, across, up, bottom, left, right, top, times }: FrameProps) {
  const [timesX, timesY] = [times?.x ?? 1, times?.y ?? 1];
  const decimalsX = tickDecimals(x.ticks.map((tick) => Math.round(tick * timesX * 1e6) / 1e6));
  const decimalsY = tickDecimals(y.ticks.map((tick) => Math.round(tick * timesY * 1e6) / 1e6));
  return (
    <g className="plot-frame">
      {y.ticks.map((tick) => (
        <g key={`y${tick}`}>
          <path d={`M${left} ${y.at(tick)}H${right}`} />
          <text x={left - 8} y={y.at(tick) + 4} textAnchor="end">
            {formatNumber(tick * timesY, decimalsY)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text key={`x${tick}`} x={x.at(tick)} y={bottom + 17} textAnchor="middle">
          {formatNumber(tick * timesX, decimalsX)}
        </text>
      ))}
      <path className="plot-axis" d={`M${left} ${top}V${bottom}H${right}`} />
      <text className="plot-name" x={right} y={bottom + 35} textAnchor="end">
        {across}
      </text>
      <text className="plot-name" x={4} y={top - 8}>
        {up}
      </text>
    </g>
  );
}
