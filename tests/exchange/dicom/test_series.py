from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.uid import UID, RLELossless
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_series

VALUES = np.random.default_rng(7).integers(-1000, 3000, (6, 3, 4)).astype(np.int16)

HEAD_FIRST_SUPINE = (1, 0, 0, 0, 1, 0)
HEAD_FIRST_PRONE = (-1, 0, 0, 0, -1, 0)
FEET_FIRST_SUPINE = (-1, 0, 0, 0, 1, 0)
FEET_FIRST_PRONE = (1, 0, 0, 0, -1, 0)
TURN = np.radians(20)
OBLIQUE = (np.cos(TURN), np.sin(TURN), 0, -np.sin(TURN) * 0.6, np.cos(TURN) * 0.6, 0.8)


@pytest.mark.parametrize(
    ("position", "directions"),
    [
        ("HFS", HEAD_FIRST_SUPINE),
        ("HFP", HEAD_FIRST_PRONE),
        ("FFS", FEET_FIRST_SUPINE),
        ("FFP", FEET_FIRST_PRONE),
        ("HFS", tuple(round(float(x), 8) for x in OBLIQUE)),
        ("HFS", (0, 1, 0, 0, 0, -1)),
    ],
)
def test_every_voxel_lies_where_its_slice_says(tmp_path: Path, position: str, directions: tuple[float, ...]) -> None:
    found = made.slices(VALUES, directions=directions, position=position)
    read = read_series(made.write_all(found, tmp_path / "ct"))
    np.testing.assert_array_equal(read.values, VALUES)
    assert (read.unit, read.modality, read.values.dtype) == ("[hnsf'U]", "CT", np.int16)
    for k, one in enumerate(found):
        row, column = np.array(directions[:3], float), np.array(directions[3:], float)
        place = np.array(one.ImagePositionPatient, float) + row * 1.0 * 3 + column * 2.0 * 2
        np.testing.assert_allclose(read.grid.to_mm([[k, 2, 3]])[0], place, atol=1e-4)


def test_missing_slices_are_named_by_their_place(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    del found[2:4]
    with pytest.raises(BadInput, match=r"2 of the slices are missing: 1 gap.*between 103 and 112 mm.*3 mm apart"):
        read_series(made.write_all(found, tmp_path / "ct"))


def test_of_few_slices_too_the_usual_distance_is_said(tmp_path: Path) -> None:
    three = [one for n, one in enumerate(made.slices(VALUES[:4])) if n != 2]
    with pytest.raises(BadInput, match=r"1 of the slices is missing: 1 gap\(s\).*where the others are 3 mm apart"):
        read_series(made.write_all(three, tmp_path / "ct"))


def test_uneven_slices_are_refused(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    found[5].ImagePositionPatient[2] += 1.2
    with pytest.raises(BadInput, match=r"not evenly spaced: 4.2 mm between 112 and 116.2"):
        read_series(made.write_all(found, tmp_path / "ct"))


def test_a_copy_of_a_file_is_left_out_and_said(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    folder = made.write_all([*found, found[1]], tmp_path / "ct")
    read = read_series(folder)
    np.testing.assert_array_equal(read.values, VALUES)
    assert read.notes == ("1 files are copies of others, and left out",)


def test_two_pictures_in_one_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"6 slices lie in the place of another.*several phases"):
        read_series(made.write_all([*made.slices(VALUES), *made.slices(VALUES)], tmp_path / "ct"))


def test_two_files_of_one_name_that_differ_are_refused(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    other = made.slices(VALUES + 1)[0]
    other.SOPInstanceUID = found[0].SOPInstanceUID
    with pytest.raises(BadInput, match="and differ"):
        read_series(made.write_all([*found, other], tmp_path / "ct"))


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("FrameOfReferenceUID", "1.2.3", "2 frames of reference"),
        ("SeriesInstanceUID", "1.2.3", "2 series"),
        ("PatientID", "P2", "2 patients"),
        ("PixelSpacing", [2.5, 1], "do not go with"),
        ("ImageOrientationPatient", [0, 1, 0, 0, 0, 1], "do not go with"),
        ("RescaleIntercept", None, "Rescale Intercept"),
        ("RescaleSlope", 0, "a slope of 0"),
        ("RescaleType", "US", "different units"),
        ("Rows", 2, "do not go with"),
        ("ImagePositionPatient", ["a", 1, 2], "Image Position"),
    ],
)
def test_what_makes_no_series_is_refused(tmp_path: Path, keyword: str, value: object, said: str) -> None:
    found = made.slices(VALUES)
    if keyword == "ImagePositionPatient":
        found[3]["ImagePositionPatient"]._value = ["1.0", 2, 3]
        found[3].add_new(0x00200032, "LO", ["a", "1", "2"])
    else:
        setattr(found[3], keyword, value)
    with pytest.raises(BadInput, match=said):
        read_series(made.write_all(found, tmp_path / "ct"))


def test_a_tilted_gantry_is_refused(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    for k, one in enumerate(found):
        one.ImagePositionPatient[1] += k * 3 * np.tan(np.radians(15))
    with pytest.raises(BadInput, match=r"15.00 degrees off"):
        read_series(made.write_all(found, tmp_path / "ct"))


def test_localizers_are_left_out(tmp_path: Path) -> None:
    scout = made.slices(VALUES[:1], directions=(1, 0, 0, 0, 0, -1))[0]
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    read = read_series(made.write_all([scout, *made.slices(VALUES)], tmp_path / "ct"))
    assert read.values.shape == VALUES.shape
    assert read.notes == ("1 localizers left out",)


def test_compressed_slices_read_alike(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    for one in found:
        one.compress(RLELossless)
    np.testing.assert_array_equal(read_series(made.write_all(found, tmp_path / "ct")).values, VALUES)


def test_a_fractional_slope_is_kept(tmp_path: Path) -> None:
    found = made.slices(VALUES)
    for one in found:
        one.RescaleSlope = "0.5"
    read = read_series(made.write_all(found, tmp_path / "ct"))
    np.testing.assert_allclose(read.values, (VALUES + 1024.0) * 0.5 - 1024)
    assert read.values.dtype == np.float32


def test_a_truncated_slice_is_refused_by_name(tmp_path: Path) -> None:
    folder = made.write_all(made.slices(VALUES), tmp_path / "ct")
    file = sorted(folder.iterdir())[2]
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(BadInput, match=rf"{file.name}.*ends too early"):
        read_series(folder)


def _pet(**changes: object) -> list[FileDataset]:
    found = made.slices(VALUES)
    for one in found:
        one.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.128")
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.Modality, one.Units, one.RescaleSlope, one.RescaleIntercept = "PT", "BQML", 2.5, 0
        one.CorrectedImage, one.DecayCorrection, one.PatientWeight = ["ATTN", "DECY"], "START", 70
        one.SeriesDate, one.SeriesTime = "20200101", "100000"
        one.AcquisitionDate, one.AcquisitionTime = "20200101", "100001.00"
        one.RadiopharmaceuticalInformationSequence = [
            made.item(RadionuclideTotalDose=370e6, RadionuclideHalfLife=6586.2, RadiopharmaceuticalStartTime="090000")
        ]
        for keyword, value in changes.items():
            setattr(one, keyword, value)
    return found


def test_suv_by_body_weight(tmp_path: Path) -> None:
    """QIBA: activity / (dose * 2^(-wait / half-life)) * weight; one hour from injection to series."""
    read = read_series(made.write_all(_pet(), tmp_path / "pt"))
    left = 370e6 * 2 ** (-3600 / 6586.2)
    np.testing.assert_allclose(read.values, (VALUES + 1024.0) * 2.5 * 70_000 / left, rtol=1e-6)
    assert (read.unit, read.notes) == ("g/mL", ())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PatientWeight": None}, "weight"),
        ({"DecayCorrection": "NONE"}, "'NONE'"),
        ({"CorrectedImage": ["DECY"]}, "attenuation"),
        ({"SeriesTime": "110000"}, "began after"),
        ({"SeriesTime": "080000"}, "-3600 s from injection"),
    ],
)
def test_activity_stays_where_suv_cannot_be_had(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    read = read_series(made.write_all(_pet(**changes), tmp_path / "pt"))
    assert read.unit == "Bq/mL"
    assert said in read.notes[0]
    np.testing.assert_allclose(read.values, (VALUES + 1024.0) * 2.5, rtol=1e-6)


def test_files_of_other_programs() -> None:
    ct = read_series(str(get_testdata_file("CT_small.dcm", download=False)))
    import pydicom

    raw = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    np.testing.assert_array_equal(ct.values[0], raw.pixel_array.astype(int) + int(raw.RescaleIntercept))
    mr = {
        name: read_series(str(get_testdata_file(name, download=False))).values
        for name in ("MR_small.dcm", "MR_small_RLE.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm")
    }
    for values in mr.values():
        np.testing.assert_array_equal(values, mr["MR_small.dcm"])
    with pytest.raises(BadInput, match="ends too early"):
        read_series(str(get_testdata_file("MR_truncated.dcm", download=False)))


@pytest.mark.skipif(shutil.which("dcmcjpeg") is None, reason="dcmtk is not here")
def test_a_compressed_file_is_read_or_says_which_decoder_it_needs(tmp_path: Path) -> None:
    """Lossless JPEG, as archives often keep it, written by dcmtk."""
    plain, squeezed, lossy = (tmp_path / name for name in ("plain.dcm", "squeezed.dcm", "lossy.dcm"))
    made.write(made.slices(VALUES[:1])[0], plain)
    subprocess.run(["dcmcjpeg", "+e1", str(plain), str(squeezed)], check=True)
    if importlib.util.find_spec("gdcm") is None:
        with pytest.raises(BadInput, match="no decoder of JPEG lossless is installed; install python-gdcm"):
            read_series(squeezed)
    else:
        np.testing.assert_array_equal(read_series(squeezed).values, VALUES[:1])
    subprocess.run(["dcmcjpeg", "+ee", str(plain), str(lossy)], check=True)
    with pytest.raises(BadInput, match="which loses detail"):
        read_series(lossy)
