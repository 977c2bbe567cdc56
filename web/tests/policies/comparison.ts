import type { Comparison, NamedPolicy, PolicyNumbers } from "../../src/api/comparison-types";

/** A comparison of two policies on one patient with two events, made by hand. */

export function numbers(load: number, missed: number): PolicyNumbers {
  return {
    alerts: load,
    alerts_per_patient_day: { median: load, q1: load, q3: load, worst_decile: load, mean: load },
    technical_alerts_per_patient_day: 0,
    suppressed_per_patient_day: 3,
    load_by_hour: Array.from({ length: 24 }, (_, hour) => ({
      hour,
      alerts: hour === 3 ? load : 0,
      alerts_per_patient_hour: hour === 5 ? null : hour === 3 ? load : 0,
      alerts_per_nurse_hour: hour === 5 ? null : hour === 3 ? load * 8 : 0,
    })),
    interval_95: { alerts_per_patient_day_mean: [load / 2, load * 2], sensitivity: [0.5, 1] },
    events: 2,
    found: 2 - missed,
    missed,
    sensitivity: 1 - missed / 2,
    ppv: 0.5,
  };
}

const named = (load: number, missed: number): NamedPolicy => ({
  ...numbers(load, missed),
  title: "",
  version: "1",
  digest: "",
});

export function comparison(): Comparison {
  const sepsis = {
    patient: "t/1",
    event: "sepsis",
    onset: "2026-03-01T10:00:00Z",
    end: "2026-03-01T12:00:00Z",
  };
  const bleeding = {
    ...sepsis,
    event: "bleeding",
    onset: "2026-03-02T01:00:00Z",
    end: "2026-03-02T03:00:00Z",
  };
  return {
    name: "march",
    title: "March",
    note: "",
    simulated: true,
    made_at: "2026-03-03T00:00:00Z",
    factors: [0.5, 1, 2],
    events: [
      {
        ...sepsis,
        first: {
          calm: ["2026-03-01T10:05:00Z", "2026-03-01T10:10:00Z", null],
          loud: [sepsis.onset, sepsis.onset, null],
        },
      },
      {
        ...bleeding,
        first: { calm: ["2026-03-02T01:30:00Z", null, null], loud: [bleeding.onset, bleeding.onset, null] },
      },
    ],
    patients: [
      {
        patient: "t/1",
        start: "2026-03-01T00:00:00Z",
        end: "2026-03-03T00:00:00Z",
        days: 2,
        usable: true,
        events: 2,
        alerts: { calm: 1, loud: 9 },
      },
    ],
    document: {
      data: { patients: 1, patient_days: 2, start: "", end: "", events: 2 },
      definitions: { patients_per_nurse: 8 },
      policies: { loud: named(9, 0), calm: named(1, 1) },
      pareto: [
        { policy: "calm", alerts_per_patient_day: 1, missed: 1, on_front: true, beaten_by: [] },
        { policy: "loud", alerts_per_patient_day: 9, missed: 0, on_front: true, beaten_by: [] },
      ],
      sweep: {
        family: "",
        factors: [0.5, 1, 2],
        policies: {
          calm: [
            { factor: 0.5, digest: "", ...numbers(3, 0) },
            { factor: 1, digest: "", ...numbers(1, 1) },
            { factor: 2, digest: "", ...numbers(0, 2) },
          ],
        },
      },
    },
  };
}
