"""Lines, histograms, voxels and probes of a view, against what the made-up plan was made of."""

from __future__ import annotations

import numpy as np
import pytest
from tests.exchange.dicom.made import structures, write
from tests.serve.made_plan import BODIES, SMALL, dose_at

from fyr.exchange.dicom import read_dose, read_structure_set
from fyr.imaging.plane_stack import Between
from fyr.treat.dvh import dose_volume_histogram

PTV = next(number for number, body in enumerate(BODIES, start=1) if body.name == "PTV")
CENTRE = (85.0, -10.0, 70.0)


def lines_of(document, number):
    return [np.array(loop) for one in document["structures"] if one["number"] == number for loop in one["loops"]]


@pytest.fixture
def view(planned):
    return f"/views/{planned.only_view()['id']}"


class TestLines:
    @pytest.mark.parametrize(("plane", "axis"), [("axial", 2), ("coronal", 1), ("sagittal", 0)])
    def test_the_target_is_a_circle_in_every_plane(self, planned, view, plane, axis):
        at = CENTRE[axis]
        (line,) = lines_of(planned.document(f"{view}/contours", plane=plane, at=at), PTV)
        middle = [CENTRE[one] for one in range(3) if one != axis]
        assert np.hypot(*(line - middle).T) == pytest.approx(34, abs=1.2)  # slices 12.5 mm apart

    def test_a_shell_has_two_lines(self, planned, view):
        ring = next(number for number, body in enumerate(BODIES, start=1) if body.name == "Ring")
        assert len(lines_of(planned.document(f"{view}/contours", plane="coronal", at=-10), ring)) == 2

    def test_isodoses_lie_where_the_dose_is_that(self, planned, view):
        found = planned.document(f"{view}/contours", plane="axial", at=71.0)["isodoses"]
        assert [one["gy"] for one in found if one["gy"] in {57.0, 30.0, 12.0}] == [57.0, 30.0, 12.0]
        for one in found:
            points = np.concatenate([np.array(loop) for loop in one["loops"]])
            taken = dose_at(np.column_stack([points, np.full(len(points), 71.0)]))
            assert taken == pytest.approx(one["gy"], abs=2.0)  # trilinear, 6 mm apart, 4 Gy a mm

    def test_all_planes_are_those_that_each_is_alone(self, planned, view):
        found = planned.document(f"{view}/contours", plane="axial", all=1)["planes"]
        assert [one["k"] for one in found] == list(range(SMALL.slices))
        for k in (0, 21, 27):
            alone = planned.document(f"{view}/contours", plane="axial", at=SMALL.places_mm[k])
            assert found[k]["structures"] == alone["structures"]
            assert found[k]["isodoses"] == alone["isodoses"]
        without = planned.document(f"{view}/contours", plane="axial", all=1, isodoses=0)["planes"]
        assert [one["structures"] for one in without] == [one["structures"] for one in found]
        assert all(one["isodoses"] == [] for one in without)

    @pytest.mark.parametrize("query", [{}, {"all": 1, "at": 3}, {"plane": "coronal", "all": 1}])
    def test_one_plane_or_all(self, planned, view, query):
        assert planned.get(f"{view}/contours", **query).status_code == 400

    @pytest.mark.parametrize("at", ["nan", "inf", "x"])
    def test_a_place_is_a_number(self, planned, view, at):
        assert planned.get(f"{view}/contours", at=at).status_code == 422


class TestHistograms:
    def test_they_are_those_of_the_command(self, planned, view, small_plan, tmp_path):
        found = planned.document(f"{view}/dvh", metric=["D95%", "V57Gy"])
        drawn = read_structure_set(write(small_plan["structures.dcm"], tmp_path / "s.dcm"))
        dose = read_dose(write(small_plan["dose.dcm"], tmp_path / "d.dcm"))
        for name in ("PTV", "Lung_L"):
            curve = dose_volume_histogram(drawn.structure(name), dose, Between(single_plane_mm=12.5))
            entry = next(one for one in found["structures"] if one["name"] == name)
            assert entry["volume_cm3"] == pytest.approx(curve.volume_cm3)
            assert entry["mean_gy"] == pytest.approx(curve.mean_gy)
            assert entry["metrics"]["D95%"] == pytest.approx(float(curve.dose_to(0.95 * curve.covered_cm3)))
            assert entry["metrics"]["V57Gy"] == pytest.approx(100 * float(curve.volume_at(57)) / curve.covered_cm3)
            assert entry["cumulative_cm3"][0] == pytest.approx(curve.covered_cm3)
            middle = len(found["dose_gy"]) // 2
            assert entry["cumulative_cm3"][middle] == pytest.approx(
                float(curve.volume_at(found["dose_gy"][middle])), abs=1e-4
            )

    def test_what_the_dose_does_not_cover_is_said(self, planned, view):
        found = planned.document(f"{view}/dvh")
        canal = next(one for one in found["structures"] if one["name"] == "SpinalCanal")
        assert canal["outside_cm3"] > 0.1 * canal["volume_cm3"]
        assert any(note.startswith("SpinalCanal: ") for note in found["notes"])
        kidney = next(one for one in found["structures"] if one["name"] == "Kidney_R")
        assert kidney["problem"] or kidney["outside_cm3"] > 0

    def test_an_unknown_metric_is_refused(self, planned, view):
        answer = planned.get(f"{view}/dvh", metric="D95")
        assert answer.status_code == 400
        assert "D95" in answer.json()["error"]["what"]


class TestVoxels:
    def test_the_voxels_of_a_stretch_have_that_dose(self, planned, view):
        document = planned.document(view)
        affine = np.array(document["volume"]["affine"])
        found = planned.document(f"{view}/voxels-between", structure=PTV, low=50, high=60)
        index = [(k, j, i) for k, j, begin, end in found["runs"] for i in range(begin, end)]
        assert len(index) == found["voxels"] > 10
        places = np.array(index) @ affine[:3, :3].T + affine[:3, 3]
        assert (np.linalg.norm(places - CENTRE, axis=1) < 36).all()
        taken = dose_at(places)
        assert taken.min() > 48
        assert taken.max() < 62

    def test_one_slice_alone(self, planned, view):
        whole = planned.document(f"{view}/voxels-between", structure=PTV, low=0, high=100)
        one = planned.document(f"{view}/voxels-between", structure=PTV, low=0, high=100, k=25)
        assert one["runs"] == [run for run in whole["runs"] if run[0] == 25]
        assert one["voxels"] == whole["voxels"]

    def test_no_such_structure(self, planned, view):
        assert planned.get(f"{view}/voxels-between", structure=99, low=0, high=1).status_code == 404


class TestProbe:
    def test_it_says_value_dose_and_structures(self, planned, view):
        document = planned.document(view)
        found = planned.document(f"{view}/probe", x=85, y=-10, z=70)
        affine = np.array(document["volume"]["affine"])
        place = affine[:3, :3] @ found["index"] + affine[:3, 3]
        assert (np.abs(place - CENTRE) <= np.abs(affine[:3, :3]).max(axis=1) / 2 + 1e-9).all()
        k, j, i = found["index"]
        answer = planned.get(f"/volumes/{document['volume']['id']}/voxels", **{"from": k, "to": k + 1})
        assert found["value"] == np.frombuffer(answer.content, "<i2").reshape(SMALL.pixels, SMALL.pixels)[j, i]
        assert found["dose_gy"] == pytest.approx(float(dose_at(np.array([CENTRE]))[0]), rel=0.02)
        assert found["structures"] == ["BODY", "Lung_L", "GTV", "CTV", "PTV"]

    def test_outside_there_is_nothing(self, planned, view):
        found = planned.document(f"{view}/probe", x=1000, y=0, z=0)
        assert found == {"value": None, "unit": "[hnsf'U]", "index": None, "dose_gy": None, "structures": []}


def test_a_structure_without_an_outline_is_named_with_the_reason(viewer):
    made = structures(
        {
            "open": [("OPEN_PLANAR", [0, 0, 0, 9, 0, 0, 9, 9, 0])],
            "square": [("CLOSED_PLANAR", [0, 0, z, 9, 0, z, 9, 9, z, 0, 9, z]) for z in (0, 3, 6)],
        }
    )
    viewer.put(made)
    found = viewer.document(f"/views/{viewer.only_view()['id']}/contours", plane="axial", at=3)
    assert [one["number"] for one in found["structures"]] == [2]
    assert "open" in found["problems"]["1"]
