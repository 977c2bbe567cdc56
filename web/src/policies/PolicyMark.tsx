/** One shape a policy, so that no colour is needed to tell them apart. */
const SHAPES = [
  "M-5-5H5V5H-5Z",
  "M0-6.500 6.200 5H-6.200Z",
  "M0-6.800 6.800 0 0 6.800-6.800 0Z",
  "M0-5.800A5.800 5.800 0 1 1 0 5.800 5.800 5.800 0 1 1 0-5.800Z",
  "M-6-2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z",
  "M0 6.500-6.200-5H6.200Z",
];

export function markPath(place: number): string {
  return SHAPES[place % SHAPES.length] ?? "";
}

/** The shape beside a name. */
export function PolicyMark({ place, size = 16 }: { place: number; size?: number }) {
  return (
    <svg className="policy-mark" width={size} height={size} viewBox="-8 -8 16 16" aria-hidden="true">
      <path d={markPath(place)} />
    </svg>
  );
}
