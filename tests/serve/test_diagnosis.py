"""A patient's diagnosis over HTTP: facts with their status, models side by side, as if, written, kept, audited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.serve.house import ANNA, Browser, House

from fyr.clock import DAY_US, MINUTE_US, to_iso
from fyr.diagnose.breast.nottingham import NPI
from fyr.diagnose.breast.predict import PREDICT_32
from fyr.diagnose.lung.brock import BROCK
from fyr.models.registry import registered
from fyr.record import Observation, Status
from fyr.serve.diagnosis_documents import Checked, Course, Diagnoses, Diagnosis

PATH = "/api/patients/demo/1/diagnosis"
FACTS: dict[str, Any] = {
    "age": 50,
    "screen_detected": False,
    "tumour_size_mm": 20,
    "grade": 2,
    "positive_nodes": 2,
    "er_positive": True,
    "pr_positive": True,
    "her2_status": "negative",
    "ki67_positive": True,
    "smoking_status": "current",
    "chemotherapy_generation": 3,
    "hormone_therapy": True,
    "radiotherapy": True,
    "heart_dose_gy": 4,
}
"""The first example of the authors' own program."""


@pytest.fixture(autouse=True)
def _models() -> Iterator[None]:
    with registered(PREDICT_32, NPI, BROCK):
        yield


def _facts(**facts: Any) -> dict[str, Any]:
    return {"pathway": "breast", "facts": [{"name": name, "value": value} for name, value in facts.items()]}


def _write(browser: Browser, **facts: Any) -> dict[str, Any]:
    answer = browser.post(f"{PATH}/facts", _facts(**facts))
    assert answer.status_code == 200, answer.json()
    document: dict[str, Any] = answer.json()
    Diagnosis.model_validate(document)
    return document


def _version(document: dict[str, Any], name: str) -> dict[str, Any]:
    versions = [
        version
        for question in document["assessment"]["questions"]
        for family in question["models"]
        for version in family["versions"]
    ]
    return next(
        version for version in versions if version["name"] == name and version["version"] in ("3.2", "1992", "1")
    )


def _value(version: dict[str, Any], output: str) -> float:
    return float(next(one["value"] for one in version["estimates"] if one["output"] == output))


def _fact(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["assessment"]["facts"] if one["name"] == name)
    return found


def test_nothing_known_is_refused_by_every_model_and_says_what_is_needed(house: House) -> None:
    document = house.signed_in("nurse").get(PATH).json()
    Diagnosis.model_validate(document)
    predict = _version(document, "predict-breast")
    assert "tumour_size_mm" in predict["concerned"]
    assert predict["here"] == {"validated": False, "words": "never validated here", "validation": None}
    assert (document["applies"], document["since"], document["kept"]) == ([], None, None)
    assert _fact(document, "tumour_size_mm")["status"] is None


def test_what_is_written_is_answered_with_the_authors_number(house: House) -> None:
    document = _write(house.signed_in("physician"), **FACTS)
    assert _value(_version(document, "predict-breast"), "overall_survival_10y_surgery") == pytest.approx(83.1, abs=0.05)
    assert _value(_version(document, "npi"), "npi") == pytest.approx(0.2 * 2 + 2 + 2)
    size = _fact(document, "tumour_size_mm")
    assert (size["value"], size["status"], size["source"]) == (20.0, "present", "form: physician")
    (entry,) = house.audited("write clinical facts")
    assert (entry["patient"], entry["person"]) == (str(ANNA), "physician")


def test_a_course_is_told_and_a_hundred_people_are_a_hundred(house: House) -> None:
    physician = house.signed_in("physician")
    _write(physician, **FACTS)
    course = physician.get(f"{PATH}/course?model=predict-breast").json()
    Course.model_validate(course)
    assert len(course["years"]) == 15
    for people in course["people"]:
        saved = sum(one["people"] for one in people["because_of"])
        assert people["alive_anyway"] + saved + people["died_of_cancer"] + people["died_otherwise"] == 100
    assert physician.get(f"{PATH}/course?model=npi").status_code == 404
    assert physician.get(f"{PATH}/course?model=nobody").status_code == 404


def test_as_if_says_what_would_be_and_keeps_nothing(house: House) -> None:
    physician = house.signed_in("physician")
    _write(physician, **FACTS)
    wanted = _facts(tumour_size_mm=35, grade=9, her2_ihc="2+")
    answer = physician.post(f"{PATH}/check", wanted).json()
    checked = Checked.model_validate(answer)
    assert [problem.name for problem in checked.problems] == ["grade"]
    assert "1 to 3" in checked.problems[0].mend
    assert [one.facts[0] for one in checked.assessment.needed] == ["her2_ish"]
    assert {one.name for one in checked.moved} >= {"predict-breast", "npi"}
    (npi,) = [one for one in checked.moved if one.name == "npi"]
    assert [(one.name, one.before, one.after) for one in npi.inputs] == [("tumour_size_mm", 20.0, 35.0)]
    assert _fact(physician.get(PATH).json(), "tumour_size_mm")["value"] == 20.0


def test_one_fact_that_cannot_be_keeps_all_out(house: House) -> None:
    physician = house.signed_in("physician")
    answer = physician.post(f"{PATH}/facts", _facts(age=50, grade=9))
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == "facts"
    assert _fact(physician.get(PATH).json(), "age")["status"] is None
    assert house.audited("write clinical facts") == []


@pytest.mark.parametrize("status", ["unknown", "not done"])
def test_what_is_not_known_keeps_its_status(house: House, status: str) -> None:
    physician = house.signed_in("physician")
    _write(physician, **FACTS)
    wanted = {"pathway": "breast", "facts": [{"name": "positive_nodes", "status": status}]}
    house.run_to(house.ward_clock.time_us + MINUTE_US)
    document = physician.post(f"{PATH}/facts", wanted).json()
    nodes = _fact(document, "positive_nodes")
    assert (nodes["value"], nodes["status"]) == (None, status)
    assert "positive_nodes" in _version(document, "npi")["concerned"]


def test_a_correction_of_the_same_day_counts_and_tomorrow_does_not(house: House) -> None:
    physician = house.signed_in("physician")
    day = to_iso(house.ward_clock.time_us - 3 * DAY_US)
    for size in (18, 22, 24):
        fact = {"name": "tumour_size_mm", "value": size, "time": day}
        document = physician.post(f"{PATH}/facts", {"pathway": "breast", "facts": [fact]}).json()
        assert _fact(document, "tumour_size_mm")["value"] == size
    later = {"name": "tumour_size_mm", "value": 30, "time": to_iso(house.ward_clock.time_us + DAY_US)}
    answer = physician.post(f"{PATH}/facts", {"pathway": "breast", "facts": [later]})
    assert answer.status_code == 400


def test_what_moved_since_says_by_which_inputs(house: House) -> None:
    before_us = house.ward_clock.time_us - 10 * DAY_US
    house.record.add_observations(
        [
            Observation(ANNA, name, before_us, value, unit, Status.PRESENT, "biopsy")
            for name, value, unit in (("grade", 1.0, "1"), ("positive_nodes", 0.0, "1"), ("tumour_size_mm", 20.0, "mm"))
        ]
    )
    document = _write(house.signed_in("physician"), grade=3)
    since = document["since"]
    assert since["time"] == to_iso(before_us)
    (npi,) = [one for one in since["moved"] if one["name"] == "npi"]
    score = next(one for one in npi["estimates"] if one["output"] == "npi")
    assert score["before"] == pytest.approx(2.4)
    assert score["after"] == pytest.approx(4.4)
    assert [one["name"] for one in npi["inputs"]] == ["grade"]
    asked = house.signed_in("nurse").get(PATH, params={"since": to_iso(house.ward_clock.time_us)}).json()
    assert asked["since"]["moved"] == []


def test_answers_become_findings_when_a_person_keeps_them(house: House) -> None:
    physician = house.signed_in("physician")
    _write(physician, **FACTS)
    assert house.record.findings(ANNA, "npi") == []
    kept = physician.post(f"{PATH}/keep", {"pathway": "breast"})
    assert kept.status_code == 200
    names = {finding.answer for finding in house.record.findings(ANNA, "npi")}
    assert len(names) == 2
    assert house.record.findings(ANNA, "predict-breast")[0].explanation == {}
    assert physician.get(PATH).json()["kept"] is not None
    (entry,) = house.audited("keep diagnosis")
    assert entry["patient"] == str(ANNA)


@pytest.mark.parametrize("role", ["nurse", "researcher", "physicist", "administrator"])
def test_who_may_not_write_reads_all_the_same(house: House, role: str) -> None:
    browser = house.signed_in(role)
    reads = 403 if role == "administrator" else 200
    assert browser.get(PATH).status_code == reads
    assert browser.post(f"{PATH}/check", _facts(age=50)).status_code == reads
    assert browser.post(f"{PATH}/facts", _facts(age=50)).status_code == 403
    assert browser.post(f"{PATH}/keep", {"pathway": "breast"}).status_code == 403
    assert house.audited("write clinical facts") == []


def test_a_patient_who_is_not_there(house: House) -> None:
    physician = house.signed_in("physician")
    for path in (PATH, f"{PATH}/course?model=predict-breast"):
        assert physician.get(path.replace("demo/1", "demo/99")).status_code == 404
    assert physician.post(PATH.replace("demo/1", "demo/99") + "/facts", _facts(age=50)).status_code == 404
    assert physician.get("/api/models/predict-breast/here").json()["validated"] is False
    assert physician.get("/api/models/nobody/here").status_code == 404


def test_the_list_has_those_of_whom_a_cancer_is_known(house: House) -> None:
    physician = house.signed_in("physician")
    assert physician.get("/api/diagnosis").json() == {"patients": []}
    _write(physician, **FACTS)
    (row,) = Diagnoses.model_validate(physician.get("/api/diagnosis").json()).patients
    assert (row.id, row.pathways) == (str(ANNA), ["breast"])
    assert [entry["patient"] for entry in house.audited("read diagnosis list")] == [str(ANNA)]
    assert house.signed_in("administrator").get("/api/diagnosis").status_code == 403
