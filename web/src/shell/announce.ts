import { createStore } from "../state/store";

export interface Announcement {
  text: string;
  /** A failure is also shown, not only spoken. */
  failed: boolean;
}

/** One sentence for those who listen rather than look. */
export const announcement = createStore<Announcement>({ text: "", failed: false });

export function announce(text: string, failed = false): void {
  announcement.set({ text, failed });
}
