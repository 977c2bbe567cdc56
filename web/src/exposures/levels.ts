import type { DepartmentLevel, StandingOut } from "../api/exposure-types";

/** Levels of one quantity of one kind of examination: on one scale, so that rows can be compared. */
export interface Section {
  key: string;
  modality: string;
  quantity: string;
  of: string;
  unit: string;
  most: number;
  levels: DepartmentLevel[];
}

/** Put levels into sections, the protocols with most examinations first. */
export function sectionsOf(levels: DepartmentLevel[]): Section[] {
  const found = new Map<string, Section>();
  for (const one of levels) {
    const key = [one.modality, one.quantity, one.of].join(" · ");
    const section = found.get(key) ?? { ...one, key, most: 0, levels: [] };
    section.levels.push(one);
    section.most = Math.max(section.most, one.highest, one.level?.value ?? 0);
    found.set(key, section);
  }
  for (const section of found.values())
    section.levels.sort((a, b) => b.examinations - a.examinations || a.protocol.localeCompare(b.protocol));
  const count = ({ levels: some }: Section) => some.reduce((sum, one) => sum + one.examinations, 0);
  return [...found.values()].sort((a, b) => count(b) - count(a) || a.key.localeCompare(b.key));
}

/** What is shown: by words in the protocol, and where wanted only what has enough examinations. */
export function wantedOf(levels: DepartmentLevel[], text: string, enough: boolean): DepartmentLevel[] {
  const wanted = text.trim().toLowerCase();
  return levels.filter((one) => (!enough || one.is_enough) && one.protocol.toLowerCase().includes(wanted));
}

export interface Outstanding extends StandingOut {
  level: DepartmentLevel;
}

/** Every examination that stands out, the outliers first, then by how far above the median it lies. */
export function outstandingOf(levels: DepartmentLevel[]): Outstanding[] {
  const far = (one: Outstanding) => one.value / (one.level.median || 1);
  return levels
    .flatMap((level) => level.standing_out.map((one) => ({ ...one, level })))
    .sort((a, b) => Number(b.is_outlier) - Number(a.is_outlier) || far(b) - far(a));
}
