"""Who may do what, and that every look at a patient is in the audit trail before it is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.serve.house import ANNA, BERT, Browser, House

from fyr.record import PatientId
from fyr.serve.app import create_app
from fyr.serve.permissions import Person, Role

PATIENT_READS = (
    "/api/wards",
    "/api/wards/7A/board",
    "/api/patients",
    "/api/patients/demo/1",
    "/api/patients/demo/1/series",
    "/api/patients/demo/1/alarms",
    "/api/patients/demo/1/findings",
)

READS_PATIENTS = {"nurse": 200, "physician": 200, "physicist": 200, "researcher": 200, "administrator": 403}
ACTS = {"nurse": 200, "physician": 200, "physicist": 403, "researcher": 403, "administrator": 403}
READS_AUDIT = {"nurse": 403, "physician": 403, "physicist": 403, "researcher": 403, "administrator": 200}


@pytest.mark.parametrize("role", list(Role))
def test_the_permission_table(house: House, role: Role) -> None:
    browser = house.signed_in(role.value)
    for path in PATIENT_READS:
        assert browser.get(path).status_code == READS_PATIENTS[role.value], path
    assert browser.get("/api/models").status_code == 200
    assert browser.get("/api/models/news2").status_code == 200
    assert browser.get("/api/audit").status_code == READS_AUDIT[role.value]
    notification = house.low_saturation()["id"]
    answer = browser.post(f"/api/notifications/{notification}/acknowledge")
    assert answer.status_code == ACTS[role.value]


def test_a_refusal_names_who_may(house: House) -> None:
    error = house.signed_in("researcher").get("/api/audit").json()["error"]
    assert error["what"] == "the role researcher may not read audit"
    assert error["mend"] == "ask a colleague with one of these: administrator"


@pytest.mark.parametrize(
    "path", [*PATIENT_READS, "/api/models", "/api/models/news2", "/api/audit", "/api/live?ward=7A"]
)
def test_nobody_reads_anything_without_signing_in(house: House, path: str) -> None:
    assert house.browser().get(path).status_code == 401


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/api/wards/7A/board", "read board"),
        ("/api/patients", "read patient list"),
        ("/api/patients/demo/1", "read observations"),
        ("/api/patients/demo/1/series?hours=2", "read vital signs"),
        ("/api/patients/demo/1/alarms", "read alarms"),
        ("/api/patients/demo/1/findings", "read findings"),
    ],
)
def test_every_read_of_patient_data_is_audited_by_whom_as_what_and_why(house: House, path: str, action: str) -> None:
    house.low_saturation()
    browser = house.signed_in("physician")
    before = len(house.audited(action))
    assert browser.get(path).status_code == 200
    entries = house.audited(action)[before:]
    assert entries
    assert {(entry["person"], entry["role"], entry["purpose"]) for entry in entries} == {
        ("physician", "physician", "care")
    }
    if "demo/1" in path:
        assert {entry["patient"] for entry in entries} == {str(ANNA)}


def test_a_board_is_audited_with_every_patient_on_it(house: House) -> None:
    house.signed_in("researcher").get("/api/wards/7A/board")
    entries = house.audited("read board")
    assert Counter(entry["patient"] for entry in entries) == {str(ANNA): 1, str(BERT): 1}
    assert {entry["purpose"] for entry in entries} == {"research"}


def test_a_read_that_was_refused_shows_nothing_and_reads_nothing(house: House) -> None:
    house.signed_in("administrator").get("/api/wards/7A/board")
    assert house.audited("read board") == []


def test_the_trail_of_all_this_verifies_and_the_administrator_sees_it(house: House) -> None:
    house.signed_in("nurse").get("/api/wards/7A/board")
    document = house.signed_in("administrator").get("/api/audit?limit=5").json()
    assert document["verdict"]["ok"] is True
    assert len(document["entries"]) == 5
    assert document["entries"][0]["action"] == "read audit trail"
    numbers = [entry["sequence"] for entry in document["entries"]]
    assert numbers == sorted(numbers, reverse=True)


class OnlyAnna:
    """A register of care relations in which everybody cares for Anna."""

    def may_see(self, person: Person, patient: PatientId) -> bool:
        return patient == ANNA


def test_care_relations_decide_whom_a_person_sees(house: House) -> None:
    browser = Browser(create_app(replace(house.installation, care=OnlyAnna())), house.runner)
    house.browsers.append(browser)
    browser.sign_in("nurse")
    assert browser.get("/api/patients/demo/1").status_code == 200
    refused = browser.get("/api/patients/demo/2")
    assert refused.status_code == 403
    assert "no care relation" in refused.json()["error"]["what"]
    assert [row["id"] for row in browser.get("/api/patients").json()["patients"]] == [str(ANNA)]
    assert browser.get("/api/wards/7A/board").status_code == 403
    notification = house.low_saturation(BERT)["id"]
    assert browser.post(f"/api/notifications/{notification}/acknowledge").status_code == 403
