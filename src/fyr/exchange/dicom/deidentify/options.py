"""What is kept beyond the Basic Profile, and the codes that say so in each file (PS3.16 CID 7050)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Dates", "Options", "StructureNames"]

Dates = Literal["remove", "shift", "keep"]
"""Of dates and times: removed, moved by the same number of days for each patient, or kept."""
StructureNames = Literal["keep", "number"]


@dataclass(frozen=True, slots=True)
class Options:
    """What is kept.

    Parameters
    ----------
    dates : str
        ``remove``; ``shift`` moves them by a number of days of the patient's own; ``keep``.
    patient_characteristics : bool
        Sex, age, size, weight, smoking status and what else the option names.
    device_identity : bool
        Station name, serial number, treatment machine and what else the option names.
    structure_names : str
        ``keep`` the names of structures, and the labels of structure sets and plans, that hold none of the patient's
        own identifiers; ``number`` them.
    """

    dates: Dates = "remove"
    patient_characteristics: bool = False
    device_identity: bool = False
    structure_names: StructureNames = "keep"

    @property
    def temporal(self) -> str:
        """What Longitudinal Temporal Information Modified (0028,0303) says."""
        return {"remove": "REMOVED", "shift": "MODIFIED", "keep": "UNMODIFIED"}[self.dates]

    def methods(self, *, structured: bool, names_kept: bool) -> tuple[tuple[str, str], ...]:
        """Return code and meaning of the profile and options that a file was made with.

        Parameters
        ----------
        structured : bool
            Whether the file had structured content, which was cleaned.
        names_kept : bool
            Whether names of structures or labels were kept.
        """
        dates = {
            "shift": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
            "keep": ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
        }
        found = [("113100", "Basic Application Confidentiality Profile")]
        if structured:
            found.append(("113104", "Clean Structured Content Option"))
        if names_kept:
            found.append(("113105", "Clean Descriptors Option"))
        if self.dates in dates:
            found.append(dates[self.dates])
        if self.patient_characteristics:
            found.append(("113108", "Retain Patient Characteristics Option"))
        if self.device_identity:
            found.append(("113109", "Retain Device Identity Option"))
        return tuple(found)
