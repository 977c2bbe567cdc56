import { boardStore, liveStore } from "../api/live";
import type { Priority } from "../api/types";
import { go, patientAddress } from "../app/router";
import { createStore } from "../state/store";
import { t } from "../words";
import { burst, REPEAT_MS } from "./burst";
import { Ear, isMoreUrgent, loudest, type Sounding } from "./listen";
import { soundStore } from "./settings";

/** Whether the browser holds the sound back until someone clicks. */
export const blockedStore = createStore(false);
/** How many bursts were played, for whoever wonders whether it sounds. */
export const playedStore = createStore(0);

let context: AudioContext | null = null;
/** The burst that is playing: until when, how urgent it is, and what to turn down if a more urgent one begins. */
let playing: { until: number; priority: Priority; master: GainNode } | null = null;

function audio(): AudioContext {
  if (!context) {
    context = new AudioContext();
    context.onstatechange = () => blockedStore.set(soundStore.get().on && context?.state !== "running");
  }
  blockedStore.set(context.state !== "running");
  return context;
}

/** Ask the browser to let it sound; must be called from a click or a key. */
export async function unlock(): Promise<void> {
  const here = audio();
  await here.resume();
  blockedStore.set(here.state !== "running");
}

/**
 * Play one burst, and say whether it plays. One that is playing is talked over by a more urgent one alone, or by
 * `always`; what is talked over falls silent.
 */
export function play(priority: Priority, volume: number, always = false): boolean {
  const here = audio();
  if (here.state !== "running") return false;
  if (playing && here.currentTime < playing.until) {
    if (!always && !isMoreUrgent(priority, playing.priority)) return false;
    playing.master.disconnect();
  }
  const master = here.createGain();
  master.connect(here.destination);
  const pulses = burst(priority);
  const begin = here.currentTime + 0.03;
  for (const { start, end, hertz } of pulses) {
    const gain = here.createGain();
    gain.connect(master);
    gain.gain.setValueAtTime(0, begin + start);
    gain.gain.linearRampToValueAtTime(volume * 0.5, begin + start + 0.02);
    gain.gain.setValueAtTime(volume * 0.5, begin + end - 0.03);
    gain.gain.linearRampToValueAtTime(0, begin + end);
    // Harmonics carry through a noisy corridor where a pure tone does not.
    [1, 2, 3, 4].forEach((harmonic, i) => {
      const tone = here.createOscillator();
      const part = here.createGain();
      tone.frequency.value = hertz * harmonic;
      part.gain.value = 0.5 / (i + 1);
      tone.connect(part).connect(gain);
      tone.start(begin + start);
      tone.stop(begin + end);
    });
  }
  playing = { until: begin + (pulses.at(-1)?.end ?? 0) + 0.5, priority, master };
  playedStore.set((n) => n + 1);
  return true;
}

function push(each: Sounding): void {
  if (!("Notification" in window) || Notification.permission !== "granted" || each.bed === null) return;
  const shown = new Notification(
    t("push.title", { bed: each.bed, priority: t(`priority.${each.priority}`) }),
    {
      body: t("push.body"),
      tag: each.id,
    },
  );
  shown.onclick = () => {
    window.focus();
    if (each.patient) go(patientAddress(each.patient));
    shown.close();
  };
}

/** Listen to the ward until told to stop: a burst for what is new, again for high priority that nobody takes. */
export function listen(): () => void {
  const ear = new Ear();
  let lastHigh = 0;
  const hear = () => {
    const settings = soundStore.get();
    const { fresh, standing } = ear.hear(boardStore.get());
    const wanted = (each: Sounding) => settings.priorities[each.priority];
    const news = fresh.filter(wanted);
    if (settings.push) news.forEach(push);
    if (!settings.on) return;
    const now = performance.now();
    const priority = loudest(news);
    const again =
      settings.repeat &&
      settings.priorities.high &&
      loudest(standing) === "high" &&
      now - lastHigh >= REPEAT_MS;
    if (!priority && !again) return;
    const told = again ? "high" : (priority as Priority);
    // What the browser held back was not told: it is tried again with the next word from the server.
    if (play(told, settings.volume) && told === "high") lastHigh = now;
  };
  // The worker's messages wake this even where the browser slows the timers of a page in the background.
  const stops = [boardStore.subscribe(hear), liveStore.subscribe(hear), soundStore.subscribe(hear)];
  if (soundStore.get().on) audio();
  return () => {
    for (const stop of stops) stop();
  };
}
