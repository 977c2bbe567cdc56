// A development fixture: turns the simulated ward into the API's tiles.

import { SIGNALS, samples } from "./simulated-ward.mjs";

const DIGEST = "5f0d3c1a9b7e4412c6a8e05d7f3b19a2e4c7d6085b1f92a3c4d5e6f708192a3b";
export const NEWS2 = { name: "news2", version: "1.0.0", digest: DIGEST };
const MINUTE = 60_000;
const LIMIT = { temperature: 12 * 60, systolic_bp: 60, diastolic_bp: 60 };

export function latest(bed, signal, now) {
  const { title, abbreviation, unit } = SIGNALS[signal];
  const all = samples(bed, signal, now - 24 * 60 * MINUTE).filter(([, value]) => value !== null);
  const last = all.at(-1);
  if (!last) return { title, abbreviation, value: null, unit, time: null, age_s: null, status: "unknown" };
  const continuous = !(signal in LIMIT);
  const time =
    continuous && now - last[0] < 3 * MINUTE ? now - 1000 - Math.floor(bed.random.uniform() * 2000) : last[0];
  const minutes = (now - time) / MINUTE;
  const status = continuous
    ? minutes > 10
      ? "lost"
      : minutes > 3
        ? "stale"
        : "present"
    : minutes > LIMIT[signal]
      ? "stale"
      : "present";
  const jitter = continuous && status === "present" ? Math.round(bed.random.normal() * 0.5) : 0;
  const value = status === "lost" ? null : Math.min(last[1] + jitter, SIGNALS[signal].high);
  return {
    title,
    abbreviation,
    value,
    unit,
    time: new Date(time).toISOString(),
    age_s: (now - time) / 1000,
    status,
  };
}

const BANDS = {
  respiratory_rate: (v) => (v <= 8 ? 3 : v <= 11 ? 1 : v <= 20 ? 0 : v <= 24 ? 2 : 3),
  spo2: (v) => (v <= 91 ? 3 : v <= 93 ? 2 : v <= 95 ? 1 : 0),
  systolic_bp: (v) => (v <= 90 ? 3 : v <= 100 ? 2 : v <= 110 ? 1 : v <= 219 ? 0 : 3),
  heart_rate: (v) => (v <= 40 ? 3 : v <= 50 ? 1 : v <= 90 ? 0 : v <= 110 ? 1 : v <= 130 ? 2 : 3),
  temperature: (v) => (v <= 35 ? 3 : v <= 36 ? 1 : v <= 38 ? 0 : v <= 39 ? 1 : 2),
};

export function news2(signals, now) {
  const inputs = {};
  const points = {};
  let refusal = null;
  for (const name of Object.keys(BANDS)) {
    const signal = signals[name];
    const known = signal.status === "present";
    inputs[name] = {
      value: known ? signal.value : null,
      unit: signal.unit,
      status: known ? "present" : "unknown",
      time: signal.time,
    };
    if (known) points[name] = BANDS[name](signal.value);
    else refusal ??= `${name} is unknown: ${signal.title} has no good value that is young enough`;
  }
  inputs.consciousness = {
    value: "alert",
    unit: null,
    status: "present",
    time: new Date(now - 95 * MINUTE).toISOString(),
  };
  inputs.supplemental_oxygen = {
    value: false,
    unit: null,
    status: "present",
    time: new Date(now - 95 * MINUTE).toISOString(),
  };
  inputs.spo2_scale = { value: 1, unit: null, status: "imputed", time: null };
  Object.assign(points, { consciousness: 0, supplemental_oxygen: 0 });
  if (refusal) return { refusal, inputs, model: NEWS2 };
  const score = Object.values(points).reduce((a, b) => a + b, 0);
  const single = Object.values(points).some((p) => p === 3);
  const band = score >= 7 ? "high" : score >= 5 ? "medium" : single ? "low-medium" : "low";
  return {
    score,
    band,
    model: NEWS2,
    inputs,
    explanation: { points, band, single_parameter_3: single, spo2_scale: 1 },
  };
}

function spark(bed, signal, now) {
  const step = 120_000;
  const start = now - 120 * MINUTE;
  const all = samples(bed, signal, start);
  const values = Array.from({ length: 60 }, (_, i) => {
    const inside = all
      .filter(([t, v]) => v !== null && t >= start + i * step && t < start + (i + 1) * step)
      .map(([, v]) => v);
    return inside.length ? Math.round((inside.reduce((a, b) => a + b, 0) / inside.length) * 10) / 10 : null;
  });
  return { start: new Date(start).toISOString(), step_s: step / 1000, values };
}

const ORDER = ["act_now", "look_soon", "cannot_tell", "fine"];

function stateOf(bed, tile) {
  const open = bed.raised.filter((n) => n.state !== "cleared" && n.state !== "paused");
  if (open.some((n) => n.priority === "high")) return "act_now";
  if (open.length) return "look_soon";
  return ["heart_rate", "respiratory_rate", "spo2"].some((s) => tile.signals[s].status === "lost")
    ? "cannot_tell"
    : "fine";
}

export function tile(bed, now) {
  if (!bed.patient)
    return {
      bed: bed.bed,
      patient: null,
      state: "fine",
      rank: 99,
      signals: {},
      spark: {},
      news2: null,
      notifications: [],
      technical: [],
      suppressed_last_hour: [],
    };
  const signals = Object.fromEntries(Object.keys(SIGNALS).map((s) => [s, latest(bed, s, now)]));
  const sparks = Object.fromEntries(
    ["heart_rate", "spo2", "respiratory_rate"].map((s) => [s, spark(bed, s, now)]),
  );
  const live = bed.raised
    .filter((n) => n.state !== "cleared")
    .map((n) => ({ ...n, evidence: { ...n.evidence, value: signals[n.evidence.signal]?.value ?? null } }));
  const out = {
    bed: bed.bed,
    patient: bed.patient,
    state: "fine",
    rank: 0,
    signals,
    spark: sparks,
    news2: news2(signals, now),
    notifications: live,
    technical: bed.technical,
    suppressed_last_hour: bed.suppressed.filter((s) => Date.parse(s.time) > now - 60 * MINUTE),
  };
  out.state = stateOf(bed, out);
  const waiting = live.some((n) => n.state === "raised") ? 0 : 1;
  out.rank = ORDER.indexOf(out.state) * 10 + waiting;
  return out;
}
