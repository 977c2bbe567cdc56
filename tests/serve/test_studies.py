"""Federated studies over HTTP: who may see and decide, what they get, and that the trail knows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.serve import studied
from tests.serve.house import House

from fyr.learn.federation.desk import StudyDesk
from fyr.serve.study_documents import Studies, StudyDocument


def _home(house: House) -> Path:
    return house.record.storage.files


def test_a_hospital_without_studies_has_disclosed_nothing(house: House) -> None:
    answer = Studies.model_validate(house.signed_in("researcher").get("/api/studies").json())
    assert answer.studies == []
    assert answer.ledger is None


def test_a_finished_study_has_its_rounds_its_result_and_what_was_disclosed(house: House) -> None:
    name = studied.finished(_home(house))
    person = house.signed_in("researcher")
    listed = Studies.model_validate(person.get("/api/studies").json())
    assert [(one.id, one.state, one.site, one.rows_isolable) for one in listed.studies] == [
        (name, "finished", "Here", 0)
    ]
    assert listed.ledger is not None
    assert listed.ledger.whole
    assert listed.ledger.patients == 120
    one = StudyDocument.model_validate(person.get(f"/api/studies/{name}").json())
    assert one.result is not None
    assert set(one.result["coefficients"]) == {"(intercept)", "age", "mean_dose_gy"}
    assert {answer.site for answer in one.rounds[0].answers} == set(studied.SITES)
    assert all(round_.closed is not None for round_ in one.rounds)
    assert one.ledger, "what this hospital disclosed in it"
    assert all(entry.isolable == 0 for entry in one.ledger)
    kept = json.loads(person.get(f"/api/studies/{name}/result.json").content)
    assert kept == one.result
    table = list(csv.DictReader(io.StringIO(person.get("/api/studies/ledger.csv").text)))
    assert len(table) == listed.ledger.entries


def test_an_administrator_approves_exactly_what_was_read(house: House) -> None:
    name = studied.proposed(_home(house))
    steward = house.signed_in("administrator")
    study = StudyDocument.model_validate(steward.get(f"/api/studies/{name}").json())
    assert study.state == "proposed"
    assert study.forecast is not None
    assert study.forecast.rows == 120
    assert study.forecast.rows_isolable == 0
    assert study.ledger == [], "nothing is charged for a forecast"
    asked = {"decision": "approved", "digest": study.digest}
    assert house.signed_in("researcher").post(f"/api/studies/{name}/decision", asked).status_code == 403
    other = {**asked, "digest": "0" * 64}
    assert steward.post(f"/api/studies/{name}/decision", other).status_code == 409
    done = StudyDocument.model_validate(steward.post(f"/api/studies/{name}/decision", asked).json())
    assert done.state == "approved"
    assert done.decision is not None
    assert StudyDesk(_home(house)).approved(study.digest) is not None
    again = steward.post(f"/api/studies/{name}/decision", {**asked, "decision": "declined", "reason": "no"})
    assert again.status_code == 409
    assert "approved already" in again.json()["error"]["what"]
    actions = [entry["action"] for entry in house.record.audit.entries(limit=50)]
    assert "approved study" in actions


def test_a_study_is_declined_with_a_reason(house: House) -> None:
    name = studied.proposed(_home(house))
    steward = house.signed_in("administrator")
    digest = steward.get(f"/api/studies/{name}").json()["digest"]
    asked = {"decision": "declined", "digest": digest}
    assert steward.post(f"/api/studies/{name}/decision", asked).status_code == 409
    done = steward.post(f"/api/studies/{name}/decision", {**asked, "reason": "no consent"}).json()
    assert done["state"] == "declined"
    assert done["decision"]["reason"] == "no consent"
    assert StudyDesk(_home(house)).approved(digest) is None


def test_what_the_rules_refuse_cannot_be_approved(house: House) -> None:
    name = studied.refused(_home(house))
    steward = house.signed_in("administrator")
    study = steward.get(f"/api/studies/{name}").json()
    assert "fewer than 10" in study["forecast"]["would_refuse"]
    asked = {"decision": "approved", "digest": study["digest"]}
    answer = steward.post(f"/api/studies/{name}/decision", asked)
    assert answer.status_code == 409
    assert "refuse it" in answer.json()["error"]["what"]


def test_an_altered_ledger_is_said(house: House) -> None:
    import sqlite3

    studied.finished(_home(house))
    with sqlite3.connect(StudyDesk(_home(house)).ledger) as ledger:
        ledger.execute("update entries set document = replace(document, '120', '121') where number = 3")
    answer = Studies.model_validate(house.signed_in("researcher").get("/api/studies").json())
    assert answer.ledger is not None
    assert not answer.ledger.whole
    assert "entry 3 is not as it was written" in answer.problems[0]


def test_a_study_that_is_not_there_is_said(house: House) -> None:
    person = house.signed_in("researcher")
    for path in ("nothing", "..%2f..%2fetc", "nothing/result.json"):
        assert person.get(f"/api/studies/{path}").status_code == 404
