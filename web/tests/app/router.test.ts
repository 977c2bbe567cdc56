import { describe, expect, it } from "vitest";
import { patientAddress, replayAddress, routeOf } from "../../src/app/router";

describe("addresses", () => {
  it.each([
    ["/", { room: "ward", ward: null }],
    ["/ward/7A", { room: "ward", ward: "7A" }],
    ["/patients", { room: "patients" }],
    ["/patients/demo/17", { room: "patient", id: "demo/17" }],
    ["/patients/demo/17/replay", { room: "replay", id: "demo/17", comparison: null }],
    ["/policies", { room: "policies" }],
    ["/policies/march", { room: "comparison", name: "march" }],
    ["/policies/march/demo/17", { room: "replay", id: "demo/17", comparison: "march" }],
    ["/policies/march/demo", { room: "missing" }],
    ["/models/news2", { room: "model", name: "news2" }],
    ["/audit", { room: "audit" }],
    ["/patients/demo", { room: "missing" }],
    ["/cohorts", { room: "cohorts" }],
    ["/cohorts/npi-1", { room: "validation", name: "npi-1" }],
    ["/cohorts/npi/1", { room: "missing" }],
    ["/studies", { room: "studies" }],
    ["/studies/heart-1", { room: "study", name: "heart-1" }],
  ])("%s", (path, route) => expect(routeOf(path)).toEqual(route));

  it("of a patient lead back to the same patient, whatever the identifier holds", () => {
    for (const id of ["demo/17", "Århus/a b?c#d", "h/%41"]) {
      expect(routeOf(patientAddress(id))).toEqual({ room: "patient", id });
      for (const comparison of ["march", null]) {
        const [path] = replayAddress(comparison, id, { day: 2, policy: "a b" }).split("?");
        expect(routeOf(path ?? "")).toEqual({ room: "replay", id, comparison });
      }
    }
  });
});
