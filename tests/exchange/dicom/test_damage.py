"""Random damage: every file is read, or refused with an error of Fyr's own, whatever bytes were turned."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import (
    layout,
    read_dose,
    read_plan,
    read_registrations,
    read_segmentation,
    read_series,
    read_structure_set,
    scan_folder,
)
from fyr.exchange.dicom.deidentify import Deidentified, Key, Options, deidentified
from fyr.exchange.dicom.opening import file_bytes, reading

SQUARE = (0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)
STORED = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["dose", "structures", "plan", "slice"])
def test_turned_and_missing_bytes(tmp_path: Path, kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    readers: dict[str, Callable[[Path], object]] = {
        "dose": read_dose,
        "structures": read_structure_set,
        "plan": read_plan,
        "slice": read_series,
    }
    makers = {
        "dose": lambda: made.dose(STORED),
        "structures": lambda: made.structures({"A": [("CLOSED_PLANAR", SQUARE)]}),
        "plan": made.plan,
        "slice": lambda: made.slices(STORED.astype(np.int16))[0],
    }
    file = made.write(makers[kind](), tmp_path / "file.dcm")
    whole = file.read_bytes()
    outcomes = {"read": 0, "refused": 0}
    for turn in range(60):
        data = bytearray(whole)
        for at in generator.integers(132, len(data), 1 + turn % 4):
            data[at] ^= 1 << int(generator.integers(8))
        if turn % 5 == 0:
            del data[int(generator.integers(132, len(data))) :]
        file.write_bytes(data)
        try:
            readers[kind](file)
            outcomes["read"] += 1
        except BadInput:
            outcomes["refused"] += 1
        found = scan_folder(tmp_path)
        assert len(found.files) + len(found.refused) == 1
    assert outcomes["refused"] >= 12
    assert sum(outcomes.values()) == 60


@pytest.mark.parametrize("kind", ["dose", "structures", "plan"])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    makers = {
        "dose": lambda: made.dose(STORED),
        "structures": lambda: made.structures({"A": [("CLOSED_PLANAR", SQUARE)]}),
        "plan": made.plan,
    }
    readers: dict[str, Callable[[Path], object]] = {
        "dose": read_dose,
        "structures": read_structure_set,
        "plan": read_plan,
    }
    file = made.write(makers[kind](), tmp_path / "file.dcm")
    whole = file.read_bytes()
    parts: dict[str, Callable[[Any], object]] = {
        "dose": lambda read: read.dose_gy.tolist(),
        "structures": lambda read: [len(one.contours) for one in read.structures],
        "plan": lambda read: [len(one.control_points) for one in read.beams],
    }
    complete = parts[kind](readers[kind](file))
    refused = 0
    for end in range(0, len(whole), max(1, len(whole) // 150)):
        file.write_bytes(whole[:end])
        try:
            read = readers[kind](file)
        except BadInput:
            refused += 1
        else:  # cut exactly between two elements that say nothing of contours, beams or dose
            assert parts[kind](read) == complete
    assert refused > 100


@pytest.mark.parametrize(
    "name",
    [
        "badVR.dcm",
        "meta_missing_tsyntax.dcm",
        "no_meta.dcm",
        "priv_SQ.dcm",
        "nested_priv_SQ.dcm",
        "UN_sequence.dcm",
        "image_dfl.dcm",
        "ExplVR_BigEnd.dcm",
        "reportsi.dcm",
        "JPEG-lossy.dcm",
        "JPGExtended.dcm",
    ],
)
def test_odd_files_of_other_programs_are_refused_in_words(name: str) -> None:
    path = Path(str(get_testdata_file(name, download=False)))
    for reader in (read_dose, read_structure_set, read_plan, read_series):
        with pytest.raises(BadInput, match=name.replace(".", r"\.")):
            reader(path)


def registration() -> FileDataset:
    """Return a registration of one other frame of reference."""
    one = made.base("1.2.840.10008.5.1.4.1.1.66.1", "REG")
    matrix = made.item(
        FrameOfReferenceTransformationMatrix=[1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7, 0, 0, 0, 1],
        FrameOfReferenceTransformationMatrixType="RIGID",
    )
    one.RegistrationSequence = [
        made.item(
            FrameOfReferenceUID="1.2.3.9",
            MatrixRegistrationSequence=[made.item(MatrixSequence=[matrix])],
        )
    ]
    return one


def leave_out_identity(path: Path) -> Deidentified:
    with reading(path):
        return deidentified(file_bytes(path), Key(bytes(32)), Options("shift"))


@pytest.mark.parametrize("kind", ["segmentation", "enhanced", "registration", "deidentified"])
def test_a_hundred_turned_bytes(tmp_path: Path, kind: str) -> None:
    """Each is read, or refused in words; what is read is of the shape that it was, and parts are from 0 to 1."""
    generator = np.random.default_rng(11)
    makers: dict[str, Callable[[], FileDataset]] = {
        "segmentation": lambda: made.segmentation([100, 103, 109], [1, 2, 1]),
        "enhanced": lambda: made.enhanced(STORED, rescale=[(1.0, -1024.0)] * 2),
        "registration": registration,
        "deidentified": lambda: made.structures({"A": [("CLOSED_PLANAR", SQUARE)]}),
    }
    readers: dict[str, Callable[[Path], Any]] = {
        "segmentation": read_segmentation,
        "enhanced": read_series,
        "registration": read_registrations,
        "deidentified": leave_out_identity,
    }
    file = made.write(makers[kind](), tmp_path / "file.dcm")
    whole = file.read_bytes()
    outcomes, said = {"read": 0, "refused": 0}, set()
    for turn in range(100):
        data = bytearray(whole)
        for at in generator.integers(132, len(data), 1 + turn % 3):
            data[at] ^= 1 << int(generator.integers(8))
        file.write_bytes(data)
        try:
            read = readers[kind](file)
        except BadInput as problem:
            said.add(str(problem).split(":", maxsplit=1)[0])
            outcomes["refused"] += 1
            continue
        outcomes["read"] += 1
        if kind == "segmentation":
            assert all(one.part.dtype == bool and one.part.shape == read.grid.shape for one in read.segments)
        elif kind == "enhanced":
            assert np.isfinite(read.values).all()
        elif kind == "registration":
            assert all(np.isfinite(one.matrix).all() for one in read)
        else:
            assert b"Test^Patient" not in read.data
    assert outcomes["refused"] >= 10
    assert outcomes["read"] >= 10
    assert said == {str(file)}


def test_a_folder_that_lets_nobody_in_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    made.write(made.dose(STORED), tmp_path / "rd.dcm")
    listed = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(closed))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = scan_folder(tmp_path)
    assert len(found.files) == 1
    assert [(one.where, one.what) for one in found.refused] == [
        (str(closed), "the folder cannot be read (Permission denied)")
    ]


def test_a_deflated_file_of_endless_zeros_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_INFLATED_FREELY", 100_000)
    dataset = made.dose(np.zeros((40, 100, 100), np.uint16))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    file = made.write(dataset, tmp_path / "rd.dcm")
    monkeypatch.setattr(layout, "_INFLATED_TIMES", 10_000)
    assert read_dose(file).dose_gy.shape == (40, 100, 100)
    monkeypatch.setattr(layout, "_INFLATED_TIMES", 10)
    with pytest.raises(BadInput, match="which no picture has"):
        read_dose(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for reader in (read_dose, read_structure_set, read_plan):
        with pytest.raises(BadInput, match="a folder, not a file"):
            reader(tmp_path)
