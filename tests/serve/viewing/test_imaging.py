"""What there is to be seen of a patient, and the numbers of pictures and doses."""

from __future__ import annotations

import numpy as np
from tests.serve.house import ANNA
from tests.serve.made_plan import BODIES, PRESCRIBED_GY, SMALL, Sizes, dose_at, made_plan

from fyr.exchange.dicom.indexing import index_record


def test_a_whole_plan_is_one_view(planned):
    study = planned.document()["studies"][0]
    assert [one["shape"] for one in study["volumes"]] == [[SMALL.slices, SMALL.pixels, SMALL.pixels]]
    assert [one["roi_count"] for one in study["structure_sets"]] == [len(BODIES)]
    assert [one["prescription_gy"] for one in study["plans"]] == [PRESCRIBED_GY]
    view = planned.only_view()
    assert view["volume_id"] == study["volumes"][0]["id"]
    assert view["structure_set_id"] == study["structure_sets"][0]["id"]
    assert view["dose_id"] == study["doses"][0]["id"]
    assert view["plan_id"] == study["plans"][0]["id"] == study["doses"][0]["plan_id"]


def test_a_view_says_where_everything_lies(planned, small_plan):
    view = planned.document(f"/views/{planned.only_view()['id']}")
    affine = np.array(view["volume"]["affine"])
    first = next(one for one in small_plan.values() if one.Modality == "CT")
    assert (affine @ [0, 0, 0, 1])[:3].tolist() == list(map(float, first.ImagePositionPatient))
    assert [one["name"] for one in view["structures"]] == [body.name for body in BODIES]
    assert view["structures"][0]["z_range_mm"] == [SMALL.places_mm[0], SMALL.places_mm[-1]]
    assert view["plan"]["fractions"] == 30
    assert [one["gantry_degrees"] for one in view["plan"]["beams"]] == [140, 220, 300]
    assert view["isodose_reference"] == "prescription"
    assert {"gy": 57.0, "percent": 95.0} in view["isodose_levels"]
    assert view["notes"] == view["problems"] == []
    assert view["patient"] == {"id": "demo/1", "pseudonym": "Alder"}


def test_voxels_are_the_hounsfield_units_of_the_files(planned, small_plan):
    view = planned.document(f"/views/{planned.only_view()['id']}")["volume"]
    answer = planned.get(f"/volumes/{view['id']}/voxels", **{"from": 7, "to": 9})
    assert float(answer.headers["X-Fyr-Slope"]) == 1
    assert float(answer.headers["X-Fyr-Intercept"]) == 0
    given = np.frombuffer(answer.content, "<i2").reshape(2, SMALL.pixels, SMALL.pixels)
    slices = sorted(
        (one for one in small_plan.values() if one.Modality == "CT"), key=lambda one: one.ImagePositionPatient[2]
    )
    for shown, made in zip(given, slices[7:9], strict=True):
        assert np.array_equal(shown, made.pixel_array.astype(int) - 1024)


def test_a_preview_is_every_so_many_voxels(planned):
    volume = planned.only_view()["volume_id"]
    whole = np.frombuffer(
        planned.get(f"/volumes/{volume}/voxels", **{"from": 0, "to": SMALL.slices}).content, "<i2"
    ).reshape(SMALL.slices, SMALL.pixels, SMALL.pixels)
    answer = planned.get(f"/volumes/{volume}/preview")
    shape = tuple(map(int, answer.headers["X-Fyr-Shape"].split(",")))
    k, j, i = map(int, answer.headers["X-Fyr-Stride"].split(","))
    assert np.array_equal(np.frombuffer(answer.content, "<i2").reshape(shape), whole[::k, ::j, ::i])
    assert len(answer.content) <= 2_000_000


def test_a_preview_reads_64_slices_at_most(viewer):
    plan = made_plan(Sizes(slices=150, pixels=16, points=12, dose_mm=20.0), ANNA.local)
    viewer.put(*(one for _, one in plan if one.Modality == "CT"))
    answer = viewer.get(f"/volumes/{viewer.only_view()['volume_id']}/preview")
    assert answer.headers["X-Fyr-Shape"] == "50,16,16"
    assert answer.headers["X-Fyr-Stride"] == "3,1,1"


def test_a_dose_is_gray_on_its_own_grid(planned):
    dose = planned.document(f"/views/{planned.only_view()['id']}")["dose"]
    given = np.frombuffer(planned.get(f"/doses/{dose['id']}/voxels").content, "<f4").reshape(dose["shape"])
    index = np.stack(np.indices(given.shape), axis=-1).reshape(-1, 3)
    places = index @ np.array(dose["affine"])[:3, :3].T + np.array(dose["affine"])[:3, 3]
    assert np.abs(given.ravel() - dose_at(places)).max() <= 0.6 * float(given.max()) / 60_000 + 1e-5
    assert dose["max_gy"] == float(given.max())


def test_patients_are_listed_with_what_there_is(viewer):
    viewer.put(*(one for _, one in made_plan(SMALL, ANNA.local)))
    assert viewer.browser.get("/api/imaging").json() == {"patients": []}
    index_record(viewer.house.record)
    assert viewer.browser.get("/api/imaging").json() == {
        "patients": [{"id": "demo/1", "pseudonym": "Alder", "studies": 1, "plans": 1, "newest": "2026-03-01"}]
    }
    assert viewer.house.audited("list imaging")[-1]["patient"] == "demo/1"
    assert viewer.house.signed_in("administrator").get("/api/imaging").status_code == 403


class TestWhoMaySee:
    def test_nobody_who_is_not_signed_in(self, planned):
        browser = planned.house.browser()
        assert browser.get("/api/patients/demo/1/imaging").status_code == 401

    def test_no_administrator(self, planned):
        browser = planned.house.signed_in("administrator")
        for path in ("", f"/views/{planned.only_view()['id']}"):
            assert browser.get(f"/api/patients/demo/1/imaging{path}").status_code == 403

    def test_every_look_is_in_the_trail(self, planned):
        view = planned.only_view()
        planned.document(f"/views/{view['id']}")
        planned.get(f"/volumes/{view['volume_id']}/voxels", **{"from": 3, "to": 4})
        entry = planned.house.audited("read imaging voxels")[-1]
        assert entry["patient"] == "demo/1"
        assert entry["detail"] == {"volume": view["volume_id"], "from": 3, "to": 4}
        assert [one["detail"] for one in planned.house.audited("read imaging view")] == [{"view": view["id"]}]

    def test_nothing_of_another_patient(self, planned):
        view = planned.only_view()
        answer = planned.browser.get(f"/api/patients/demo/2/imaging/views/{view['id']}")
        assert answer.status_code == 404
