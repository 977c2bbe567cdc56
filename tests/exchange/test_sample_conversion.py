"""What is made of a sample's files: the same voxels in DICOM, marked as converted, and the same bytes every time."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pydicom
import pytest

from fyr.errors import BadInput
from fyr.exchange.dicom import read_series, read_structure_set
from fyr.exchange.dicom.write_series import write_ct_series
from fyr.exchange.samples import Archive, Sample, SampleCache, Taken
from fyr.exchange.samples.cache import default_cache
from fyr.exchange.samples.dicom_entries import LUNG_CT
from fyr.imaging.grid import Grid
from fyr.imaging.masks import occupancy
from fyr.imaging.plane_stack import Between
from fyr.imaging.volume import Volume

HU = np.random.default_rng(5).integers(-1024, 3071, (5, 8, 9)).astype("<i2")
LABEL = np.zeros((5, 8, 9), "<i2")
LABEL[1:4, 2:6, 3:8] = 1
LABEL[2, 3, 4] = 0
HEAD = (
    "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 9 8 5\n"
    "space directions: (0.62695310000000004,0,0) (0,0.75,0) (0,0,5)\nendian: little\nencoding: gzip\n"
    "space origin: (-170.5,-324.5,-359.99999999999989)\n\n"
)


def nrrd(values: np.ndarray, head: str = HEAD) -> bytes:
    return head.encode() + gzip.compress(values.tobytes(), mtime=0)


def made_of(tmp_path: Path, image: bytes, label: bytes) -> tuple[Sample, Path]:
    path = tmp_path / "pictures-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, body in (("image.nrrd", image), ("label.nrrd", label)):
            entry = tarfile.TarInfo(f"pictures-1.0/data/{name}")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    whole = Archive("pictures", "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    taken = tuple(
        Taken(f"data/{name}", name, hashlib.sha256(body).hexdigest())
        for name, body in (("image.nrrd", image), ("label.nrrd", label))
    )
    return Sample("ct", "CT", whole, taken, "a CT", "here", "free", "nobody", conversion="ct-of-nrrd"), path


def slices_alone(folder: Path, into: Path) -> Path:
    into.mkdir()
    for file in folder.glob("ct-*.dcm"):
        shutil.copy(file, into)
    return into


def test_the_same_voxels_come_out(tmp_path: Path) -> None:
    sample, path = made_of(tmp_path, nrrd(HU), nrrd(LABEL))
    cache = SampleCache(tmp_path / "cache")
    cache.fetch([sample], lambda *_: path)
    folder = cache.table(sample)
    volume = read_series(slices_alone(folder, tmp_path / "ct"))
    assert np.array_equal(volume.values, HU)
    assert volume.unit == "[hnsf'U]"
    assert volume.grid.to_mm([[4, 7, 8]])[0] == pytest.approx(
        [-170.5 + 8 * 0.6269531, -324.5 + 7 * 0.75, -340], abs=1e-5
    )
    drawn = read_structure_set(folder / "rtstruct.dcm")
    (tumour,) = drawn.structures
    assert (tumour.name, tumour.kind, drawn.frame_of_reference) == ("GTV", "GTV", volume.grid.frame_of_reference)
    parts = occupancy(tumour, volume.grid, Between("half"))
    assert np.array_equal(parts[1] > 0.5, LABEL[1] > 0)
    assert parts.sum() == pytest.approx(LABEL.sum(), rel=1e-4)
    one = pydicom.dcmread(folder / "ct-0003.dcm")
    assert (one.ImageType[0], one.StudyDate, one.PatientID) == ("DERIVED", "", "ct")
    assert "Converted by Fyr from image.nrrd of pictures 1.0" in one.DerivationDescription
    assert "converted" in one.SeriesDescription
    referred = {contour.image_uid for contour in tumour.contours}
    assert referred == {str(pydicom.dcmread(folder / f"ct-{k:04d}.dcm").SOPInstanceUID) for k in (2, 3, 4)}


def test_made_again_it_is_the_same_bytes(tmp_path: Path) -> None:
    sample, path = made_of(tmp_path, nrrd(HU), nrrd(LABEL))
    first, second = SampleCache(tmp_path / "one"), SampleCache(tmp_path / "two")
    for cache in (first, second):
        cache.fetch([sample], lambda *_: path)
    assert [one.name for one in sorted(first.folder(sample).iterdir())] == [
        "CONVERTED.sha256",
        "SOURCE.md",
        *(f"ct-{k:04d}.dcm" for k in range(1, 6)),
        "image.nrrd",
        "label.nrrd",
        "rtstruct.dcm",
    ]
    for one in first.folder(sample).iterdir():
        assert one.read_bytes() == (second.folder(sample) / one.name).read_bytes()


@pytest.mark.parametrize("name", ["ct-0002.dcm", "CONVERTED.sha256", "image.nrrd"])
def test_a_file_that_was_changed_or_is_gone_is_made_anew(name: str, tmp_path: Path) -> None:
    sample, path = made_of(tmp_path, nrrd(HU), nrrd(LABEL))
    cache = SampleCache(tmp_path / "cache")
    cache.fetch([sample], lambda *_: path)
    (cache.folder(sample) / name).unlink()
    with pytest.raises(BadInput, match="not as it was fetched"):
        cache.table(sample)
    assert cache.fetch([sample], lambda *_: path) == [sample]
    assert cache.has(sample)


def test_a_label_of_another_picture_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    sample, path = made_of(tmp_path, nrrd(HU), nrrd(LABEL, HEAD.replace("-324.5", "-320.5")))
    cache = SampleCache(tmp_path / "cache")
    with pytest.raises(BadInput, match=r"label\.nrrd is not on the grid of image\.nrrd"):
        cache.fetch([sample], lambda *_: path)
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


def test_what_is_no_ct_of_16_bits_is_not_written(tmp_path: Path) -> None:
    grid = Grid.along_axes((1, 2, 2), spacing_mm=(1, 1, 1), frame_of_reference="1.2")
    given = {"patient_id": "x", "study_uid": "1.2", "description": "", "derivation": ""}
    with pytest.raises(BadInput, match="16-bit"):
        write_ct_series(Volume(grid, np.zeros((1, 2, 2)), "[hnsf'U]", "CT"), tmp_path, series_uid="1.2", **given)
    whole = Volume(grid, np.zeros((1, 2, 2), np.int16), "[hnsf'U]", "CT")
    with pytest.raises(BadInput, match="too long"):
        write_ct_series(whole, tmp_path, series_uid="1." + "2" * 60, **given)


@pytest.mark.real
def test_the_tumour_of_the_lung_ct_is_as_its_publishers_measured_it(tmp_path: Path) -> None:
    """The figures of pyradiomics' own baseline for this case: data/baseline of the same archive."""
    cache = SampleCache(default_cache(os.environ))
    if not cache.has(LUNG_CT):
        pytest.skip("lung-ct was not fetched: fyr samples fetch lung-ct")
    folder = cache.table(LUNG_CT)
    volume = read_series(slices_alone(folder, tmp_path / "ct"))
    (tumour,) = read_structure_set(folder / "rtstruct.dcm").structures
    parts = occupancy(tumour, volume.grid, Between("half"))
    inside = volume.values[parts > 0.5].astype(np.float64)
    assert len(inside) == 24_644
    assert parts.sum() * volume.grid.voxel_mm3 == pytest.approx(48_434.108762463955, rel=1e-5)
    assert (inside.mean(), inside.min(), inside.max()) == (pytest.approx(7.602093815938971, rel=1e-12), -840, 297)
