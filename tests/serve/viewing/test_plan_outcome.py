"""The foreseen outcome of a view's plan, as the command has it."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from tests.exchange.dicom.made import write
from tests.serve.house import ANNA

from fyr.exchange.dicom import read_dose, read_plan, read_structure_set
from fyr.imaging.plane_stack import Between
from fyr.treat.nomenclature.own_names import OWN_NAMES_FILE, OwnNames, own_names_text
from fyr.treat.plan_course import plan_course
from fyr.treat.plan_risks import plan_risks


@pytest.fixture
def outcome(planned):
    return f"/views/{planned.only_view()['id']}/outcome"


@pytest.fixture
def read(small_plan, tmp_path):
    return (
        read_structure_set(write(small_plan["structures.dcm"], tmp_path / "s.dcm")),
        read_dose(write(small_plan["dose.dcm"], tmp_path / "d.dcm")),
        read_plan(write(small_plan["plan.dcm"], tmp_path / "p.dcm")),
        Between(single_plane_mm=12.5),
    )


def test_it_is_that_of_the_command(planned, outcome, read):
    said = {"patient": {"concurrent_chemotherapy": False}, "alpha_beta_gy": {"lungs": 3}}
    found = planned.said(outcome, said)
    expected = plan_risks(plan_course(*read), {"concurrent_chemotherapy": False}, {"lungs": 3.0}).document()
    assert found["problem"] is None
    assert [one["estimate"] for one in found["complications"]] == [one["estimate"] for one in expected["complications"]]
    assert any(one["estimate"] for one in found["complications"])
    assert found["fractions"] == 30
    numbers = {one["number"] for one in planned.document(outcome.replace("outcome", "dvh"))["structures"]}
    assert {one["number"] for one in found["complications"]} - {None} <= numbers


def test_without_anything_said_an_address_is_enough(planned, outcome):
    assert planned.document(outcome) == planned.said(outcome, {})


def test_nothing_is_said_of_a_patient_in_an_address(planned, outcome):
    answer = planned.get(outcome, set="smoking_status=never")
    assert answer.status_code == 400
    assert "address" in answer.json()["error"]["what"]
    assert "POST" in answer.json()["error"]["mend"]


def test_the_trail_has_the_names_of_what_was_said_and_not_the_values(planned, outcome):
    planned.said(outcome, {"patient": {"smoking_status": "current"}})
    (event,) = planned.house.audited("foresee the outcome of a plan")
    assert event["patient"] == "demo/1"
    assert event["detail"]["given"] == ["smoking_status"]
    assert "current" not in json.dumps(event)


def test_what_is_asked_is_what_the_models_of_these_organs_take(planned, outcome):
    asked = planned.document(outcome)["asked"]
    smoking = next(one for one in asked["patient"] if one["name"] == "smoking_status")
    assert smoking["categories"] == ["never", "former", "current"]
    assert smoking["models"] == ["ntcp-lung-pneumonitis-appelt"]
    assert "lungs" in {one["organ"] for one in asked["alpha_beta"]}
    assert "radiation_technique" not in {one["name"] for one in asked["patient"]}  # of the larynx, which is not drawn
    assert asked["tumour"]["structures"][:3] == ["GTV", "CTV", "PTV"]


def test_what_a_model_was_given_is_said_without_the_histogram(planned, outcome):
    found = planned.said(outcome, {"patient": {"smoking_status": "never"}})
    (appelt,) = (one for one in found["complications"] if one["model"]["name"] == "ntcp-lung-pneumonitis-appelt")
    assert appelt["inputs"]["smoking_status"] == "never"
    assert appelt["inputs"]["age_above_63"] is None
    assert appelt["inputs"]["fractions"] == 30
    assert "dvh_dose_gy" not in appelt["inputs"]
    assert appelt["refusal"] is not None


def test_the_names_that_the_hospital_confirmed_are_used(planned, outcome, read):
    """A stomach that is confirmed to be called heart here is asked of the models of the heart, as by the command."""
    own = OwnNames().with_pair("Stomach", "Heart")
    (planned.house.record.storage.files / OWN_NAMES_FILE).write_text(own_names_text(own), encoding="utf-8")
    found = planned.document(outcome)
    stomach = next(one for one in found["structures"] if one["name"] == "Stomach")
    assert (stomach["organ"], stomach["said_by"]) == ("heart", "confirmed")
    expected = plan_risks(plan_course(*read, own=own)).document()
    assert [one["estimate"] for one in found["complications"]] == [one["estimate"] for one in expected["complications"]]


def test_the_fractions_said_go_before_those_of_the_plan(planned, outcome):
    asked = planned.said(outcome, {"fractions": 15, "prescription_gy": 40})
    assert (asked["fractions"], asked["prescription_gy"]) == (15, 40)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"patient": {"smoker": True}}, "smoker"),
        ({"alpha_beta_gy": {"lung": 3}}, "'lung' is no organ"),
        ({"alpha_beta_gy": {"lungs": 0}}, "no alpha/beta"),
        ({"tumour": {"tcd50_gy": 50}}, "do not say whose"),
        ({"tumour": {"structure": "Nothing", "tcd50_gy": 50}}, "no structure 'Nothing'"),
        ({"organs": {"Heart": "cor"}}, "no organ of the outcome models"),
        ({"smoking_status": "never"}, "smoking_status"),
        ({"fractions": 0}, "fractions"),
    ],
)
def test_what_nobody_knows_is_refused(planned, outcome, said, what):
    answer = planned.post(outcome, said)
    assert answer.status_code in {400, 422}  # 422 where the document itself is not as it must be
    assert what in answer.text


def test_an_organ_can_be_named(planned, outcome):
    found = planned.said(outcome, {"organs": {"Liver": "heart"}})
    liver = next(one for one in found["structures"] if one["name"] == "Liver")
    assert (liver["organ"], liver["said_by"]) == ("heart", "user")


def test_a_view_without_a_dose_says_so(viewer, small_plan):
    viewer.put(small_plan["structures.dcm"])
    found = viewer.document(f"/views/{viewer.only_view()['id']}/outcome")
    assert "no dose" in found["problem"]
    assert found["complications"] == []


def test_a_plan_that_prescribes_nothing_is_answered_once_that_is_said(viewer, small_plan):
    plan = deepcopy(small_plan["plan.dcm"])
    del plan.DoseReferenceSequence
    viewer.put(small_plan["structures.dcm"], small_plan["dose.dcm"], plan)
    outcome = f"/views/{viewer.only_view()['id']}/outcome"
    assert "prescribes no dose" in viewer.document(outcome)["problem"]
    found = viewer.said(outcome, {"prescription_gy": 60})
    assert found["problem"] is None
    assert any(one["estimate"] for one in found["complications"])
    asked = {"views": [viewer.only_view()["id"]], "refractioned": [20]}
    refused = viewer.post("/comparison", asked)
    assert refused.status_code == 400
    assert "prescription_gy" in refused.json()["error"]["mend"]
    assert viewer.said("/comparison", asked | {"prescription_gy": 60})["plans"][1]["fractions"] == 20


def test_who_reads_no_patients_is_told_of_no_outcome(planned, outcome):
    clerk = planned.house.signed_in("administrator")
    path = f"/api/patients/{ANNA.hospital}/{ANNA.local}/imaging{outcome}"
    assert clerk.get(path).status_code == 403
    assert clerk.post(path, {}).status_code == 403
