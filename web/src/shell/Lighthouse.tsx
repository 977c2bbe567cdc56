/** The mark: a lighthouse, its lamp lit to both sides. */
export function Lighthouse({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M11.5 8.5 2 4.5v9zM20.5 8.5l9.5-4v9z" fill="currentColor" opacity="0.35" />
      <path d="M12 6h8v5.5h-8z" fill="currentColor" />
      <path d="M13 4.5 16 2l3 2.5z" fill="currentColor" />
      <path d="M12.8 13h6.400l2.300 16H10.500z" fill="none" stroke="currentColor" strokeWidth="1.8" />
      <path d="M12 18h8l.7 4.5h-9.400z" fill="currentColor" />
    </svg>
  );
}
