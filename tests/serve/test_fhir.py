"""FHIR over HTTP: Observations in to the journal, alarms and risks out, and every answer valid FHIR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.exchange.fhir.resources import bundle, observation, quantity, validated
from tests.serve.house import ANNA, BERT, House
from tests.serve.machine import Machine, token_of

from fyr.clock import MINUTE_US, to_iso
from fyr.exchange.fhir.alarms import read_alarm
from fyr.exchange.incoming import Incoming, Problem, ProblemKind, Verdict
from fyr.record import Estimate, Finding, ModelReference, PatientId, Refusal
from fyr.serve.fhir_documents import outgoing_risk
from fyr.serve.intake import Intake
from fyr.serve.permissions import Person
from fyr.serve.quarantine import Quarantine
from fyr.serve.register import RecordRegister
from fyr.serve.routes.fhir import LARGEST


class Door:
    """A house whose intake is open, and a machine that may send."""

    def __init__(self, house: House) -> None:
        self.house = house
        here = house.installation
        self.intake = Intake(
            "demo",
            here.wards.journal,
            here.wards.stays(),
            RecordRegister(house.record),
            Quarantine(house.record.journal),
            house.ward_clock,
            lateness_us=0,
        )
        self.here = replace(here, take=self.intake.take)
        self.machine = Machine(house, token_of(house, "send", "gateway"), here=self.here)

    def pulse(self, value: float = 72, patient: str = "1", **elements: Any) -> dict[str, Any]:
        """Return an Observation of this instant."""
        self.house.ward_clock.time_us += 1000
        time = to_iso(self.house.ward_clock.time_us)
        whom = {"reference": f"Patient/{patient}"}
        return observation("8867-4", valueQuantity=quantity(value), effectiveDateTime=time, subject=whom, **elements)

    def heart_rates(self, patient: PatientId = ANNA) -> list[float]:
        """Return what the ward has of the heart rate, once it has gone on."""
        self.house.run_to(self.house.ward_clock.time_us + MINUTE_US)
        traces = self.house.installation.wards.traces(patient, 0, self.house.ward_clock.time_us + 1)
        return [float(value) for value in traces["heart_rate"].value] if "heart_rate" in traces else []


@pytest.fixture
def door(house: House) -> Door:
    return Door(house)


def statuses(answer: dict[str, Any]) -> list[str]:
    return [entry["response"]["status"].split()[0] for entry in answer["entry"]]


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json; charset=utf-8"])
def test_an_observation_reaches_its_patient(door: Door, kind: str) -> None:
    answer = door.machine.post("/api/fhir/Observation", validated(door.pulse(72)), kind=kind)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Content-Type"] == "application/fhir+json"
    validated(answer.json())
    assert (door.heart_rates(), door.heart_rates(BERT)) == ([72.0], [])


def test_a_batch_is_answered_entry_by_entry(door: Door) -> None:
    bad, stranger = door.pulse(status="cancelled"), door.pulse(patient="77")
    patient = {"resourceType": "Patient", "id": "1"}
    answer = door.machine.post(
        "/api/fhir", validated(bundle("batch", patient, door.pulse(71), bad, stranger, door.pulse(73)))
    )
    assert answer.status_code == 200, answer.text
    document = validated(answer.json())
    assert document["type"] == "batch-response"
    assert statuses(document) == ["200", "201", "422", "422", "201"]
    codes = [entry["response"].get("outcome", {"issue": [{}]})["issue"][0].get("code") for entry in document["entry"]]
    assert codes == ["informational", None, "not-supported", "not-found", None]
    assert document["entry"][2]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[2].resource.status"]
    assert door.heart_rates() == [71.0, 73.0]
    assert [one.problem.kind for one in door.intake.quarantine.newest(10)] == [
        ProblemKind.UNKNOWN_PATIENT,
        ProblemKind.UNSUPPORTED,
    ]


@pytest.mark.parametrize(
    ("spoilt", "where"),
    [({"status": "cancelled"}, ".status"), ({"subject": {"reference": "Patient/77"}}, "")],
)
def test_a_transaction_is_kept_whole_or_not_at_all(door: Door, spoilt: dict[str, Any], where: str) -> None:
    answer = door.machine.post(
        "/api/fhir", bundle("transaction", door.pulse(71), {**door.pulse(72), **spoilt}, door.pulse(73))
    )
    assert answer.status_code == 422, answer.text
    assert validated(answer.json())["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["expression"] == [f"Bundle.entry[1].resource{where}"]
    assert door.heart_rates() == []
    answer = door.machine.post("/api/fhir", bundle("transaction", door.pulse(71), door.pulse(72)))
    assert answer.status_code == 200
    assert (validated(answer.json())["type"], statuses(answer.json())) == ("transaction-response", ["201", "201"])
    assert door.heart_rates() == [71.0, 72.0]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/fhir+json", 422),
        (b'{"resourceType": "Patient"}', "application/fhir+json", 422),
        (b"<Bundle/>", "application/fhir+xml", 415),
        (b" " * (LARGEST + 1), "application/fhir+json", 413),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_outcome(door: Door, content: bytes, kind: str, status: int) -> None:
    answer = door.machine.post("/api/fhir", content, kind=kind)
    assert answer.status_code == status
    assert validated(answer.json())["issue"][0]["severity"] == "error"


def test_a_bundle_larger_than_what_a_person_may_post_is_taken(door: Door) -> None:
    many = bundle("collection", *(door.pulse(60 + number % 40) for number in range(300)))
    assert len(orjson.dumps(many)) > 64 * 1024
    assert statuses(door.machine.post("/api/fhir", many).json()) == ["201"] * 300


def test_what_is_not_kept_is_sent_again(door: Door) -> None:
    def full(incoming: Incoming) -> Sequence[Verdict]:
        problem = Problem(ProblemKind.UNREADABLE, "it cannot be kept now")
        return [Verdict(), *[Verdict(problem, kept=False)] * (len(incoming.raw) - 1)]

    machine = Machine(door.house, token_of(door.house, name="other"), here=replace(door.here, take=full))
    answer = machine.post("/api/fhir", bundle("batch", door.pulse(), door.pulse()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert validated(answer.json())["issue"][0]["code"] == "transient"
    closed = Machine(door.house, token_of(door.house, name="third"), here=replace(door.here, take=None))
    answer = closed.post("/api/fhir", door.pulse())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "no source of this kind is open" in validated(answer.json())["issue"][0]["diagnostics"]


def test_what_is_sent_is_audited_under_the_tokens_name(door: Door) -> None:
    door.machine.post("/api/fhir", bundle("batch", door.pulse(), door.pulse(status="cancelled")))
    (entry,) = door.house.audited("send observations")
    assert (entry["person"], entry["role"]) == ("token:gateway", "sender")
    assert (entry["detail"]["messages"], entry["detail"]["accepted"]) == (2, 1)
    assert door.intake.counts("fhir gateway").accepted == 1


def test_alarms_are_read_as_they_stand_with_what_was_done(house: House) -> None:
    notification = house.low_saturation()["id"]
    house.installation.wards.acknowledge(notification, "nurse", "on my way")
    house.installation.wards.act(notification, "nurse", "oxygen 2 L/min")
    reader = Machine(house, token_of(house, "read"))
    found = validated(reader.get("/api/fhir/DetectedIssue?patient=1").json())
    (issue,) = (entry["resource"] for entry in found["entry"] if entry["resource"]["id"] == notification)
    assert (issue["status"], issue["severity"]) == ("preliminary", "high")
    assert [done["author"]["display"] for done in issue["mitigation"]] == ["nurse", "nurse"]
    assert [done["action"]["coding"][0]["code"] for done in issue["mitigation"]] == ["acknowledged", "acted_on"]
    alarm = read_alarm(issue)
    assert (alarm.patient, alarm.bed, alarm.signal, alarm.value) == ("1", "01", "spo2", 78.0)
    told = validated(reader.get("/api/fhir/Communication?patient=Patient/1").json())
    assert [entry["resource"]["about"][0]["identifier"]["value"] for entry in told["entry"]] == [notification]
    assert told["entry"][0]["resource"]["contained"][1]["code"][0]["text"] == "bedside staff"


def test_a_search_knows_patient_since_and_count(house: House) -> None:
    house.low_saturation(ANNA)
    house.low_saturation(BERT)
    reader = Machine(house, token_of(house, "read"))

    def patients(query: str) -> list[str]:
        found = validated(reader.get(f"/api/fhir/DetectedIssue{query}").json())
        return [entry["resource"]["patient"]["identifier"]["value"] for entry in found.get("entry", [])]

    everyone = patients("")
    assert {"1", "2"} == set(everyone)
    assert set(patients("?patient=demo/2")) == {"2"}
    assert set(patients("?patient=urn:fyr:patient:demo%7C1")) == {"1"}
    assert patients("?_count=1") == everyone[:1]
    assert validated(reader.get("/api/fhir/DetectedIssue?_count=1").json())["total"] == len(everyone)
    assert patients("?_since=2100-01-01T00:00:00Z") == []
    for query, status in (("?patient=77", 404), ("?_count=0", 422), ("?_since=yesterday", 422)):
        answer = reader.get(f"/api/fhir/DetectedIssue{query}")
        assert answer.status_code == status
        validated(answer.json())


class OnlyAnna:
    """A register of care relations in which everybody cares for Anna."""

    def may_see(self, person: Person, patient: PatientId) -> bool:
        return patient == ANNA


def test_care_relations_hold_here_too(house: House) -> None:
    house.low_saturation(BERT)
    reader = Machine(house, token_of(house, "read"), here=replace(house.installation, care=OnlyAnna()))
    assert reader.get("/api/fhir/DetectedIssue?patient=2").status_code == 403
    assert "entry" not in reader.get("/api/fhir/DetectedIssue").json()


MODEL = ModelReference("early_warning_icu", "1", "ab" * 32)


def test_risks_are_read_with_their_refusals(house: House) -> None:
    at_us = house.ward_clock.time_us
    findings = [
        Finding(ANNA, MODEL, at_us, Estimate("risk", 0.137, "1"), {"heart_rate": 97.0}),
        Finding(ANNA, MODEL, at_us + 1, Refusal("no lactate", ("lactate",))),
        Finding(ANNA, ModelReference("news2", "2017", "cd"), at_us, Estimate("score", 7.0, "{score}")),
    ]
    with house.record.importing(source="test") as batch:
        batch.add_findings(findings)
    reader = Machine(house, token_of(house, "read"))
    found = validated(reader.get("/api/fhir/RiskAssessment?patient=1").json())
    refused, said = (entry["resource"] for entry in found["entry"])
    assert said["prediction"][0]["probabilityDecimal"] == pytest.approx(13.7)
    assert (refused["status"], refused["note"][0]["text"]) == ("cancelled", "no lactate")
    assert {entry["person"] for entry in house.audited("read findings") if entry["patient"] == str(ANNA)} >= {
        "token:reader"
    }
    assert outgoing_risk(findings[2]) is None


def test_metadata_is_valid_and_open_to_all_and_names_every_address_there_is(house: House) -> None:
    statement = validated(Machine(house, None).get("/api/fhir/metadata").json())
    named = {resource["type"] for resource in statement["rest"][0]["resource"]}
    paths = Machine(house, None).get("/api/openapi.json").json()["paths"]
    there = {path.rpartition("/")[2] for path in paths if path.startswith("/api/fhir/")} - {"metadata"}
    assert named == there
