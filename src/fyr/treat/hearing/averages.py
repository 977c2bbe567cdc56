"""Averages of an audiogram, the difference between the ears, and the air-bone gap: numbers, no judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fyr.record.audiogram import Audiogram, Conduction, Ear

__all__ = [
    "HIGH_FREQUENCIES_HZ",
    "SPEECH_FREQUENCIES_HZ",
    "Average",
    "Difference",
    "air_bone_gaps",
    "average",
    "between_ears",
]

SPEECH_FREQUENCIES_HZ: Final = (500, 1000, 2000, 4000)
"""Of the pure-tone average: the four frequencies of the World Health Organization's grades."""
HIGH_FREQUENCIES_HZ: Final = (4000, 6000, 8000)


@dataclass(frozen=True, slots=True)
class Average:
    """The mean threshold over some frequencies.

    Parameters
    ----------
    frequencies_hz : tuple of int
    level_db : float or None
        dB HL; ``None`` where a frequency was not measured.
    is_at_least : bool
        Whether one of them had no response, so that the mean is greater than this.
    missing_hz : tuple of int
    """

    frequencies_hz: tuple[int, ...]
    level_db: float | None
    is_at_least: bool
    missing_hz: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How two thresholds at one frequency differ.

    Parameters
    ----------
    frequency_hz : int
    difference_db : float
    is_at_least : bool
        Whether a missing response makes it only a bound.
    """

    frequency_hz: int
    difference_db: float
    is_at_least: bool


def average(audiogram: Audiogram, ear: Ear, frequencies_hz: Sequence[int], conduction: Conduction = "air") -> Average:
    """Return the mean threshold of an ear.

    Examples
    --------
    >>> from fyr.record.audiogram import Threshold
    >>> levels = {500: 10, 1000: 20, 2000: 30, 4000: 60}
    >>> one = Audiogram(tuple(Threshold("left", hz, level) for hz, level in levels.items()))
    >>> average(one, "left", SPEECH_FREQUENCIES_HZ).level_db
    30.0
    """
    found = [audiogram.threshold(ear, hz, conduction) for hz in frequencies_hz]
    missing = tuple(hz for hz, one in zip(frequencies_hz, found, strict=True) if one is None)
    measured = [one for one in found if one is not None]
    level = None if missing else sum(one.level_db for one in measured) / len(measured)
    silent = not missing and not all(one.response for one in measured)
    return Average(tuple(frequencies_hz), level, silent, missing)


def between_ears(audiogram: Audiogram, conduction: Conduction = "air") -> tuple[Difference, ...]:
    """Return right minus left at every frequency that both ears were tested at."""
    found = []
    for right in audiogram.of("right", conduction):
        left = audiogram.threshold("left", right.frequency_hz, conduction)
        if left is not None:
            bound = not (right.response and left.response)
            found.append(Difference(right.frequency_hz, right.level_db - left.level_db, bound))
    return tuple(found)


def air_bone_gaps(audiogram: Audiogram, ear: Ear) -> tuple[Difference, ...]:
    """Return air minus bone conduction of an ear, where both were measured: a conductive part is no ototoxicity."""
    found = []
    for air in audiogram.of(ear, "air"):
        bone = audiogram.threshold(ear, air.frequency_hz, "bone")
        if bone is not None:
            bound = not (air.response and bone.response)
            found.append(Difference(air.frequency_hz, air.level_db - bone.level_db, bound))
    return tuple(found)
