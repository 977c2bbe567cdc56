#!/usr/bin/env node
// A development fixture: serves the built page and an imitation of the HTTP API with simulated patients, so that
// the page can be tried before or without the server. Never used in a hospital; nothing here is Fyr's own result.
//
//   node dev/mock-server.mjs [--port 8010] [--page ../src/fyr/serve/page]
//
// Sign in as nurse, physician, researcher or administrator; the password is the same word.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { NEWS2_CARD } from "./cards.mjs";
import { notification, RULES, SIGNALS, samples, simulatedWard } from "./simulated-ward.mjs";
import { NEWS2, news2, tile } from "./tiles.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8010" },
    page: { type: "string", default: join(HERE, "../../src/fyr/serve/page") },
  },
});
const MINUTE = 60_000;
const ROLES = ["nurse", "physician", "physicist", "researcher", "administrator"];
const PEOPLE = {
  nurse: { name: "nurse", title: "A. Linde", role: "nurse" },
  physician: { name: "physician", title: "Dr M. Holm", role: "physician" },
  researcher: { name: "researcher", title: "S. Berg", role: "researcher" },
  administrator: { name: "administrator", title: "K. Dahl", role: "administrator" },
};
const PERMISSIONS = {
  nurse: ["read_patients", "act_on_notifications", "read_models"],
  physician: ["read_patients", "act_on_notifications", "read_models"],
  researcher: ["read_patients", "read_models"],
  administrator: ["read_audit", "read_models"],
};
const POLICY = {
  name: "haahr2022",
  version: "1",
  title: "Ward microevents, 16 criteria (Haahr-Raunkjær 2022)",
};
const CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const ward = simulatedWard();
const sessions = new Map();
const listeners = new Set();
const history = new Map();
let cursor = 1;

const json = (response, body, status = 200, headers = {}) => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify(body));
};
const refuse = (response, status, what, mend = "") =>
  json(response, { error: { what, where: "", mend } }, status);

function sessionOf(request) {
  const id = /fyr_session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  return { id, person: id ? sessions.get(id) : undefined };
}

const sessionBody = (person) => ({
  person: person ?? null,
  permissions: PERMISSIONS[person?.role] ?? [],
  csrf_token: "development",
  hospital: "Simulated hospital",
  simulated: true,
  version: "0.1.0",
  roles: ROLES,
});

function board() {
  const now = Date.now();
  return {
    ward: "b4",
    title: "Ward B4, surgery and lung",
    hospital: "Simulated hospital",
    simulated: true,
    policy: POLICY,
    now: new Date(now).toISOString(),
    cursor: String(cursor),
    beds: ward.map((bed) => tile(bed, now)),
  };
}

function send(event, data) {
  cursor += 1;
  const text = `id: ${cursor}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const response of listeners) response.write(text);
}

setInterval(() => send("heartbeat", { now: new Date().toISOString(), cursor: String(cursor) }), 1000);
let turn = 0;
setInterval(() => {
  for (let i = 0; i < 6; i++) {
    const bed = ward[turn++ % ward.length];
    if (bed.patient) send("tile", tile(bed, Date.now()));
  }
}, 500);
setInterval(() => {
  for (const bed of ward)
    for (const [signal, series] of Object.entries(bed.series)) {
      const last = series.values.findLast((value) => value !== null) ?? SIGNALS[signal].base;
      series.values.push(bed.story.lost?.[signal] ? null : last);
    }
}, MINUTE);

function findBed(id) {
  return ward.find((bed) => bed.patient?.id === id);
}

function act(request, response, person, id, verb, body) {
  if (request.headers["x-csrf-token"] !== "development")
    return refuse(response, 403, "the request carries no valid CSRF token");
  if (!["nurse", "physician"].includes(person.role))
    return refuse(response, 403, `a ${person.role} may not act on alarms`);
  for (const bed of ward) {
    const found = [...bed.raised, ...bed.technical].find((n) => n.id === id);
    if (!found) continue;
    Object.assign(found, {
      state: verb === "pause" ? "paused" : "acknowledged",
      by: person.title,
      changed_at: new Date().toISOString(),
    });
    const steps = history.get(id) ?? [];
    history.set(id, [
      ...steps,
      {
        time: found.changed_at,
        kind: found.state,
        by: person.title,
        reason: body.reason ?? body.note ?? null,
      },
    ]);
    send("tile", tile(bed, Date.now()));
    return json(response, found);
  }
  return refuse(response, 404, "there is no such alarm", "reload the page");
}

function patientAnswer(response, bed, what, hours) {
  const now = Date.now();
  const from = now - hours * 60 * MINUTE;
  if (what === "series") {
    const series = {};
    for (const [signal, { title, unit }] of Object.entries(SIGNALS)) {
      const all = samples(bed, signal, from);
      series[signal] = {
        title,
        unit,
        period_s: bed.series[signal].every * 60,
        time: all.map(([t]) => t / 1000),
        value: all.map(([, v]) => v),
      };
    }
    return json(response, { start: new Date(from).toISOString(), end: new Date(now).toISOString(), series });
  }
  if (what === "alarms") {
    const raised = [...bed.raised, ...bed.technical].map((n) => ({
      ...n,
      history: [
        { time: n.raised_at, kind: "raised", by: null, reason: null },
        ...(n.state === "acknowledged" && !history.has(n.id)
          ? [{ time: n.changed_at, kind: "acknowledged", by: n.by, reason: null }]
          : []),
        ...(history.get(n.id) ?? []),
      ],
    }));
    const not_assessable = Object.entries(bed.story.lost ?? {}).map(([signal, minutes]) => ({
      signal,
      start: new Date(now - minutes * MINUTE).toISOString(),
      end: null,
    }));
    return json(response, {
      raised,
      suppressed: bed.suppressed.filter((s) => Date.parse(s.time) > from),
      not_assessable,
    });
  }
  if (what === "findings") {
    const current = tile(bed, now);
    const answer = (n) =>
      "score" in n
        ? { output: "score", value: n.score, unit: "{score}", low: null, high: null }
        : { refusal: n.refusal, inputs: [] };
    const findings = Array.from({ length: hours * 2 }, (_, i) => {
      const n = i === 0 ? current.news2 : news2(current.signals, now);
      return {
        time: new Date(now - i * 30 * MINUTE).toISOString(),
        model: NEWS2,
        answer: answer(n),
        inputs: n.inputs,
        explanation: n.explanation ?? {},
      };
    });
    return json(response, { findings });
  }
  return json(response, {
    patient: bed.patient,
    encounter: { ward: "b4", bed: bed.bed, start: new Date(now - 52 * 60 * MINUTE).toISOString(), end: null },
    tile: tile(bed, now),
    policy: POLICY,
    rules: RULES,
    context: [
      {
        code: "consciousness",
        title: "Consciousness",
        value: "alert",
        unit: null,
        status: "present",
        time: new Date(now - 95 * MINUTE).toISOString(),
        source: "ward chart",
      },
      {
        code: "supplemental_oxygen",
        title: "Supplemental oxygen",
        value: false,
        unit: null,
        status: "present",
        time: new Date(now - 95 * MINUTE).toISOString(),
        source: "ward chart",
      },
      {
        code: "loinc:6301-6",
        title: "INR",
        value: null,
        unit: null,
        status: "not done",
        time: null,
        source: "laboratory",
      },
    ],
  });
}

function live(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(`id: ${cursor}\nevent: board\ndata: ${JSON.stringify(board())}\n\n`);
  listeners.add(response);
  request.on("close", () => listeners.delete(response));
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length ? JSON.parse(Buffer.concat(parts).toString("utf8") || "{}") : {};
}

function audit() {
  const verbs = ["read board", "read series", "acknowledge", "sign in"];
  const entries = Array.from({ length: 60 }, (_, i) => ({
    sequence: 600 - i,
    time: new Date(Date.now() - i * 41_000).toISOString(),
    person: i % 3 ? "A. Linde" : "Dr M. Holm",
    role: i % 3 ? "nurse" : "physician",
    purpose: "care",
    action: verbs[i % 4],
    subject: i % 4 === 0 ? "ward b4" : `demo/${(i % 24) + 1}`,
  }));
  return {
    entries,
    verdict: {
      ok: true,
      entries: 600,
      first_problem: null,
      sequence: null,
      message: "600 entries, the chain is whole",
    },
  };
}

function page(response, pathname) {
  const wanted = normalize(join(options.page, pathname));
  const file =
    wanted.startsWith(options.page) && existsSync(wanted) && statSync(wanted).isFile()
      ? wanted
      : join(options.page, "index.html");
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": CSP,
  });
  createReadStream(file).pipe(response);
}

createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const path = url.pathname;
  if (!path.startsWith("/api/")) return page(response, path);
  const { id, person } = sessionOf(request);
  if (path === "/api/health") return json(response, { status: "ok", version: "0.1.0", simulated: true });
  if (path === "/api/session") return json(response, sessionBody(person));
  const body = request.method === "POST" ? await bodyOf(request) : {};
  if (path === "/api/sign-in") {
    const found = PEOPLE[body.name];
    if (!found || body.password !== body.name) return refuse(response, 401, "name or password is wrong", "");
    const fresh = crypto.randomUUID();
    sessions.set(fresh, found);
    return json(response, sessionBody(found), 200, {
      "set-cookie": `fyr_session=${fresh}; HttpOnly; SameSite=Strict; Path=/`,
    });
  }
  if (path === "/api/sign-out") {
    sessions.delete(id);
    return json(response, sessionBody(null));
  }
  if (!person) return refuse(response, 401, "nobody is signed in", "sign in");
  if (path === "/api/wards")
    return json(response, { wards: [{ ward: "b4", title: "Ward B4, surgery and lung", beds: 24 }] });
  if (path.startsWith("/api/wards/")) return json(response, board());
  if (path === "/api/live") return live(request, response);
  if (path === "/api/models") return json(response, { models: [NEWS2_CARD] });
  if (path === "/api/models/news2") return json(response, NEWS2_CARD);
  if (path === "/api/audit")
    return person.role === "administrator"
      ? json(response, audit())
      : refuse(response, 403, "only an administrator reads the audit trail");
  if (path === "/api/patients")
    return json(response, {
      patients: ward
        .filter((b) => b.patient)
        .map((b) => ({
          id: b.patient.id,
          pseudonym: b.patient.pseudonym,
          ward: "b4",
          bed: b.bed,
          state: tile(b, Date.now()).state,
        })),
    });
  // No images here: a plan needs a server that reads DICOM.
  if (path === "/api/imaging") return json(response, { patients: [] });
  if (/^\/api\/patients\/[^/]+\/[^/]+\/imaging$/.test(path)) return json(response, { studies: [] });
  const action = /^\/api\/notifications\/([^/]+)\/(acknowledge|pause)$/.exec(path);
  if (action && request.method === "POST")
    return act(request, response, person, decodeURIComponent(action[1]), action[2], body);
  const patient = /^\/api\/patients\/([^/]+)\/([^/]+)(?:\/(series|alarms|findings))?$/.exec(path);
  const bed = patient && findBed(`${decodeURIComponent(patient[1])}/${decodeURIComponent(patient[2])}`);
  if (bed) return patientAnswer(response, bed, patient[3], Number(url.searchParams.get("hours") ?? 6));
  return refuse(response, 404, "there is nothing here", "check the address");
}).listen(Number(options.port), "127.0.0.1", () =>
  console.log(`SIMULATED PATIENTS, development fixture: http://127.0.0.1:${options.port}`),
);

// After half a minute a quiet bed raises an alarm, so that a live change can be watched.
setTimeout(() => {
  const bed = ward.find((b) => b.bed === "22");
  bed.raised.push(notification("rr>24/5min", bed.bed, bed.patient, Date.now()));
  send("tile", tile(bed, Date.now()));
}, 30_000);
