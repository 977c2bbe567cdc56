"""X-ray radiation dose reports (DICOM PS3.16 TID 10001, 10011), as a plain list of what they measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.opening import file_bytes, reading
from fyr.exchange.dicom.report import report_from_bytes
from fyr.imaging.dose_report import DoseReport, ReportedNumber
from fyr.imaging.report_content import ContentItem

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
        report = report_from_bytes(file_bytes(Path(path)))
        if report.kind not in DOSE_REPORTS or report.title != _REPORT:
            raise BadInput(
                f"the report is a '{report.title_name}' ({report.title}), not one of radiation dose",
                mend="give dose reports alone",
            )
        left_out: dict[str, None] = {}
        found = tuple(_numbers(report.content, (), left_out))
        if left_out and not found:
            raise BadInput(f"none of its numbers can be read: {next(iter(left_out))}", mend="take the report again")
        return DoseReport(report.uid, found, tuple(left_out))


def _numbers(item: ContentItem, within: tuple[str, ...], left_out: dict[str, None]) -> Iterator[ReportedNumber]:
    for one in item.items:
        if one.unreadable:
            place = within[-1] if within else ""
            why = f"'{one.unreadable}' is not a number"
            left_out[f"left out: {one.name} ({one.code}) in '{place}': {why}"] = None
        for value in one.numbers:  # some list one for each pulse
            yield ReportedNumber(within, one.code, one.name, value, _UNITS.get(one.unit, one.unit))
        yield from _numbers(one, (*within, one.name), left_out)
