import { describe, expect, it } from "vitest";
import {
  patientAddress,
  plansComparedAddress,
  plansComparedOf,
  replayAddress,
  routeOf,
} from "../../src/app/router";

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

describe("plans side by side", () => {
  it("are named by their views and what is made of the first, and by nothing of the patient", () => {
    const asked = {
      views: ["a", "b"],
      refractioned: [20],
      rescaled: [{ total_gy: 40.05, fractions: 15 }],
      protocol: "quantec",
    };
    const address = plansComparedAddress("demo/1", asked);
    expect(address).toBe("/patients/demo/1/plan/compare?view=a&view=b&in=20&as=40.05%2F15&protocol=quantec");
    const [path = "", search = ""] = address.split("?");
    expect(routeOf(path)).toEqual({ room: "plan-comparison", id: "demo/1" });
    expect(plansComparedOf(`?${search}`)).toEqual(asked);
  });

  it("pass over what an address says wrongly", () => {
    expect(plansComparedOf("?in=0&in=x&in=101&as=40&as=0/3&as=1e9/3&view=a&view=a")).toEqual({
      views: ["a"],
      refractioned: [],
      rescaled: [],
      protocol: null,
    });
  });
});
