import { patientPath, request } from "./client";
import type {
  AudiogramRequest,
  Conduction,
  Grouping,
  Hearing,
  PatientExposures,
  ReferenceLevels,
} from "./exposure-types";

/** Heads of many objects are read once, and that may take its time. */
const SLOW_MS = 120_000;

export interface LevelsAsked {
  by: Grouping;
  since: string;
  until: string;
}

/** Where the levels are; `.csv` and `.svg` below it are the same to take away. */
export function levelsPath({ by, since, until }: LevelsAsked, ending = ""): string {
  const query = new URLSearchParams({ by });
  if (since) query.set("since", since);
  if (until) query.set("until", until);
  return `/api/exposures/reference-levels${ending}?${query}`;
}

export interface HearingAsked {
  baseline: string;
  conduction: Conduction;
  group: string;
}

export const exposureApi = {
  patient: (id: string) =>
    request<PatientExposures>(`${patientPath(id)}/exposures`, undefined, "GET", SLOW_MS),
  levels: (asked: LevelsAsked) => request<ReferenceLevels>(levelsPath(asked), undefined, "GET", SLOW_MS),
  hearing: (id: string, { baseline, conduction, group }: HearingAsked) => {
    const query = new URLSearchParams({ conduction });
    if (baseline) query.set("baseline", baseline);
    if (group) query.set("age_group", group);
    return request<Hearing>(`${patientPath(id)}/hearing?${query}`, undefined, "GET", SLOW_MS);
  },
  writeAudiogram: (id: string, wanted: AudiogramRequest) =>
    request<Hearing>(`${patientPath(id)}/hearing`, wanted, "POST", SLOW_MS),
};

/** A patient's exposures as a table to take away. */
export function exposuresCsv(id: string): string {
  return `${patientPath(id)}/exposures.csv`;
}
