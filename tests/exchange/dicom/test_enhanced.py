from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pytest
from pydicom.uid import generate_uid
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_series, scan_folder
from fyr.exchange.dicom.examined import examine
from fyr.exchange.dicom.series import series_grid

VALUES = np.random.default_rng(8).integers(-1000, 3000, (5, 6, 7)).astype(np.int16)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
MR = "1.2.840.10008.5.1.4.1.1.4.1"


@pytest.mark.parametrize("directions", [made.AXIAL, CORONAL])
def test_the_same_slices_as_one_object_that_another_program_made(tmp_path: Path, directions: tuple[float, ...]) -> None:
    slices = made.slices(VALUES, directions=directions)
    for one in slices:
        one.Manufacturer, one.StudyDate, one.StudyTime, one.AccessionNumber = "M", "20240101", "101112", ""
        one.StudyID, one.ReferringPhysicianName, one.PatientBirthDate, one.PatientSex = "", "", "", ""
        one.SeriesNumber, one.PatientPosition, one.SeriesDate, one.SeriesTime = 1, "HFS", "20240101", "101112"
        one.AcquisitionDate, one.AcquisitionTime, one.ContentDate, one.ContentTime = (
            "20240101",
            "101112",
            "20240101",
            "101112",
        )
        one.AcquisitionNumber, one.KVP, one.BurnedInAnnotation = 1, 120, "NO"
    joined = highdicom.legacy.LegacyConvertedEnhancedCTImage(slices, generate_uid(), 2, generate_uid(), 1)
    joined.save_as(tmp_path / "joined.dcm", enforce_file_format=True)
    one, other = read_series(tmp_path / "joined.dcm"), read_series(made.write_all(slices, tmp_path / "slices"))
    assert one.grid.same_as(other.grid, 1e-6)
    assert one.values.dtype == np.int16
    np.testing.assert_array_equal(one.values, other.values)
    assert (one.unit, one.modality) == (other.unit, other.modality)


def test_frames_in_any_order_each_with_its_own_rescaling(tmp_path: Path) -> None:
    stored = np.arange(4 * 6, dtype=np.uint16).reshape(4, 2, 3)
    rescale = [(1.0, 0.0), (0.5, 10.0), (2.0, -3.0), (1.0, 1.0)]
    file = made.write(
        made.enhanced(stored, kind=MR, modality="MR", rescale=rescale, order=[2, 0, 3, 1]), tmp_path / "mr.dcm"
    )
    read = read_series(file)
    wanted = np.array([plane * slope + intercept for plane, (slope, intercept) in zip(stored, rescale, strict=True)])
    np.testing.assert_allclose(read.values, wanted)
    assert read.unit == "1"
    np.testing.assert_allclose(read.grid.to_mm([[0, 0, 0], [3, 1, 2]]), [[-10, 5, 100], [-8, 7, 109]])
    grid, unit, _ = series_grid([file])
    assert grid.same_as(read.grid)
    assert unit == read.unit


def test_what_is_refused(tmp_path: Path) -> None:
    stored = np.ones((4, 2, 3), np.uint16)
    whole = [(1.0, -1024.0)] * 4
    part = made.enhanced(stored, rescale=whole)
    part.ConcatenationUID, part.InConcatenationNumber = "1.2.9", 1
    twice = made.enhanced(stored, rescale=whole)
    twice.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0].ImagePositionPatient = [-10, 5, 103]
    missing = made.enhanced(stored, rescale=whole)
    missing.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0].ImagePositionPatient = [-10, 5, 112]
    fewer = made.enhanced(stored, rescale=whole)
    fewer.PerFrameFunctionalGroupsSequence = fewer.PerFrameFunctionalGroupsSequence[:3]
    turned = made.enhanced(stored, rescale=whole)
    turned.PerFrameFunctionalGroupsSequence[2].PlaneOrientationSequence = [
        made.item(ImageOrientationPatient=list(CORONAL))
    ]
    tilted = made.enhanced(stored, rescale=whole)
    for k, frame in enumerate(tilted.PerFrameFunctionalGroupsSequence):
        frame.PlanePositionSequence[0].ImagePositionPatient = [-10, 5 + 0.6 * k, 100 + 3 * k]
    for name, (file, said) in {
        "part": (part, "concatenation"),
        "twice": (twice, "2 and 4"),
        "missing": (missing, "missing"),
        "fewer": (fewer, "3 functional groups"),
        "turned": (turned, "frame 3 lies in another direction"),
        "tilted": (tilted, "tilted gantry"),
        "unscaled": (made.enhanced(stored), "no rescaling"),
    }.items():
        path = made.write(file, tmp_path / f"{name}.dcm")
        with pytest.raises(BadInput, match=said):
            read_series(path)
        with pytest.raises(BadInput, match=said):
            series_grid([path])
    with pytest.raises(BadInput, match="one of 7 files"):
        read_series(tmp_path)


def test_an_import_reads_each_object_of_a_series_alone(tmp_path: Path) -> None:
    stored = np.ones((4, 2, 3), np.uint16)
    for name in "ab":
        made.write(made.enhanced(stored, rescale=[(1.0, -1024.0)] * 4), tmp_path / name)
    (series,) = scan_folder(tmp_path).series()
    outcome = examine(series)
    assert outcome.is_read
    assert [one["shape"] for one in outcome.said] == [[4, 2, 3]] * 2
