"""The foreseen outcome of a view's plan, as the command has it."""

from __future__ import annotations

import pytest
from tests.exchange.dicom.made import write

from fyr.exchange.dicom import read_dose, read_plan, read_structure_set
from fyr.imaging.plane_stack import Between
from fyr.treat.plan_course import plan_course
from fyr.treat.plan_risks import plan_risks


@pytest.fixture
def outcome(planned):
    return f"/views/{planned.only_view()['id']}/outcome"


def test_it_is_that_of_the_command(planned, outcome, small_plan, tmp_path):
    found = planned.document(outcome, alpha_beta="lungs=3", set=["concurrent_chemotherapy=no"])
    read = (
        read_structure_set(write(small_plan["structures.dcm"], tmp_path / "s.dcm")),
        read_dose(write(small_plan["dose.dcm"], tmp_path / "d.dcm")),
        read_plan(write(small_plan["plan.dcm"], tmp_path / "p.dcm")),
    )
    expected = plan_risks(
        plan_course(*read, Between(single_plane_mm=12.5)), {"concurrent_chemotherapy": False}, {"lungs": 3.0}
    ).document()
    assert found["problem"] is None
    assert [one["estimate"] for one in found["complications"]] == [one["estimate"] for one in expected["complications"]]
    assert any(one["estimate"] for one in found["complications"])
    numbers = {one["number"] for one in planned.document(outcome.replace("outcome", "dvh"))["structures"]}
    assert {one["number"] for one in found["complications"]} - {None} <= numbers


def test_a_factor_that_no_model_knows_is_refused(planned, outcome):
    answer = planned.get(outcome, set="smoker=yes")
    assert answer.status_code == 400
    assert "smoker" in answer.json()["error"]["what"]


def test_an_organ_can_be_named(planned, outcome):
    found = planned.document(outcome, organ="Liver=heart")
    liver = next(one for one in found["structures"] if one["name"] == "Liver")
    assert (liver["organ"], liver["said_by"]) == ("heart", "user")


def test_a_view_without_a_dose_says_so(viewer, small_plan):
    viewer.put(small_plan["structures.dcm"])
    found = viewer.document(f"/views/{viewer.only_view()['id']}/outcome")
    assert "no dose" in found["problem"]
    assert found["complications"] == []
