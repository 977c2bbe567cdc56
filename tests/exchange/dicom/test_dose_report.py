from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose_report


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
