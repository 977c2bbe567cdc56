"""The fictional cancer patients of the demonstration: possible, free of contradictions, and marked as simulated."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.fhir.resources import validated

from fyr.record import Access, PatientId, Status
from fyr.record.clinical_checks import contradictions
from fyr.record.clinical_derived import known_facts
from fyr.record.record import Record
from fyr.serve.demonstration_cancer import CANCER_PATIENTS, SIMULATED, cancer_bundle, keep_cancer_patients

HOSPITAL = "Demonstration hospital"


def test_they_come_in_by_their_bundle_and_once(tmp_path: Path) -> None:
    with Record.open(tmp_path, access=Access("test", "test", "test")) as record:
        expected = {one for patient in CANCER_PATIENTS for one in patient.observations(HOSPITAL)}
        assert keep_cancer_patients(record, HOSPITAL) == len(expected)
        assert keep_cancer_patients(record, HOSPITAL) == 0
        kept = {one for who in record.patients() for one in record.observations(who)}
        assert kept == expected
        assert {one.source for one in kept} == {SIMULATED}
        attributes = record.attributes(PatientId(HOSPITAL, "breast-1"))
        assert attributes["simulated"] is True
        assert "simulated" in attributes["pseudonym"]


@pytest.mark.parametrize("patient", CANCER_PATIENTS, ids=lambda patient: patient.local)
def test_nothing_about_them_contradicts_itself(patient: object) -> None:
    assert isinstance(patient, type(CANCER_PATIENTS[0]))
    observations = patient.observations(HOSPITAL)
    assert contradictions(observations) == []
    assert len({one.time_us for one in observations}) in (2, 3)


def test_some_facts_are_unknown_and_some_were_not_done() -> None:
    statuses = [one.status for patient in CANCER_PATIENTS for one in patient.observations(HOSPITAL)]
    assert {Status.PRESENT, Status.UNKNOWN, Status.NOT_DONE} == set(statuses)


def test_what_follows_from_their_facts() -> None:
    known = {patient.local: known_facts(patient.observations(HOSPITAL)) for patient in CANCER_PATIENTS}
    assert [known[f"breast-{n}"]["her2_status"] for n in (1, 2, 3, 4)] == [
        "negative",
        "positive",
        "negative",
        "equivocal",
    ]
    assert known["breast-4"]["er_low_positive"] is True
    assert known["lung-1"]["smoking_pack_years"] == 35
    assert known["lung-3"]["nlr"] == pytest.approx(6)
    assert known["lung-3"]["ldh_ratio"] == pytest.approx(1.24)


def test_the_bundle_is_fhir_and_tagged_as_test_data() -> None:
    bundle = cancer_bundle(HOSPITAL)
    assert bundle["meta"]["tag"][0]["code"] == "HTEST"
    for entry in bundle["entry"]:
        validated(entry["resource"])
