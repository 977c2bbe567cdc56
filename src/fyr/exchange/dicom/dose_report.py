"""X-ray radiation dose reports (DICOM PS3.16 TID 10001, 10011), as a plain list of what they measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

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

    Makers put texts where numbers belong (``10.50/ 15.00``). Such a number is left out, and the report's notes name it;
    no number is made of it.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    BadInput
        If the file is damaged, no report of radiation dose, or none of its numbers is one.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=DOSE_REPORTS)
        code, name = _code(dataset, "ConceptNameCodeSequence")
        if code != _REPORT:
            raise BadInput(
                f"the report is a '{name}' ({code}), not one of radiation dose", mend="give dose reports alone"
            )
        left_out: dict[str, None] = {}
        found = tuple(_numbers(dataset, (), left_out))
        if left_out and not found:
            raise BadInput(f"none of its numbers can be read: {next(iter(left_out))}", mend="take the report again")
        return DoseReport(text(dataset, "SOPInstanceUID"), found, tuple(left_out))


def _numbers(item: Dataset, within: tuple[str, ...], left_out: dict[str, None]) -> Iterator[ReportedNumber]:
    for one in items(item, "ContentSequence"):
        code, name = _code(one, "ConceptNameCodeSequence")
        measured = items(one, "MeasuredValueSequence")
        if text(one, "ValueType", "") == "NUM" and measured:  # none: the machine says that it does not know
            _, unit = _code(measured[0], "MeasurementUnitsCodeSequence", part="CodeValue")
            try:
                values = numbers(measured[0], "NumericValue")
            except BadInput as problem:
                left_out[f"left out: {name} ({code}) in '{within[-1] if within else ''}': {problem.what}"] = None
                values = np.empty(0)
            for value in values:  # some list one for each pulse
                yield ReportedNumber(within, code, name, float(value), _UNITS.get(unit, unit))
        yield from _numbers(one, (*within, name), left_out)


def _code(item: Dataset, keyword: str, part: str = "CodeMeaning") -> tuple[str, str]:
    found = items(item, keyword)
    if not found:
        return "", ""
    code = f"{text(found[0], 'CodingSchemeDesignator', '')}:{text(found[0], 'CodeValue', '')}"
    return code, text(found[0], part, "")
