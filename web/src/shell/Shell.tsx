import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import { followHealth, followWard, liveStore } from "../api/live";
import type { Session } from "../api/types";
import { useResource } from "../api/use-resource";
import { useKeys } from "../app/keyboard";
import { go, routeOf, usePath } from "../app/router";
import { drawerStore } from "../finding/drawer";
import { FindingDrawer } from "../finding/FindingDrawer";
import { Message, Skeleton } from "../look/Message";
import { listen } from "../sound/player";
import { SoundDialog } from "../sound/SoundDialog";
import { soundsFor } from "../sound/settings";
import { wardStore } from "../state/preferences";
import { mayReadAudit, mayReadDevices, mayReadPatients, seesLevels } from "../state/session";
import { usePart, useStore } from "../state/store";
import { WardPage } from "../ward/WardPage";
import { t } from "../words";
import { Announcer } from "./Announcer";
import { Help } from "./Help";
import { Notices } from "./Notices";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";
import "./shell.css";

const PatientPage = lazy(() => import("../patient/PatientPage"));
const PatientsPage = lazy(() => import("../patients/PatientsPage"));
const ReplayPage = lazy(() => import("../replay/ReplayPage"));
const DiagnosesPage = lazy(() => import("../diagnosis/DiagnosesPage"));
const DiagnosisPage = lazy(() => import("../diagnosis/DiagnosisPage"));
const PlansPage = lazy(() => import("../plan/PlansPage"));
const PlanPage = lazy(() => import("../plan/PlanPage"));
const ComparePlansPage = lazy(() => import("../outcome/ComparePage"));
const LedgerPage = lazy(() => import("../exposures/LedgerPage"));
const LevelsPage = lazy(() => import("../exposures/LevelsPage"));
const HearingPage = lazy(() => import("../hearing/HearingPage"));
const PoliciesPage = lazy(() => import("../policies/PoliciesPage"));
const ComparisonPage = lazy(() => import("../policies/ComparisonPage"));
const CohortsPage = lazy(() => import("../cohorts/CohortsPage"));
const ValidationPage = lazy(() => import("../cohorts/ValidationPage"));
const StudiesPage = lazy(() => import("../studies/StudiesPage"));
const StudyPage = lazy(() => import("../studies/StudyPage"));
const ModelsPage = lazy(() => import("../models/ModelsPage"));
const ModelCardPage = lazy(() => import("../models/ModelCardPage"));
const HandoverPage = lazy(() => import("../handover/HandoverPage"));
const GapsPage = lazy(() => import("../gaps/GapsPage"));
const SourcesPage = lazy(() => import("../sources/SourcesPage"));
const AuditPage = lazy(() => import("../audit/AuditPage"));

/** Rooms with patients in them. */
const OF_PATIENTS = [
  ...["ward", "handover", "gaps", "patients", "patient", "replay", "policies", "comparison"],
  ...["diagnoses", "diagnosis", "plans", "plan", "plan-comparison", "exposures", "hearing", "levels"],
];

const noWards = async () => ({ wards: [], hint: null });

export function Shell({ session }: { session: Session }) {
  const path = usePath();
  const route = useMemo(() => routeOf(path), [path]);
  const patients = mayReadPatients(session);
  const wards = useResource("wards", patients ? api.wards : noWards);
  const remembered = useStore(wardStore);
  const [help, setHelp] = useState(false);
  const [sound, setSound] = useState(false);
  const devices = mayReadDevices(session);
  const main = useRef<HTMLElement>(null);
  const frozen = usePart(liveStore, (state) => state.status === "lost");

  const asked =
    route.room === "ward" || route.room === "handover" || route.room === "gaps" ? route.ward : null;
  const ward = asked ?? remembered ?? wards.data?.wards[0]?.ward ?? null;

  useEffect(() => {
    if (!patients || (!ward && wards.status !== "loading")) return followHealth();
    if (!ward) return;
    wardStore.set(ward);
    return followWard(ward);
  }, [ward, patients, wards.status]);

  const isOpenPatient =
    ("id" in route && session.open_patients.includes(route.id)) ||
    (route.room === "levels" && session.open_patients.length > 0);
  const name = session.person?.name ?? "";
  useEffect(() => {
    if (!patients) return;
    soundsFor(name);
    return listen();
  }, [patients, name]);

  // Who sees no ward begins where their work is.
  const lost = !patients && OF_PATIENTS.includes(route.room);
  useEffect(() => {
    if (lost) go(mayReadAudit(session) ? "/audit" : "/models", true);
  }, [lost, session]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another room closes what was open in the last one.
  useEffect(() => {
    drawerStore.set(null);
    main.current?.scrollTo(0, 0);
  }, [path]);

  const keys = useMemo(
    () => ({
      "?": () => setHelp((open) => !open),
      "g w": () => go("/"),
      "g p": () => go("/patients"),
      "g d": () => go("/diagnosis"),
      "g i": () => go("/plans"),
      "g e": () => go("/exposures"),
      "g l": () => go("/policies"),
      "g c": () => go("/cohorts"),
      "g f": () => go("/studies"),
      "g m": () => go("/models"),
      m: () => patients && setSound(true),
      "/": (event: KeyboardEvent) => {
        event.preventDefault();
        const field = document.querySelector<HTMLInputElement>("[data-search]");
        if (field) field.focus();
        else go("/patients");
      },
    }),
    [patients],
  );
  useKeys(keys);

  return (
    <div className="shell" data-frozen={frozen}>
      <a className="skip" href="#main">
        {t("app.skip")}
      </a>
      <Rail
        room={route.room}
        patients={patients}
        levels={seesLevels(session)}
        audit={mayReadAudit(session)}
        devices={devices}
        onHelp={() => setHelp(true)}
        onSound={() => setSound(true)}
      />
      <TopBar session={session} />
      <aside className="research" aria-label={t("app.about")}>
        <p>{t("app.research")}</p>
        {session.simulated && (
          <p className="simulated hatched" data-testid="simulated">
            {t(isOpenPatient ? "app.open_sample" : "app.simulated")}
          </p>
        )}
      </aside>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <main className="main" id="main" ref={main} tabIndex={0}>
        <Notices />
        <Suspense fallback={<Loading />}>
          {route.room === "ward" && patients && (
            <WardPage
              session={session}
              ward={ward}
              wards={wards.data?.wards ?? []}
              hint={wards.data?.hint ?? null}
              loaded={wards.status !== "loading"}
            />
          )}
          {route.room === "handover" && patients && <HandoverPage key={route.ward} ward={route.ward} />}
          {route.room === "gaps" && patients && <GapsPage key={route.ward} ward={route.ward} />}
          {route.room === "sources" && devices && <SourcesPage />}
          {route.room === "patients" && patients && <PatientsPage />}
          {route.room === "patient" && patients && (
            <PatientPage key={route.id} id={route.id} session={session} />
          )}
          {route.room === "replay" && patients && (
            <ReplayPage key={`${route.comparison} ${route.id}`} id={route.id} comparison={route.comparison} />
          )}
          {route.room === "diagnoses" && patients && <DiagnosesPage />}
          {route.room === "diagnosis" && patients && <DiagnosisPage key={route.id} id={route.id} />}
          {route.room === "plans" && patients && <PlansPage />}
          {route.room === "plan" && patients && <PlanPage key={route.id} id={route.id} />}
          {route.room === "plan-comparison" && patients && <ComparePlansPage key={route.id} id={route.id} />}
          {route.room === "exposures" && patients && <LedgerPage key={route.id} id={route.id} />}
          {route.room === "hearing" && patients && <HearingPage key={route.id} id={route.id} />}
          {route.room === "levels" && patients && <LevelsPage session={session} />}
          {route.room === "policies" && patients && <PoliciesPage />}
          {route.room === "comparison" && patients && <ComparisonPage key={route.name} name={route.name} />}
          {route.room === "cohorts" && <CohortsPage />}
          {route.room === "validation" && <ValidationPage key={route.name} name={route.name} />}
          {route.room === "studies" && <StudiesPage />}
          {route.room === "study" && <StudyPage key={route.name} name={route.name} session={session} />}
          {route.room === "models" && <ModelsPage />}
          {route.room === "model" && <ModelCardPage key={route.name} name={route.name} />}
          {route.room === "audit" && <AuditPage session={session} />}
          {route.room === "missing" && <Message page title={t("missing.title")} body={t("missing.body")} />}
        </Suspense>
      </main>
      <FindingDrawer />
      {sound && <SoundDialog onClose={() => setSound(false)} />}
      {help && <Help plan={route.room === "plan"} onClose={() => setHelp(false)} />}
      <Announcer />
    </div>
  );
}

function Loading() {
  return (
    <div className="page">
      <Skeleton rows={6} height={72} />
    </div>
  );
}
