"""An audiogram: what each ear heard, by frequency, on one day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from fyr.errors import BadInput

__all__ = ["EARS", "FREQUENCIES_HZ", "LOINC_CODES", "Audiogram", "Conduction", "Ear", "Threshold"]

Ear = Literal["right", "left"]
Conduction = Literal["air", "bone"]

EARS: Final[tuple[Ear, Ear]] = ("right", "left")
FREQUENCIES_HZ: Final = (
    *(125, 250, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000),
    *(9000, 10000, 11200, 12000, 12500, 14000, 16000),
)
"""The frequencies that audiometers have; others are refused, since they are a slip of the pen more often than not."""

_LOUDEST_DB: Final = 130.0
_QUIETEST_DB: Final = -20.0

LOINC_CODES: Final[Mapping[tuple[Ear, int], str]] = MappingProxyType(
    {
        ("left", 500): "89024-4",
        ("right", 500): "89025-1",
        ("left", 750): "91379-8",
        ("right", 750): "91378-0",
        ("left", 1000): "89016-0",
        ("right", 1000): "89017-8",
        ("left", 1500): "91373-1",
        ("right", 1500): "91372-3",
        ("left", 2000): "89018-6",
        ("right", 2000): "89019-4",
        ("left", 3000): "89020-2",
        ("right", 3000): "89021-0",
        ("left", 4000): "89022-8",
        ("right", 4000): "89023-6",
        ("left", 6000): "89026-9",
        ("right", 6000): "89027-7",
        ("left", 8000): "89028-5",
        ("right", 8000): "89029-3",
    }
)
"""LOINC's codes of air conduction thresholds (panel 89015-2), read in the PACIO guide's code system and in one other.

A table in circulation has the ears and frequencies of eight of them mixed up.
"""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The quietest tone that an ear heard, or the loudest that it did not.

    Parameters
    ----------
    ear : {"right", "left"}
    frequency_hz : int
        One of :data:`FREQUENCIES_HZ`.
    level_db : float
        dB HL; where there was no response, the loudest level that was presented.
    response : bool
        Whether the ear heard it. Without a response the threshold lies above `level_db`.
    conduction : {"air", "bone"}
    masked : bool
        Whether noise was given to the other ear.

    Raises
    ------
    BadInput
        If the ear, the frequency or the level is none.
    """

    ear: Ear
    frequency_hz: int
    level_db: float
    response: bool = True
    conduction: Conduction = "air"
    masked: bool = False

    def __post_init__(self) -> None:
        if self.ear not in EARS:
            raise BadInput(f"'{self.ear}' is no ear", where="audiogram", mend="write right or left")
        if self.conduction not in ("air", "bone"):
            raise BadInput(f"'{self.conduction}' is no conduction", where="audiogram", mend="write air or bone")
        place = f"audiogram, {self.ear} ear"
        if self.frequency_hz not in FREQUENCIES_HZ:
            raise BadInput(
                f"{self.frequency_hz} Hz is no frequency of an audiometer",
                where=place,
                mend=f"give one of {', '.join(map(str, FREQUENCIES_HZ))} Hz",
            )
        if not _QUIETEST_DB <= self.level_db <= _LOUDEST_DB:
            raise BadInput(
                f"{self.level_db:g} dB HL at {self.frequency_hz} Hz cannot be",
                where=place,
                mend=f"give {_QUIETEST_DB:g} to {_LOUDEST_DB:g} dB HL, or leave out what was not measured",
            )


@dataclass(frozen=True, slots=True)
class Audiogram:
    """The thresholds of one examination. What was not measured is not in it.

    Parameters
    ----------
    thresholds : tuple of Threshold
        At most one for each ear, frequency and conduction.
    measured_on : date or None
    patient : str
        As the file names the patient; empty where it does not.

    Raises
    ------
    BadInput
        If there is no threshold, or a place is given twice.

    Examples
    --------
    >>> audiogram = Audiogram((Threshold("right", 4000, 55.0), Threshold("left", 8000, 90.0, response=False)))
    >>> audiogram.threshold("right", 4000).level_db
    55.0
    >>> audiogram.threshold("left", 4000) is None
    True
    """

    thresholds: tuple[Threshold, ...]
    measured_on: date | None = None
    patient: str = ""

    def __post_init__(self) -> None:
        if not self.thresholds:
            raise BadInput("there is no threshold", where="audiogram", mend="give at least one")
        seen: set[tuple[str, int, str]] = set()
        for one in self.thresholds:
            key = one.ear, one.frequency_hz, one.conduction
            if key in seen:
                raise BadInput(
                    f"{one.conduction} conduction of the {one.ear} ear at {one.frequency_hz} Hz is given twice",
                    where="audiogram",
                    mend="leave the threshold that holds, the masked one where both were taken",
                )
            seen.add(key)

    def threshold(self, ear: Ear, frequency_hz: int, conduction: Conduction = "air") -> Threshold | None:
        """Return one threshold, or ``None`` where it was not measured."""
        for one in self.thresholds:
            if (one.ear, one.frequency_hz, one.conduction) == (ear, frequency_hz, conduction):
                return one
        return None

    def of(self, ear: Ear, conduction: Conduction = "air") -> tuple[Threshold, ...]:
        """Return the thresholds of an ear by rising frequency."""
        found: Iterable[Threshold] = (t for t in self.thresholds if t.ear == ear and t.conduction == conduction)
        return tuple(sorted(found, key=lambda one: one.frequency_hz))
