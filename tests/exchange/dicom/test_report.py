"""Structured reports from bytes, beside pydicom and DCMTK."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian
from tests.exchange.dicom.made import CT, base
from tests.exchange.dicom.made_reports import ct_event, ct_total, report

from fyr.errors import BadInput
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.report import read_report, report_from_bytes
from fyr.imaging.report_content import ContentItem

Walked = tuple[int, str, str, tuple[float, ...], str]


def by_pydicom(item: Dataset, depth: int = 0) -> list[Walked]:
    found: list[Walked] = []
    for one in item.get("ContentSequence", []):
        name = one.ConceptNameCodeSequence[0] if one.get("ConceptNameCodeSequence") else Dataset()
        numbers: tuple[float, ...] = ()
        unit = ""
        measured = one.get("MeasuredValueSequence")
        if one.ValueType == "NUM" and measured:
            value = measured[0].NumericValue
            numbers = tuple(float(x) for x in value) if hasattr(value, "__len__") else (float(value),)
            unit = str(measured[0].MeasurementUnitsCodeSequence[0].CodeValue)
        code = f"{name.get('CodingSchemeDesignator', '')}:{name.get('CodeValue', '')}"
        found.append((depth, str(one.ValueType), code, numbers, unit))
        found += by_pydicom(one, depth + 1)
    return found


def by_fyr(item: ContentItem, depth: int = 0) -> list[Walked]:
    found: list[Walked] = []
    for one in item.items:
        found.append((depth, one.kind, one.code or ":", one.numbers, one.unit))
        found += by_fyr(one, depth + 1)
    return found


def saved(made: Dataset, syntax: str | None = None) -> bytes:
    buffer = BytesIO()
    if syntax is not None:
        made.file_meta.TransferSyntaxUID = syntax
    dcmwrite(buffer, made, enforce_file_format=True)
    return buffer.getvalue()


def some_report() -> Dataset:
    return report(ct_total(30.5), ct_event("1.2.3", 10.25), ct_event("1.2.4", 20.25), PatientSize="1.75")


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_item_is_that_of_pydicom(data_folder: Path) -> None:
    files = sorted((data_folder / "treat/rdsr").glob("*.dcm"))
    items = 0
    for file in files:
        expected = by_pydicom(dcmread(file))
        assert by_fyr(read_report(file).content) == expected, file.name
        items += len(expected)
    assert items > 3000


@pytest.mark.real
@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="DCMTK is not installed")
def test_doses_are_those_that_dcmtk_prints(data_folder: Path) -> None:
    """dsrdump of DCMTK is an implementation of its own."""
    checked = 0
    for file in sorted((data_folder / "treat/rdsr").glob("CT-RDSR-*.dcm")):
        said = subprocess.run(["dsrdump", "-q", "+Pc", file], capture_output=True, check=False).stdout.decode("latin-1")
        printed = [float(x) for x in re.findall(r"NUM:\(113838,DCM[^)]*\)=\"([^\"]+)\"", said)]
        if not printed:  # DCMTK does not print what breaks a template
            continue
        assert [one.numbers[0] for one in read_report(file).content.anywhere("DCM:113838")] == printed, file.name
        checked += 1
    assert checked >= 8


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, None], ids=str
)
def test_every_transfer_syntax_says_the_same(syntax: str | None) -> None:
    made = some_report()
    expected = by_pydicom(made)
    read = report_from_bytes(saved(made, syntax))
    assert by_fyr(read.content) == expected
    assert (read.template, read.height_m, read.title) == ("10011", 1.75, "DCM:113701")


def test_sequences_that_mark_their_own_end() -> None:
    made = some_report()
    for element in (made["ContentSequence"], made["ConceptNameCodeSequence"]):
        element.is_undefined_length = True
        for item in element.value:
            item.is_undefined_length_sequence_item = True
    assert by_fyr(report_from_bytes(saved(made)).content) == by_pydicom(made)


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian], ids=str)
def test_a_report_cut_anywhere_never_gives_part_of_its_content(syntax: str | None, tmp_path: Path) -> None:
    whole = saved(some_report(), syntax)
    for end in range(140, len(whole) - 1, 7):
        try:
            with reading(tmp_path):
                read = report_from_bytes(whole[:end])
        except BadInput:
            continue
        assert read.content.items == (), "cut between two elements before the content"


def test_damage_never_gets_out_as_anything_but_a_refusal(tmp_path: Path) -> None:
    whole = saved(some_report())
    random = np.random.default_rng(8)
    for _ in range(500):
        damaged = bytearray(whole)
        for place in random.integers(132, len(whole), size=3):
            damaged[place] = random.integers(256)
        try:
            with reading(tmp_path):
                report_from_bytes(bytes(damaged))
        except BadInput:
            continue


def test_a_picture_is_no_report() -> None:
    with pytest.raises(BadInput, match="CT Image Storage"):
        report_from_bytes(saved(base(CT, "CT")))


def test_a_text_for_a_number_is_kept_as_what_it_is() -> None:
    raw = saved(report(ct_total(30.5), ct_event("1.2.3", "10.25")))
    read = report_from_bytes(raw.replace(b"10.25 ", b"10/25 "))
    (item,) = read.content.anywhere("DCM:113838")
    assert (item.numbers, item.unreadable) == ((), "10/25")
