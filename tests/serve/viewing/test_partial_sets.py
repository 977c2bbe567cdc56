"""Sets of files as they come: parts missing, parts that do not belong together, damage. What is shown is said."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from pydicom.uid import RLELossless, generate_uid
from tests.exchange.dicom.made import dose, enhanced, picture, slices, structures
from tests.serve.house import ANNA
from tests.serve.made_plan import SMALL
from tests.serve.viewing.conftest import as_bytes

RANDOM = np.random.default_rng(5)


def box(half, heights):
    return [("CLOSED_PLANAR", [-half, -half, z, half, -half, z, half, half, z, -half, half, z]) for z in heights]


def ct(count=8):
    return slices(RANDOM.integers(-1000, 1000, (count, 12, 10)).astype(np.int16))


def at(made, other_frame):
    made = copy.deepcopy(made)
    made.FrameOfReferenceUID = other_frame
    return made


def views(viewer):
    return [view for study in viewer.document()["studies"] for view in study["views"]]


class TestPictures:
    def test_missing_slices_are_named_and_empty(self, viewer):
        made = ct()
        viewer.put(*(one for number, one in enumerate(made) if number not in (2, 3)))
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        assert view["volume"]["shape"] == [8, 12, 10]
        assert view["volume"]["missing"] == [2, 3]
        assert any("2 of 8 slices are missing" in note for note in view["notes"])
        answer = viewer.get(f"/volumes/{view['volume']['id']}/voxels", **{"from": 1, "to": 5})
        given = np.frombuffer(answer.content, "<i2").reshape(4, 12, 10)
        assert (given[1:3] == -32768).all()
        shown = given * view["volume"]["slope"] + view["volume"]["intercept"]
        assert np.array_equal(shown[0], made[1].pixel_array.astype(int) - 1024)
        assert np.array_equal(shown[3], made[4].pixel_array.astype(int) - 1024)
        assert viewer.document(f"/views/{view['id']}/probe", x=-8, y=7, z=106)["value"] is None

    def test_uneven_slices_are_no_volume(self, viewer):
        made = ct()
        made[5].ImagePositionPatient = [*made[5].ImagePositionPatient[:2], made[5].ImagePositionPatient[2] + 1]
        viewer.put(*made)
        (study,) = viewer.document()["studies"]
        assert "not evenly spaced" in study["volumes"][0]["problem"]
        view = viewer.document(f"/views/{study['views'][0]['id']}")
        assert view["volume"] is None
        assert any("not evenly spaced" in problem for problem in view["problems"])
        answer = viewer.get(f"/volumes/{study['volumes'][0]['id']}/preview")
        assert answer.status_code == 400
        assert "not evenly spaced" in answer.json()["error"]["what"]

    def test_two_frames_of_reference_in_one_series_are_no_volume(self, viewer):
        made = ct()
        made[3].FrameOfReferenceUID = "1.2.9"
        viewer.put(*made)
        assert "2 frames of reference" in viewer.document()["studies"][0]["volumes"][0]["problem"]

    def test_two_multi_frame_objects_of_a_series_are_two_volumes(self, viewer):
        stored = RANDOM.integers(0, 4000, (4, 6, 7)).astype(np.uint16)
        rescale = [(1.0, 0.0), (0.5, 10.0), (2.0, -3.0), (1.0, 1.0)]
        mr = {"kind": "1.2.840.10008.5.1.4.1.1.4.1", "modality": "MR", "rescale": rescale}
        viewer.put(enhanced(stored, order=[2, 0, 3, 1], **mr), enhanced(stored // 2, order=[0, 1, 2, 3], **mr))
        shown = []
        for view in views(viewer):
            volume = viewer.document(f"/views/{view['id']}")["volume"]
            answer = viewer.get(f"/volumes/{volume['id']}/voxels", **{"from": 0, "to": 4})
            given = np.frombuffer(answer.content, "<i2").reshape(4, 6, 7) * volume["slope"] + volume["intercept"]
            shown.append((given, volume["slope"]))
        slopes, offsets = np.array(rescale).T[:, :, None, None]
        wanted = [stored * slopes + offsets, stored // 2 * slopes + offsets]
        for one, (given, step) in zip(wanted, sorted(shown, key=lambda one: -one[1]), strict=True):
            assert np.abs(given - one).max() <= step / 2 + 1e-3

    def test_compressed_slices_are_read(self, viewer):
        made = ct()
        wanted = [one.pixel_array.astype(int) - 1024 for one in made]
        for one in made:
            one.compress(RLELossless, generate_instance_uid=False)
        viewer.put(*made)
        answer = viewer.get(f"/volumes/{viewer.only_view()['volume_id']}/voxels", **{"from": 0, "to": 8})
        given = np.frombuffer(answer.content, "<i2") * float(answer.headers["X-Fyr-Slope"])
        assert np.array_equal(given.reshape(8, 12, 10) + float(answer.headers["X-Fyr-Intercept"]), wanted)

    @pytest.mark.parametrize("signed", [False, True])
    def test_values_beyond_16_bits_about_nothing_are_shifted(self, viewer, signed):
        """65,536 stored values, of which rescaling moves the range past that of int16."""
        stored = np.arange(65_536).reshape(2, 128, 256)
        made = slices(np.zeros((2, 128, 256), np.int16))
        for one, plane in zip(made, stored, strict=True):
            picture(one, (plane - 32_768).astype(np.int16) if signed else plane.astype(np.uint16))
            one.RescaleIntercept = -1024
        viewer.put(*made)
        volume = viewer.document(f"/views/{viewer.only_view()['id']}")["volume"]
        answer = viewer.get(f"/volumes/{volume['id']}/voxels", **{"from": 0, "to": 2})
        given = np.frombuffer(answer.content, "<i2").astype(int) * volume["slope"] + volume["intercept"]
        assert np.array_equal(given, stored.ravel() - 1024 - (32_768 if signed else 0))

    def test_broken_slopes_are_rounded_and_said(self, viewer):
        made = ct(3)
        for one, slope in zip(made, (0.25, 0.5, 0.37), strict=True):
            one.RescaleSlope = slope
        viewer.put(*made)
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        volume = view["volume"]
        answer = viewer.get(f"/volumes/{volume['id']}/voxels", **{"from": 0, "to": 3})
        given = np.frombuffer(answer.content, "<i2").reshape(3, 12, 10) * volume["slope"] + volume["intercept"]
        wanted = [one.pixel_array * slope - 1024 for one, slope in zip(made, (0.25, 0.5, 0.37), strict=True)]
        assert np.abs(given - wanted).max() <= volume["slope"] / 2 + 1e-9
        assert any("rounded" in note for note in view["notes"])

    def test_a_file_that_changed_on_the_disk_is_not_shown(self, viewer):
        viewer.put(*ct(3))
        stored = viewer.house.record.objects(ANNA)[1]
        file = viewer.house.record.storage.files / stored.place
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
        volume = viewer.only_view()["volume_id"]
        answers = [viewer.get(f"/volumes/{volume}/voxels", **{"from": k, "to": k + 1}) for k in range(3)]
        assert sorted(one.status_code for one in answers) == [200, 200, 400]
        assert any("bytes changed" in one.text for one in answers)

    def test_a_slice_that_cannot_be_read_does_not_hide_the_others(self, viewer):
        made = ct(4)
        made[2].add_new(0x7FE00010, "OW", made[2].PixelData[:-20])
        viewer.put(*made)
        volume = viewer.only_view()["volume_id"]
        preview = viewer.get(f"/volumes/{volume}/preview")
        assert preview.headers["X-Fyr-Missing"] == "2"
        shown = np.frombuffer(preview.content, "<i2").reshape(4, 12, 10)
        assert [bool((plane == -32768).all()) for plane in shown] == [False, False, True, False]
        answer = viewer.get(f"/volumes/{volume}/voxels", **{"from": 2, "to": 3})
        assert answer.status_code == 400
        assert "pixels are" in answer.json()["error"]["what"]

    def test_what_is_no_dicom_is_said(self, viewer):
        viewer.put(*ct(2))
        with viewer.house.record.importing(source="test") as batch:
            batch.put_object(b"no such thing", media_type="application/dicom", patient=ANNA)
        found = viewer.document()
        assert len(found["unread"]) == 1
        assert "not a DICOM file" in found["unread"][0]
        assert str(viewer.house.record.storage.files) not in found["unread"][0]
        assert len(found["studies"][0]["views"]) == 1

    @pytest.mark.parametrize("query", [{"from": 0, "to": 99}, {"from": 5, "to": 5}, {"from": 3, "to": 2}])
    def test_slices_that_are_not_there(self, viewer, query):
        viewer.put(*ct(8))
        assert viewer.get(f"/volumes/{viewer.only_view()['volume_id']}/voxels", **query).status_code == 400


class TestWhatDoesNotBelongTogether:
    def test_structures_drawn_on_a_series_that_is_not_here(self, viewer):
        drawn = structures({"box": box(4, (100, 103, 106))})
        series = drawn.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
        series.SeriesInstanceUID = "1.2.3"
        viewer.put(*ct(), drawn)
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        assert view["volume"] is not None
        assert any("the series that the structures were drawn on is not here" in note for note in view["notes"])
        assert any("another series in the same frame of reference" in note for note in view["notes"])

    def test_structures_drawn_in_another_frame_of_reference_than_their_series(self, viewer):
        viewer.put(*ct(), at(structures({"box": box(4, (100, 103))}, frame="1.2.9"), "1.2.9"))
        with_structures = [one for one in views(viewer) if one["structure_set_id"]]
        assert [one["volume_id"] for one in with_structures] == [None]
        notes = viewer.document(f"/views/{with_structures[0]['id']}")["notes"]
        assert any("is in another frame of reference: it is not shown" in note for note in notes)
        assert [one["volume_id"] is not None for one in views(viewer)] == [False, True]

    def test_a_dose_without_a_plan_is_shown_with_each_set_of_its_frame(self, viewer):
        first, second = (structures({name: box(4, (100, 103, 106))}) for name in ("heart", "lung"))
        first.StructureSetLabel = "A"
        second.SOPInstanceUID = second.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        given = [dose(np.full((6, 8, 9), height, np.uint16)) for height in (20_000, 10_000)]
        given[1].SOPInstanceUID = given[1].file_meta.MediaStorageSOPInstanceUID = generate_uid()
        viewer.put(first, second, *given)
        found = views(viewer)
        assert len({one["title"] for one in found}) == len(found) == 4
        shown = set()
        for one in found:
            view = viewer.document(f"/views/{one['id']}")
            assert any("2 structure sets share the frame" in note for note in view["notes"])
            shown.add((view["structures"][0]["name"], view["dose"]["max_gy"]))
        assert shown == {("heart", 20), ("heart", 10), ("lung", 20), ("lung", 10)}

    def test_a_dose_in_another_frame_of_reference_than_the_structures(self, viewer):
        other = at(dose(np.full((6, 8, 9), 20_000, np.uint16)), "1.2.9")
        viewer.put(structures({"box": box(4, (100, 103, 106))}), other)
        shown = views(viewer)
        assert [(one["dose_id"] is not None, one["structure_set_id"] is not None) for one in shown] == [
            (True, False),
            (False, True),
        ]
        found = viewer.document(f"/views/{shown[0]['id']}/dvh")
        assert found["structures"] == []
        assert "no structure set" in found["notes"][0]

    def test_a_plan_that_refers_to_structures_of_another_frame_of_reference(self, planned, small_plan):
        """Neither outlines nor histograms of structures that lie elsewhere."""
        frame = str(generate_uid())
        moved = at(small_plan["dose.dcm"], frame)
        moved.SOPInstanceUID = moved.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        planned.put(moved)
        apart = [one for one in views(planned) if one["dose_id"] and not one["structure_set_id"]]
        assert len(apart) == 1
        assert apart[0]["volume_id"] is None
        notes = planned.document(f"/views/{apart[0]['id']}")["notes"]
        assert any("another frame of reference than that of the dose" in note for note in notes)

    def test_a_dose_that_does_not_cover_the_target(self, viewer):
        drawn = structures({"PTV": box(9, (97, 100, 103, 106)), "far": box(4, (300, 303, 306))})
        for one in drawn.RTROIObservationsSequence:
            one.RTROIInterpretedType = "PTV"
        viewer.put(drawn, dose(np.full((6, 8, 9), 20_000, np.uint16)))
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        assert any("does not cover all of PTV" in note for note in view["notes"])
        assert any("does not reach far" in note for note in view["notes"])
        found = viewer.document(f"/views/{view['id']}/dvh")
        inside, far = found["structures"]
        assert 0 < inside["outside_cm3"] < inside["volume_cm3"]
        assert "outside the dose grid" in far["problem"]
        assert "mean_gy" not in far

    def test_a_dose_of_one_fraction_has_no_prescription(self, planned, small_plan):
        made = copy.deepcopy(small_plan["dose.dcm"])
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        made.DoseSummationType = "FRACTION"
        planned.put(made)
        one = planned.document(f"/views/{views(planned)[1]['id']}")
        assert one["dose"]["summation"] == "fraction"
        assert one["dose"]["prescription_gy"] is None
        assert one["isodose_reference"] == "maximum"
        assert any("that of one fraction" in note for note in one["notes"])

    def test_a_relative_dose_is_refused_with_the_reason(self, viewer):
        made = dose(np.full((6, 8, 9), 20_000, np.uint16))
        made.DoseUnits = "RELATIVE"
        viewer.put(*ct(), made)
        (study,) = viewer.document()["studies"]
        assert "not in gray" in study["doses"][0]["problem"]
        assert [one["dose_id"] for one in study["views"]] == [None]


class TestPartialSets:
    def test_the_planes_of_a_whole_set_are_its_slices(self, planned):
        view = planned.document(f"/views/{planned.only_view()['id']}")
        assert view["axial"] == {
            "origin_mm": SMALL.places_mm[0],
            "step_mm": pytest.approx(SMALL.length_mm / SMALL.slices),
            "start": 0,
            "end": SMALL.slices,
        }

    def test_one_slice(self, viewer, small_plan):
        middle = next(one for one in small_plan.values() if one.Modality == "CT" and one.InstanceNumber == 21)
        viewer.put(middle, small_plan["structures.dcm"], small_plan["dose.dcm"], small_plan["plan.dcm"])
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        assert view["volume"]["shape"][0] == 1
        assert any("the picture has one slice" in note for note in view["notes"])
        assert view["axial"]["origin_mm"] == SMALL.places_mm[20]
        assert (view["axial"]["start"], view["axial"]["end"]) == (-20, SMALL.slices - 20)
        assert view["focus_mm"] == pytest.approx([85, -10, 70], abs=7)
        planes = viewer.document(f"/views/{view['id']}/contours", all=1)["planes"]
        assert [one["k"] for one in planes] == list(range(-20, SMALL.slices - 20))
        found = viewer.document(f"/views/{view['id']}/voxels-between", structure=19, low=0, high=100)
        assert {run[0] for run in found["runs"]} > {4, 5, 6}
        assert found["volume_cm3"] == pytest.approx(4 / 3 * np.pi * 3.4**3, rel=0.1)

    def test_a_dose_and_structures_alone(self, viewer, small_plan):
        viewer.put(small_plan["structures.dcm"], small_plan["dose.dcm"])
        view = viewer.document(f"/views/{viewer.only_view()['id']}")
        assert view["volume"] is None
        assert view["plan"] is None
        assert any("the plan that the dose was computed for is not here" in note for note in view["notes"])
        assert view["isodose_reference"] == "maximum"
        found = viewer.document(f"/views/{view['id']}/dvh")
        assert found["prescription_gy"] is None
        assert next(one for one in found["structures"] if one["name"] == "PTV")["mean_gy"] > 55

    def test_a_patient_without_pictures(self, viewer):
        assert viewer.document() == {"studies": [], "unread": []}

    def test_a_set_without_a_frame_of_reference(self, viewer):
        drawn = structures({"box": box(4, (100, 103, 106))}, frame="")
        del drawn.FrameOfReferenceUID
        viewer.put(drawn, dose(np.full((6, 8, 9), 20_000, np.uint16)))
        assert all(not (one["dose_id"] and one["structure_set_id"]) for one in views(viewer))


def test_damaged_bytes_are_an_answer_never_a_fault(viewer, small_plan):
    """A hundred objects with a byte flipped: each is shown, or refused with a reason."""
    drawn = as_bytes(structures({"box": box(4, (100, 103, 106))}))
    given = as_bytes(dose(np.full((6, 8, 9), 20_000, np.uint16)))
    planned = as_bytes(small_plan["plan.dcm"])
    with viewer.house.record.importing(source="test") as batch:
        for number in range(99):
            data = bytearray((drawn, given, planned)[number % 3])
            data[int(RANDOM.integers(132, len(data)))] ^= 1 << int(RANDOM.integers(8))
            batch.put_object(bytes(data), media_type="application/dicom", patient=ANNA)
    for view in views(viewer):
        for path, query in (("", {}), ("/dvh", {}), ("/contours", {"at": 103}), ("/probe", {"x": 0, "y": 0, "z": 103})):
            assert viewer.get(f"/views/{view['id']}{path}", **query).status_code in {200, 400}
