/** "107 100 95" as numbers, falling; null where it says something else. */
export function levelsIn(text: string): number[] | null {
  const parts = text
    .trim()
    .split(/[\s;]+/)
    .filter(Boolean);
  const levels = parts.map((part) => Number(part.replace(",", ".").replace("%", "")));
  if (levels.some((each) => !Number.isFinite(each) || each < 1 || each > 200)) return null;
  return [...new Set(levels)].sort((a, b) => b - a);
}
