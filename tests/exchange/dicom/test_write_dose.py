from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose, write_dose
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DOSE = (20 + 50 * np.random.default_rng(4).random((4, 5, 6))).astype(np.float32)
ALONG = Grid.along_axes((4, 5, 6), spacing_mm=(3, 2.5, 1.25), first_mm=(-10, 5.5, 100), frame_of_reference="1.2.3")


def turned(degrees: float, *, falling: bool = False) -> Grid:
    a = np.deg2rad(degrees)
    row, column = np.array([np.cos(a), np.sin(a), 0]), np.array([-np.sin(a), np.cos(a), 0])
    affine = np.eye(4)
    affine[:3, 0] = np.array([0, 0, -3.0 if falling else 3.0])
    affine[:3, 1], affine[:3, 2] = 2.5 * column, 1.25 * row
    affine[:3, 3] = (-10, 5, 100)
    return Grid((4, 5, 6), affine, "1.2.3")


@pytest.mark.parametrize("grid", [ALONG, turned(30), turned(-70)], ids=["along", "turned", "far"])
def test_what_is_written_reads_back_to_the_last_bit(tmp_path: Path, grid: Grid) -> None:
    path = tmp_path / "dose.dcm"
    dose = DoseGrid(grid, DOSE, summation="fraction", kind="effective", plan_uid="1.2.8")
    uid = write_dose(dose, path, patient_id="P", study_uid="1.2.6", when=NOW, comment="a test")
    read = read_dose(path)
    np.testing.assert_array_equal(read.dose_gy, DOSE)
    np.testing.assert_allclose(read.grid.affine, grid.affine, atol=1e-6)
    assert (read.summation, read.kind, read.plan_uid, read.notes) == ("fraction", "effective", "1.2.8", ())
    assert read.grid.frame_of_reference == "1.2.3"
    raw = pydicom.dcmread(path)
    assert (raw.SOPInstanceUID, raw.PatientID, raw.DoseComment) == (uid, "P", "a test")


def test_slices_that_fall_are_turned_round(tmp_path: Path) -> None:
    path = tmp_path / "dose.dcm"
    grid = turned(30, falling=True)
    write_dose(DoseGrid(grid, DOSE), path, patient_id="P", study_uid="1.2.6", when=NOW)
    read = read_dose(path)
    np.testing.assert_array_equal(read.dose_gy, DOSE[::-1])
    np.testing.assert_allclose(read.grid.to_mm([[3, 1, 2]]), grid.to_mm([[0, 1, 2]]), atol=1e-5)


def test_an_independent_reader_finds_the_same_gray(tmp_path: Path) -> None:
    path = tmp_path / "dose.dcm"
    write_dose(DoseGrid(ALONG, DOSE), path, patient_id="P", study_uid="1.2.6", when=NOW)
    raw = pydicom.dcmread(path)
    np.testing.assert_allclose(raw.pixel_array * float(raw.DoseGridScaling), DOSE, rtol=1e-8)
    assert list(raw.GridFrameOffsetVector) == [0, 3, 6, 9]
    assert list(raw.PixelSpacing) == [2.5, 1.25]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dose.dcm"
    path.write_bytes(b"kept")
    with pytest.raises(BadInput, match="such a file already"):
        write_dose(DoseGrid(ALONG, DOSE), path, patient_id="P", study_uid="1.2.6", when=NOW)
    assert path.read_bytes() == b"kept"
    nowhere = Grid.along_axes((4, 5, 6), spacing_mm=(1, 1, 1))
    for dose, what in (
        (DoseGrid(nowhere, DOSE), "no frame of reference"),
        (DoseGrid(ALONG, DOSE, summation="unknown"), "the sum of"),
        (DoseGrid(ALONG, np.zeros((4, 5, 6))), "every dose is 0"),
    ):
        with pytest.raises(BadInput, match=what):
            write_dose(dose, tmp_path / "new.dcm", patient_id="P", study_uid="1.2.6", when=NOW)
    assert not (tmp_path / "new.dcm").exists()
