from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import JPEG2000, DeflatedExplicitVRLittleEndian, RLELossless
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose
from fyr.treat.gamma import GammaSettings, gamma_index

STORED = np.arange(2 * 3 * 4, dtype=np.uint32).reshape(2, 3, 4) * 100_003


def test_each_voxel_has_its_dose_and_place(tmp_path: Path) -> None:
    read = read_dose(made.write(made.dose(STORED), tmp_path / "rd.dcm"))
    np.testing.assert_array_equal(read.dose_gy, (STORED * 0.001).astype(np.float32))
    assert read.grid.to_mm([[0, 0, 0], [1, 2, 3]]).tolist() == [[-10, 5, 100], [-7, 9, 103]]
    assert (read.plan_uid, read.summation, read.kind, read.notes) == (made.PLAN, "plan", "physical", ())
    assert read.grid.frame_of_reference == made.FRAME


@pytest.mark.parametrize("offsets", [(0, 3), (100, 103)])
def test_offsets_are_relative_or_absolute(tmp_path: Path, offsets: tuple[float, float]) -> None:
    read = read_dose(made.write(made.dose(STORED, offsets=offsets), tmp_path / "rd.dcm"))
    assert read.grid.to_mm([[1, 0, 0]]).tolist() == [[-10, 5, 103]]


@pytest.mark.parametrize("offsets", [(0, -3), (100, 97)])
def test_a_descending_order_is_turned_round(tmp_path: Path, offsets: tuple[float, float]) -> None:
    read = read_dose(made.write(made.dose(STORED, offsets=offsets), tmp_path / "rd.dcm"))
    np.testing.assert_array_equal(read.dose_gy[0], (STORED[1] * 0.001).astype(np.float32))
    assert read.grid.to_mm([[0, 0, 0], [1, 0, 0]]).tolist() == [[-10, 5, 97], [-10, 5, 100]]


@pytest.mark.parametrize(
    ("directions", "last"),
    [
        ((-1, 0, 0, 0, -1, 0), (-13, 1, 103)),  # head first, prone
        ((-1, 0, 0, 0, 1, 0), (-13, 9, 97)),  # feet first, supine
        ((1, 0, 0, 0, -1, 0), (-7, 1, 97)),  # feet first, prone
        ((0.8, 0.6, 0, -0.6, 0.8, 0), (-10 + 2.4 - 2.4, 5 + 1.8 + 3.2, 103)),  # turned about the axis
        ((1, 0, 0, 0, 0, -1), (-7, 8, 96)),  # coronal
    ],
)
def test_every_orientation_lies_where_the_standard_says(
    tmp_path: Path, directions: tuple[float, ...], last: tuple[float, ...]
) -> None:
    read = read_dose(made.write(made.dose(STORED, directions=directions), tmp_path / "rd.dcm"))
    np.testing.assert_allclose(read.grid.to_mm([[1, 2, 3]])[0], last, atol=1e-9)


def test_absolute_offsets_go_with_z_where_the_normal_points_to_the_feet(tmp_path: Path) -> None:
    turned = made.dose(STORED, directions=(-1, 0, 0, 0, 1, 0), offsets=(100, 103))
    read = read_dose(made.write(turned, tmp_path / "rd.dcm"))
    place = read.grid.to_mm([[0, 0, 0], [1, 0, 0]])
    assert place[:, 2].tolist() == [103, 100]
    np.testing.assert_array_equal(read.dose_gy[0], (STORED[1] * 0.001).astype(np.float32))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"DoseGridScaling": 0}, "a scaling of 0 makes no dose"),
        ({"DoseGridScaling": -1}, "a scaling of -1 makes no dose"),
        ({"DoseGridScaling": None}, "Dose Grid Scaling"),
        ({"DoseGridScaling": "1e-300"}, "the greatest dose .* which cannot be"),
        ({"DoseGridScaling": "1e300"}, "the greatest dose .* which cannot be"),
        ({"DoseUnits": "RELATIVE"}, "in 'RELATIVE', not in gray"),
        ({"DoseUnits": "CGY"}, "in 'CGY', not in gray"),
        ({"DoseType": "ERROR"}, "'ERROR' is not a dose"),
        ({"DoseSummationType": "SOME"}, "'SOME' says nothing"),
        ({"GridFrameOffsetVector": [0, 1, 2]}, "3 offsets for 2 frames"),
        ({"GridFrameOffsetVector": [7, 10]}, "the first offset is 7"),
        ({"GridFrameOffsetVector": None}, "no word on where they lie"),
        ({"GridFrameOffsetVector": [0, 0]}, "in no order"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "not at right angles"),
        ({"ImagePositionPatient": None}, "Image Position"),
        ({"PixelSpacing": [0, 1]}, "not positive"),
        ({"Rows": 4}, "128 bytes, and there are 96"),
        ({"SamplesPerPixel": 3}, "several values a pixel"),
        ({"BitsStored": 40}, "cannot be"),
    ],
)
def test_what_makes_no_dose_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    dataset = made.dose(STORED)
    for keyword, value in change.items():
        setattr(dataset, keyword, value)
    with pytest.raises(BadInput, match=said):
        read_dose(made.write(dataset, tmp_path / "rd.dcm"))


def test_uneven_planes_are_refused_with_their_place(tmp_path: Path) -> None:
    stored = np.ones((4, 3, 4), dtype=np.uint16)
    with pytest.raises(BadInput, match=r"1 of the dose planes is missing.*between 3 and 9 mm"):
        read_dose(made.write(made.dose(stored, offsets=(0, 3, 9, 12)), tmp_path / "gap.dcm"))
    with pytest.raises(BadInput, match=r"not evenly spaced: 4.5 mm between 3 and 7.5 mm"):
        read_dose(made.write(made.dose(stored, offsets=(0, 3, 7.5, 10.5)), tmp_path / "odd.dcm"))


def test_negative_doses_are_refused(tmp_path: Path) -> None:
    stored = STORED.astype(np.int32)
    stored[1, 1, 1] = -5
    with pytest.raises(BadInput, match="negative"):
        read_dose(made.write(made.dose(stored), tmp_path / "rd.dcm"))


def test_a_sum_of_plans_is_said(tmp_path: Path) -> None:
    dataset = made.dose(STORED)
    dataset.DoseSummationType = "MULTI_PLAN"
    dataset.ReferencedRTPlanSequence.append(made.item(ReferencedSOPInstanceUID="1.2.3"))
    read = read_dose(made.write(dataset, tmp_path / "rd.dcm"))
    assert (read.summation, read.plan_uid) == ("unknown", "")
    assert "sum of several plans" in read.notes[0]
    assert "2 plans" in read.notes[1]


def test_bits_that_a_dose_is_not_said_to_have_are_no_less_dose(tmp_path: Path) -> None:
    few = made.dose(np.full((2, 3, 4), 4095, np.uint16))
    few.BitsStored, few.HighBit = 12, 11
    assert read_dose(made.write(few, tmp_path / "few.dcm")).dose_gy.max() == np.float32(4.095)
    more = made.dose(np.full((2, 3, 4), 4096, np.uint16))
    more.BitsStored, more.HighBit = 12, 11
    with pytest.raises(BadInput, match="more than the 12 bits"):
        read_dose(made.write(more, tmp_path / "more.dcm"))


def test_what_a_dose_does_not_say_of_itself_is_noted(tmp_path: Path) -> None:
    dataset = made.dose(STORED)
    del dataset.DoseSummationType, dataset.DoseType
    read = read_dose(made.write(dataset, tmp_path / "rd.dcm"))
    assert (read.summation, read.kind) == ("unknown", "physical")
    assert "taken as physical" in read.notes[0]
    assert "what it is the sum of" in read.notes[1]


def test_a_plane_without_a_thickness_is_taken_only_where_asked_for(tmp_path: Path) -> None:
    file = made.write(made.dose(STORED[:1], offsets=(0,)), tmp_path / "film.dcm")
    with pytest.raises(BadInput, match="says no thickness"):
        read_dose(file)
    read = read_dose(file, thin_plane=True)
    assert read.grid.shape == (1, *STORED.shape[1:])
    assert "says no thickness" in read.notes[0]


def test_a_dose_that_no_plan_has_is_said(tmp_path: Path) -> None:
    assert (
        "look at the dose grid scaling"
        in read_dose(made.write(made.dose(STORED, scaling=0.01), tmp_path / "rd.dcm")).notes[0]
    )


def test_a_dose_of_nothing_is_said(tmp_path: Path) -> None:
    assert read_dose(made.write(made.dose(STORED * 0), tmp_path / "rd.dcm")).notes == ("every dose in the file is 0",)


def test_deflated_and_compressed_without_loss_read_alike(tmp_path: Path) -> None:
    plain = made.dose(STORED)
    plain.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    squeezed = made.dose(STORED.astype(np.uint16))
    squeezed.compress(RLELossless)
    np.testing.assert_array_equal(
        read_dose(made.write(plain, tmp_path / "deflated.dcm")).dose_gy, (STORED * 0.001).astype(np.float32)
    )
    np.testing.assert_array_equal(
        read_dose(made.write(squeezed, tmp_path / "rle.dcm")).dose_gy,
        (STORED.astype(np.uint16) * 0.001).astype(np.float32),
    )


def test_compression_with_a_loss_is_refused(tmp_path: Path) -> None:
    dataset = made.dose(STORED.astype(np.uint16))
    dataset.compress(RLELossless)
    dataset.file_meta.TransferSyntaxUID = JPEG2000
    with pytest.raises(BadInput, match="JPEG 2000"):
        read_dose(made.write(dataset, tmp_path / "rd.dcm"))


def test_a_relative_dose_of_another_program_is_refused() -> None:
    with pytest.raises(BadInput, match="RELATIVE"):
        read_dose(str(get_testdata_file("rtdose.dcm", download=False)))


@pytest.mark.real
def test_the_maximum_of_a_real_plan_is_that_of_its_own_histogram(data_folder: Path) -> None:
    """The file holds the planning system's histograms in percent of 14 Gy; BODY's maximum is 104.8627 %."""
    read = read_dose(data_folder / "treat/rt_dicom/dpc_rtdose.dcm")
    assert float(read.dose_gy.max()) == pytest.approx(1.04862666666667 * 14, rel=1e-4)
    assert read.grid.shape == (98, 129, 194)
    assert read.grid.spacing_mm == (3, 2.5, 2.5)


def test_a_plane_without_thickness_compares_as_a_plane(tmp_path: Path) -> None:
    stored = np.tile(np.arange(1, 31, dtype=np.uint16) * 100, (1, 20, 1))
    plane = made.write(made.dose(stored), tmp_path / "plane.dcm")
    with pytest.raises(BadInput, match="single plane and says no thickness"):
        read_dose(plane)
    read = read_dose(plane, thin_plane=True)
    assert any("no thickness" in note for note in read.notes)
    moved = made.dose(stored, first=(-9.0, 5.0, 100.0))  # 1 mm along the dose's slope of 0.1 Gy a mm
    other = read_dose(made.write(moved, tmp_path / "moved.dcm"), thin_plane=True)
    found = gamma_index(read, other, GammaSettings(dose_percent=3, distance_mm=3, threshold_percent=0))
    # On a slope the least of (0.1 (x - 1) / 0.09)**2 + (x / 3)**2, with 3 % of 3 Gy.
    a, b = 0.1 / 0.09, 1 / 3
    np.testing.assert_allclose(found.values[0, 5:15, 5:25], a * b / np.hypot(a, b), rtol=1e-4)
