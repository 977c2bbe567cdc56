// A development fixture: 24 invented patients whose numbers come from a random generator with a fixed seed.
// It exists so that the page can be built and tried without the server. It computes nothing that Fyr claims.

const MINUTE = 60_000;
const HISTORY_MINUTES = 24 * 60;

function generator(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(6.283185 * uniform()),
  };
}

export const SIGNALS = {
  heart_rate: { title: "Heart rate", abbreviation: "HR", unit: "/min", base: 78, sd: 4, low: 25, high: 190 },
  respiratory_rate: {
    title: "Respiratory rate",
    abbreviation: "RR",
    unit: "/min",
    base: 16,
    sd: 1.4,
    low: 4,
    high: 45,
  },
  spo2: {
    title: "Oxygen saturation",
    abbreviation: "SpO2",
    unit: "%",
    base: 96.5,
    sd: 0.7,
    low: 60,
    high: 100,
  },
  systolic_bp: {
    title: "Systolic blood pressure",
    abbreviation: "SBP",
    unit: "mm[Hg]",
    base: 124,
    sd: 6,
    low: 50,
    high: 240,
  },
  diastolic_bp: {
    title: "Diastolic blood pressure",
    abbreviation: "DBP",
    unit: "mm[Hg]",
    base: 72,
    sd: 4,
    low: 30,
    high: 140,
  },
  temperature: {
    title: "Body temperature",
    abbreviation: "T",
    unit: "Cel",
    base: 37,
    sd: 0.15,
    low: 34,
    high: 42,
  },
};

export const RULES = [
  ["spo2", "<", 92, 3600, "low", "Low oxygen saturation"],
  ["spo2", "<", 88, 600, "medium", "Low oxygen saturation, marked"],
  ["spo2", "<", 85, 300, "high", "Low oxygen saturation, severe"],
  ["spo2", "<", 80, 60, "high", "Low oxygen saturation, extreme"],
  ["respiratory_rate", "<", 5, 60, "high", "Slow breathing, extreme"],
  ["respiratory_rate", "<", 11, 300, "medium", "Slow breathing"],
  ["respiratory_rate", ">", 24, 300, "medium", "Fast breathing"],
  ["respiratory_rate", ">", 30, 60, "high", "Fast breathing, marked"],
  ["heart_rate", "<", 30, 300, "high", "Slow heart rate, extreme"],
  ["heart_rate", "<", 40, 300, "high", "Slow heart rate"],
  ["heart_rate", ">", 110, 3600, "medium", "Fast heart rate"],
  ["heart_rate", ">", 130, 1800, "high", "Fast heart rate, marked"],
  ["systolic_bp", "<", 70, null, "high", "Low blood pressure, extreme"],
  ["systolic_bp", "<", 90, null, "medium", "Low blood pressure"],
  ["systolic_bp", ">", 180, null, "medium", "High blood pressure"],
  ["systolic_bp", ">", 220, null, "high", "High blood pressure, extreme"],
].map(([signal, op, threshold, duration_s, priority, title]) => {
  const abbreviation = { spo2: "spo2", respiratory_rate: "rr", heart_rate: "hr", systolic_bp: "sbp" }[signal];
  const length = duration_s === null ? "2readings" : `${duration_s / 60}min`;
  const rule = `${abbreviation}${op}${threshold}/${length}`;
  return {
    rule,
    title,
    signal,
    op,
    threshold,
    duration_s,
    readings: duration_s === null ? 2 : null,
    priority,
    group: signal,
  };
});

const FIRST =
  "Alder Aspen Birch Cedar Elm Fern Hazel Heather Iris Juniper Larch Linden Maple Moss Oak Pine Rowan Sage Sorrel Spruce Thistle Willow Yarrow Yew".split(
    " ",
  );
const SECOND =
  "Crane Heron Swift Plover Wren Tern Finch Lark Curlew Dunlin Eider Gull Lapwing Martin Osprey Pipit Raven Siskin Snipe Teal Thrush Wagtail Whimbrel Dipper".split(
    " ",
  );
const REASONS = [
  "After lobectomy, day 1",
  "After lobectomy, day 2",
  "Neutropenic fever",
  "Radiotherapy of the lung, fraction 22",
  "Pneumonia, COPD",
  "After mastectomy, day 1",
  "Pulmonary embolism",
  "Chemotherapy, cycle 3",
];

/** What each bed is there to show; beds not named are quiet. */
const STORIES = {
  "03": {
    spo2: [-13, 14],
    respiratory_rate: [9, 20],
    heart_rate: [24, 30],
    raise: ["spo2<85/5min", "rr>24/5min"],
    minutes: 4,
  },
  11: { respiratory_rate: [17, 26], heart_rate: [18, 26], raise: ["rr>30/1min"], minutes: 16, taken: true },
  "07": { heart_rate: [40, 85], raise: ["hr>110/60min"], minutes: 6 },
  15: {
    systolic_bp: [-38, 40],
    diastolic_bp: [-14, 40],
    raise: ["sbp<90/2readings"],
    minutes: 22,
    taken: true,
  },
  18: { spo2: [-5.5, 75], raise: ["spo2<92/60min"], minutes: 9 },
  "09": { lost: { spo2: 26, respiratory_rate: 26 } },
  20: { lost: { spo2: 12, respiratory_rate: 12, heart_rate: 12 } },
  "05": { lost: { temperature: 700 }, stale: ["temperature"] },
  13: { empty: true },
};

function history(random, signal, offset, story, minutes) {
  const { base, sd, low, high } = SIGNALS[signal];
  const values = [];
  let drift = 0;
  const change = story[signal];
  for (let i = 0; i < minutes; i++) {
    drift = drift * 0.97 + random.normal() * sd * 0.22;
    const before = minutes - i;
    const ramp = change ? change[0] * Math.min(1, Math.max(0, (change[1] + 6 - before) / 8)) : 0;
    const value = base + offset + drift + ramp + random.normal() * sd * 0.2;
    const rounded = signal === "temperature" ? Math.round(value * 10) / 10 : Math.round(value);
    values.push(Math.min(high, Math.max(low, rounded)));
  }
  return values;
}

function punchGaps(random, values, story, signal) {
  const gaps = 2 + Math.floor(random.uniform() * 4);
  for (let g = 0; g < gaps; g++) {
    const at = Math.floor(random.uniform() * values.length);
    const length = 3 + Math.floor(random.uniform() * (random.uniform() < 0.2 ? 60 : 14));
    for (let i = at; i < Math.min(values.length - 8, at + length); i++) values[i] = null;
  }
  const lost = story.lost?.[signal];
  if (lost) for (let i = values.length - lost; i < values.length; i++) values[i] = null;
}

export function simulatedWard({ beds = 24, seed = 7, now = Date.now() } = {}) {
  const start = now - HISTORY_MINUTES * MINUTE;
  return Array.from({ length: beds }, (_, index) => {
    const bed = String(index + 1).padStart(2, "0");
    const story = STORIES[bed] ?? {};
    if (story.empty)
      return { bed, story, patient: null, series: {}, raised: [], technical: [], suppressed: [] };
    const random = generator(seed * 1000 + index);
    const series = {};
    for (const signal of Object.keys(SIGNALS)) {
      const values = history(random, signal, random.normal() * SIGNALS[signal].sd, story, HISTORY_MINUTES);
      if (["heart_rate", "respiratory_rate", "spo2"].includes(signal))
        punchGaps(random, values, story, signal);
      const every = signal === "temperature" ? 240 : signal.endsWith("_bp") ? 30 : 1;
      const phase = (index * 7) % every;
      series[signal] = { every, phase, values };
    }
    const patient = {
      id: `demo/${index + 1}`,
      pseudonym: `${FIRST[index % 24]} ${SECOND[(index * 5 + 3) % 24]}`,
      age: 44 + ((index * 13) % 45),
      sex: index % 2 ? "male" : "female",
      reason: REASONS[index % REASONS.length],
    };
    const raised = (story.raise ?? []).map((rule, n) =>
      notification(rule, bed, patient, now - (story.minutes - n) * MINUTE, story.taken),
    );
    const technical = Object.entries(story.stale ? {} : (story.lost ?? {})).map(([signal, minutes]) =>
      technicalNotification(signal, bed, patient, now - minutes * MINUTE),
    );
    const suppressed = suppressions(random, index, now);
    return { bed, story, patient, series, start, random, raised, technical, suppressed };
  });
}

export function notification(ruleName, bed, patient, raisedAt, taken = false) {
  const rule = RULES.find((candidate) => candidate.rule === ruleName);
  return {
    id: `${patient.id.replace("/", "-")}-${ruleName.replaceAll(/[^a-z0-9]/g, "-")}-${raisedAt}`,
    patient: patient.id,
    bed,
    rule: ruleName,
    title: rule.title,
    kind: "physiological",
    priority: rule.priority,
    state: taken ? "acknowledged" : "raised",
    raised_at: new Date(raisedAt).toISOString(),
    changed_at: new Date(taken ? raisedAt + 2 * MINUTE : raisedAt).toISOString(),
    by: taken ? "A. Linde" : null,
    assessable: true,
    evidence: {
      signal: rule.signal,
      value: null,
      unit: SIGNALS[rule.signal].unit,
      op: rule.op,
      threshold: rule.threshold,
      asked_s: rule.duration_s,
      readings: rule.readings,
    },
    escalated_to: null,
  };
}

function technicalNotification(signal, bed, patient, at) {
  return {
    id: `${patient.id.replace("/", "-")}-technical-${signal}`,
    patient: patient.id,
    bed,
    rule: `technical:${signal}`,
    title: `${SIGNALS[signal].title}: no signal`,
    kind: "technical",
    priority: "low",
    state: "raised",
    raised_at: new Date(at + 10 * MINUTE).toISOString(),
    changed_at: new Date(at + 10 * MINUTE).toISOString(),
    by: null,
    assessable: false,
    evidence: { signal, unit: SIGNALS[signal].unit },
    escalated_to: null,
  };
}

const WHY = [
  "ended before it lasted long enough",
  "within the refractory time of 30 min",
  "covered by a more urgent rule of the same group",
  "interrupted by a gap",
];

function suppressions(random, index, now) {
  const count = index % 5 === 1 ? 0 : Math.floor(random.uniform() * 22);
  return Array.from({ length: count }, () => {
    const rule = RULES[Math.floor(random.uniform() * RULES.length)];
    const at = now - random.uniform() * 6 * 60 * MINUTE;
    return {
      time: new Date(at).toISOString(),
      end: new Date(at + (1 + random.uniform() * 9) * MINUTE).toISOString(),
      rule: rule.rule,
      title: rule.title,
      reason: WHY[Math.floor(random.uniform() * WHY.length)],
      evidence: { signal: rule.signal, threshold: rule.threshold, unit: SIGNALS[rule.signal].unit },
    };
  }).sort((a, b) => b.time.localeCompare(a.time));
}

/** Minute samples of one signal as [epoch ms, value]; sparse signals only where they were measured. */
export function samples(bed, signal, fromMs) {
  const { every, phase, values } = bed.series[signal];
  const out = [];
  for (let i = 0; i < values.length; i++) {
    const at = bed.start + i * MINUTE;
    if (i % every === phase && at >= fromMs) out.push([at, values[i]]);
  }
  return out;
}
