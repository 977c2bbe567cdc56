"""X-ray radiation dose reports (DICOM PS3.16 TID 10001, 10011), as a plain list of what they measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.values import items, numbers, text
from fyr.imaging.dose_report import DoseReport, ReportedNumber

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["DOSE_REPORTS", "read_dose_report"]

DOSE_REPORTS: Final = {
    "1.2.840.10008.5.1.4.1.1.88.67": "an X-Ray Radiation Dose SR",
    "1.2.840.10008.5.1.4.1.1.88.22": "an Enhanced SR",
}

_REPORT: Final = "DCM:113701"
_UNITS: Final = {"mGycm": "mGy.cm", "Gym2": "Gy.m2", "Gy*m2": "Gy.m2", "no units": "1", "NO UNITS": "1"}
"""What makers write, and UCUM does not know."""


def read_dose_report(path: str | Path) -> DoseReport:
    """Read a report of radiation dose; some machines write it as Enhanced SR.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    BadInput
        If the file is damaged or no report of radiation dose.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=DOSE_REPORTS)
        code, name = _code(dataset, "ConceptNameCodeSequence")
        if code != _REPORT:
            raise BadInput(
                f"the report is a '{name}' ({code}), not one of radiation dose", mend="give dose reports alone"
            )
        return DoseReport(text(dataset, "SOPInstanceUID"), tuple(_numbers(dataset, ())))


def _numbers(item: Dataset, within: tuple[str, ...]) -> Iterator[ReportedNumber]:
    for one in items(item, "ContentSequence"):
        code, name = _code(one, "ConceptNameCodeSequence")
        measured = items(one, "MeasuredValueSequence")
        if text(one, "ValueType", "") == "NUM" and measured:  # none: the machine says that it does not know
            _, unit = _code(measured[0], "MeasurementUnitsCodeSequence", part="CodeValue")
            for value in numbers(measured[0], "NumericValue"):  # some list one for each pulse
                yield ReportedNumber(within, code, name, float(value), _UNITS.get(unit, unit))
        yield from _numbers(one, (*within, name))


def _code(item: Dataset, keyword: str, part: str = "CodeMeaning") -> tuple[str, str]:
    found = items(item, keyword)
    if not found:
        return "", ""
    code = f"{text(found[0], 'CodingSchemeDesignator', '')}:{text(found[0], 'CodeValue', '')}"
    return code, text(found[0], part, "")
