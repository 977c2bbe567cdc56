"""What a machine reported about the radiation that it gave: numbers with their meaning, as they stand there."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DoseReport", "ReportedNumber"]


@dataclass(frozen=True, slots=True)
class ReportedNumber:
    """One measured number of a report.

    Parameters
    ----------
    within : tuple of str
        The names of the containers that it stands in, the outermost first.
    code : str
        Of what was measured, with its scheme: ``DCM:113813``.
    name : str
        What that means.
    value : float
    unit : str
        UCUM.
    """

    within: tuple[str, ...]
    code: str
    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class DoseReport:
    """A report of radiation dose.

    Parameters
    ----------
    uid : str
        The SOP instance.
    numbers : tuple of ReportedNumber
        In the order of the report.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences: a number that is none is left out and named.
    """

    uid: str
    numbers: tuple[ReportedNumber, ...]
    notes: tuple[str, ...] = ()

    def of(self, code: str) -> list[ReportedNumber]:
        """Return the numbers of a code."""
        return [one for one in self.numbers if one.code == code]
