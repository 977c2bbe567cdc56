import type { Priority } from "../api/types";
import { keep, read } from "../state/preferences";
import { createStore } from "../state/store";

/** What a person wants to hear on this device. */
export interface SoundSettings {
  on: boolean;
  priorities: Record<Priority, boolean>;
  /** 0 to 1. */
  volume: number;
  repeat: boolean;
  push: boolean;
}

export const SILENT: SoundSettings = {
  on: false,
  priorities: { high: true, medium: true, low: false },
  volume: 0.5,
  repeat: true,
  push: false,
};

/** Settings as they were kept; what cannot be read is as if it had not been set. */
export function settingsOf(text: string | null): SoundSettings {
  try {
    const kept = JSON.parse(text ?? "{}") as Partial<SoundSettings>;
    const volume = typeof kept.volume === "number" ? Math.min(1, Math.max(0, kept.volume)) : SILENT.volume;
    return {
      on: kept.on === true,
      priorities: { ...SILENT.priorities, ...kept.priorities },
      volume,
      repeat: kept.repeat !== false,
      push: kept.push === true,
    };
  } catch {
    return SILENT;
  }
}

export const soundStore = createStore<SoundSettings>(SILENT);
let person = "";

/** Load what this person has set. */
export function soundsFor(name: string): void {
  person = name;
  soundStore.set(settingsOf(read(`fyr.sound.${name}`)));
}

export function chooseSound(changes: Partial<SoundSettings>): void {
  soundStore.set((now) => ({ ...now, ...changes }));
  keep(`fyr.sound.${person}`, JSON.stringify(soundStore.get()));
}
