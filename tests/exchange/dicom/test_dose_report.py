from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydicom import DataElement, FileDataset, config
from pydicom.data import get_testdata_file
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose_report
from fyr.exchange.samples import SampleCache
from fyr.exchange.samples.cache import default_cache
from fyr.exchange.samples.dicom_entries import DOSE_REPORTS


@pytest.mark.real
def test_a_total_that_another_program_asserts(data_folder: Path) -> None:
    """OpenREM's own tests hold the total dose-length product of this report to be 724.52 mGy.cm."""
    read = read_dose_report(data_folder / "treat/rdsr/CT-RDSR-Siemens_Flash-TAP-SS.dcm")
    (total,) = read.of("DCM:113813")
    assert (total.value, total.unit) == (724.52, "mGy.cm")
    assert total.name == "CT Dose Length Product Total"


@pytest.mark.real
def test_every_vendors_report_is_read_and_another_refused(data_folder: Path) -> None:
    refused = []
    units = set()
    for file in sorted((data_folder / "treat/rdsr").glob("*.dcm")):
        try:
            read = read_dose_report(file)
        except BadInput as problem:
            refused.append((file.name, problem.what))
        else:
            assert read.numbers, file.name
            units |= {one.unit for one in read.numbers}
    assert [name for name, _ in refused] == ["ESR_non-dose.dcm"]
    assert "not one of radiation dose" in refused[0][1]
    assert not units & {"mGycm", "Gym2"}


def test_another_report_is_refused() -> None:
    with pytest.raises(BadInput, match=r"reportsi\.dcm"):
        read_dose_report(str(get_testdata_file("reportsi.dcm", download=False)))


def _report(*values: str) -> FileDataset:
    """A report with one number for each text, as they stand there."""
    report = made.base("1.2.840.10008.5.1.4.1.1.88.67", "SR")
    title = made.item(CodeValue="113701", CodingSchemeDesignator="DCM", CodeMeaning="X-Ray Radiation Dose Report")
    report.ConceptNameCodeSequence = [title]
    inner = []
    for number, value in enumerate(values, start=1):
        name = made.item(CodeValue=str(number), CodingSchemeDesignator="99X", CodeMeaning=f"Number {number}")
        unit = made.item(CodeValue="mGy", CodingSchemeDesignator="UCUM", CodeMeaning="mGy")
        measured = made.item(MeasurementUnitsCodeSequence=[unit])
        measured.add(DataElement(0x0040A30A, "DS", value, validation_mode=config.IGNORE))
        inner.append(made.item(ValueType="NUM", ConceptNameCodeSequence=[name], MeasuredValueSequence=[measured]))
    within = made.item(CodeValue="113819", CodingSchemeDesignator="DCM", CodeMeaning="CT Acquisition")
    report.ContentSequence = [made.item(ValueType="CONTAINER", ConceptNameCodeSequence=[within], ContentSequence=inner)]
    return report


def _written(path: Path, *values: str) -> Path:
    """Write texts of the same length in place of numbers, as pydicom itself would not."""
    stand_ins = [str(5 + k) * len(value) for k, value in enumerate(values)]
    body = made.write(_report(*[one if value else "" for one, value in zip(stand_ins, values, strict=True)]), path)
    data = body.read_bytes()
    for one, value in zip(stand_ins, values, strict=True):
        if value:
            assert data.count(one.encode()) == 1
            data = data.replace(one.encode(), value.encode())
    path.write_bytes(data)
    return path


def test_a_number_that_is_none_is_left_out_and_named(tmp_path: Path) -> None:
    read = read_dose_report(_written(tmp_path / "sr.dcm", "12.5", "10.50/ 15.00", "", "7.25"))
    assert [(one.name, one.value) for one in read.numbers] == [("Number 1", 12.5), ("Number 4", 7.25)]
    first, second = read.notes
    assert first.startswith("left out: Number 2 (99X:2) in 'CT Acquisition': ")
    assert "10.50/ 15.00" in first
    assert second.startswith("left out: Number 3 (99X:3) in 'CT Acquisition': ")


def test_a_report_of_no_number_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of its numbers can be read: left out: Number 1"):
        read_dose_report(_written(tmp_path / "sr.dcm", "see above"))


@pytest.mark.real
def test_every_report_of_the_sample_is_read_or_refused_as_no_dose_report() -> None:
    cache = SampleCache(default_cache(os.environ))
    if not cache.has(DOSE_REPORTS):
        pytest.skip("dose-reports was not fetched: fyr samples fetch dose-reports")
    refused, noted = [], {}
    for file in sorted(cache.table(DOSE_REPORTS).glob("*.dcm")):
        try:
            noted[file.name] = read_dose_report(file).notes
        except BadInput as problem:
            refused.append((file.name, "not one of radiation dose" in problem.what))
    assert refused == [("ESR_non-dose.dcm", True)]
    assert {name for name, notes in noted.items() if notes} == {
        "CT-RDSR-Toshiba_MultiValSD.dcm",
        "RF-RDSR-Philips_Azurion.dcm",
    }
