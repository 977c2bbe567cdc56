import type { HandedOver, Handover } from "../api/house-types";
import { isScore } from "../finding/drawer";
import { VITALS } from "../ward/vitals";
import { t, tMaybe } from "../words";
import { csvCell } from "../words/csv";
import { formatAge, formatMoment, formatNumber, formatSignal, signalShort } from "../words/format";

/** One patient's row in words: what the page, the text and the table say alike. */
export interface SheetRow {
  bed: string;
  name: string;
  about: string;
  state: string;
  vitals: string[];
  news2: string;
  stands: string[];
  over: string[];
  done: string[];
  heldBack: string[];
  limits: string[];
  sensors: string[];
}

const PARTS: Record<string, string[]> = { blood_pressure: ["systolic_bp", "diastolic_bp"] };

function vital(row: HandedOver, name: string, nowMs: number): string {
  const parts = PARTS[name] ?? [name];
  const signals = parts.map((part) => row.signals[part]);
  const first = signals[0];
  const label = signalShort(name);
  if (!first?.time || signals.every((signal) => signal?.value === null || signal === undefined))
    return `${label} –`;
  const text = parts.map((part, i) => formatSignal(part, signals[i]?.value)).join("/");
  const age = t("handover.age", { age: formatAge((nowMs - Date.parse(first.time)) / 1000) });
  const status = first.status === "present" ? "" : `, ${t(`status.${first.status}`)}`;
  return `${label} ${text} (${age}${status})`;
}

function news2(row: HandedOver): string {
  if (!row.news2) return t("handover.none");
  if (!isScore(row.news2)) return t("handover.refused", { why: row.news2.refusal });
  const now = formatNumber(row.news2.score);
  const was = row.news2_before?.score;
  return was === null || was === undefined
    ? t("handover.news2_now", { now })
    : t("handover.news2_was", { now, was: formatNumber(was) });
}

/** What a patient's row says at the time of the sheet. */
export function sheetRow(row: HandedOver, nowMs: number): SheetRow {
  const { patient } = row;
  const moment = (iso: string) => formatMoment(Date.parse(iso), nowMs);
  const alarm = (one: HandedOver["raised"][number]) => {
    const taken = one.done.find((done) => done.kind === "acknowledged") ?? one.done[0];
    const who = taken ? t("handover.taken", { by: taken.by }) : t("handover.not_taken");
    const to = one.escalated_to ? `, ${t("tile.escalated", { to: one.escalated_to })}` : "";
    return `${moment(one.raised_at)} ${one.title} (${t(`priority.${one.priority}`)}, ${who}${to})`;
  };
  return {
    bed: row.bed,
    name: patient.pseudonym,
    about: [
      patient.age === null || patient.age === undefined ? null : t("patient.years", { n: patient.age }),
      patient.sex ? tMaybe(`patient.sex.${patient.sex}`, patient.sex) : null,
      patient.reason,
    ]
      .filter(Boolean)
      .join(" · "),
    state: t(`state.${row.state}`),
    vitals: VITALS.map((name) => vital(row, name, nowMs)),
    news2: news2(row),
    stands: row.raised.filter((one) => one.state !== "cleared").map(alarm),
    over: row.raised.filter((one) => one.state === "cleared").map(alarm),
    done: row.raised.flatMap((one) =>
      one.done
        .filter((done) => done.kind === "acted_on" && done.what)
        .map((done) => `${moment(done.done_at)} ${done.what} (${done.by})`),
    ),
    heldBack: row.held_back.map((one) => `${one.count} × ${one.title}: ${one.reason}`),
    limits: row.own_limits.map((one) =>
      [
        one.changes
          .map((change) =>
            change.threshold === null || change.threshold === undefined
              ? (change.title ?? change.rule ?? "")
              : `${change.title ?? change.rule}: ${formatNumber(change.threshold)}`,
          )
          .join(", "),
        one.reason,
        one.by,
      ]
        .filter(Boolean)
        .join("; "),
    ),
    sensors: row.sensors_lost.map(
      (one) => `${signalShort(one.signal, one.title)} ${t("limits.since", { time: moment(one.since) })}`,
    ),
  };
}

const PARTS_OF_SHEET = [
  ["handover.stands", "stands"],
  ["handover.raised", "over"],
  ["handover.done", "done"],
  ["handover.suppressed", "heldBack"],
  ["handover.limits", "limits"],
  ["handover.sensors", "sensors"],
] as const;

/** The sheet as plain text, to be pasted where a ward keeps its handover. */
export function sheetText(sheet: Handover): string {
  const nowMs = Date.parse(sheet.now);
  const head = [
    t("handover.title", { ward: sheet.ward }),
    t("handover.made", {
      since: formatMoment(Date.parse(sheet.since), nowMs),
      now: formatMoment(nowMs, nowMs),
      hospital: sheet.hospital,
    }),
    t("app.research"),
  ];
  const rows = sheet.patients.map((one) => {
    const row = sheetRow(one, nowMs);
    return [
      `${t("tile.bed", { bed: row.bed })}  ${row.name}  ${row.about}  ${row.state}`,
      `  ${row.vitals.join("; ")}`,
      `  ${t("handover.news2")}: ${row.news2}`,
      ...PARTS_OF_SHEET.flatMap(([title, part]) => row[part].map((line) => `  ${t(title)}: ${line}`)),
    ].join("\n");
  });
  return [...head, "", ...rows].join("\n");
}

/** The sheet as a table, one patient a line. */
export function sheetCsv(sheet: Handover): string {
  const nowMs = Date.parse(sheet.now);
  const head = [
    t("gaps.bed"),
    t("gaps.patient"),
    t("patients.state"),
    t("handover.vitals"),
    t("handover.news2"),
    ...PARTS_OF_SHEET.map(([title]) => t(title)),
  ];
  const lines = sheet.patients.map((one) => {
    const row = sheetRow(one, nowMs);
    return [
      row.bed,
      `${row.name} ${row.about}`.trim(),
      row.state,
      row.vitals.join("; "),
      row.news2,
      ...PARTS_OF_SHEET.map(([, part]) => row[part].join("; ")),
    ];
  });
  return `${[head, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
