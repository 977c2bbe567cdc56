const PATHS = {
  ward: "M3 4h7v7H3zM14 4h7v7h-7zM3 15h7v5H3zM14 15h7v5h-7z",
  patients: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 3.6-6.5 8-6.5s8 2.5 8 6.5",
  policies: "M4 4v16h16M8 15.500v.01M12 11.500v.01M17 7v.01M7 8.500c1.500 5 5 7 11 7.500",
  diagnosis:
    "M10 3.500v6L4.500 19a1.500 1.500 0 0 0 1.300 2h12.400a1.500 1.500 0 0 0 1.300-2L14 9.500v-6M8.500 3.500h7M7.500 15h9",
  plans:
    "M12 12m-8.500 0a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M12 1.500v4M12 18.500v4M1.500 12h4M18.500 12h4",
  exposures:
    "M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM4 12h-1M21 12h-1M8 5.100 12 3l4 2.100L14.100 8.400H9.900ZM4.200 15.600 6 12.500h3.700l2.100 3.600-1.900 3.300H6.400ZM19.800 15.600 18 12.500h-3.700l-2.100 3.600 1.900 3.300h3.500Z",
  print: "M7 9V3h10v6M7 18H4V9h16v9h-3M7 14h10v7H7z",
  models: "M5 3h10l4 4v14H5zM15 3v4h4M8.5 12h7M8.5 16h7",
  cohorts: "M4 20V5M4 20h16M7 16l4-5 3 2.500 5-7.500M19 10V6h-4",
  studies:
    "M12 12m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M5 5m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M19 5m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M12 20m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6.500 6.500l3.500 3.500M17.500 6.500l-3.500 3.500M12 14.500v3.500",
  audit:
    "M10 13a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 11a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7.5 14h9",
  theme: "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
  close: "M6 6l12 12M18 6 6 18",
  out: "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
  back: "M15 5l-7 7 7 7",
  sources: "M4 7h9M4 17h9M17 7h3M17 17h3M13 4v6M17 14v6",
  sound: "M4 9v6h4l5 4V5L8 9ZM16.500 9a4 4 0 0 1 0 6M19 6.500a8 8 0 0 1 0 11",
  check: "M4.5 12.5 10 18 20 6.5",
  sensor: "M3 12h4l2-6 4 12 2.5-8 1.5 2h4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
