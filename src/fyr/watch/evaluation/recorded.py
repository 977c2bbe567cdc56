"""How long each patient was recorded, at which hours, and whether anything of it can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy
from fyr.clock import DAY_US, HOUR_US
from fyr.record import PatientId, PatientSamples

__all__ = ["HOLE_US", "Recorded", "hours_of_day", "plausible_ranges", "recorded"]

HOLE_US: Final = DAY_US
"""A time without any sample of any signal, longer than this, lies between two stays and is no monitored time."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One patient's recording.

    Parameters
    ----------
    patient : PatientId
    start_us, end_us : int
        The first sample, and the end of the time that the last one stands for; equal where there is no sample.
    holes_us : tuple of (int, int)
        The stretches that are no monitored time.
    is_usable : bool
        Whether there is at least one plausible value of a measured signal that one of the policies reads.
    """

    patient: PatientId
    start_us: int
    end_us: int
    holes_us: tuple[tuple[int, int], ...]
    is_usable: bool

    @property
    def monitored_us(self) -> int:
        """The recording's length without its holes."""
        return self.end_us - self.start_us - sum(end - start for start, end in self.holes_us)

    @property
    def days(self) -> float:
        """The monitored time in days."""
        return self.monitored_us / DAY_US

    def hours(self) -> NDArray[np.float64]:
        """Return the monitored hours in each hour of the day, UTC; shape (24,)."""
        whole = hours_of_day(self.start_us, self.end_us)
        for start_us, end_us in self.holes_us:
            whole = whole - hours_of_day(start_us, end_us)
        return whole


def recorded(samples: PatientSamples, ranges: Mapping[str, Sequence[tuple[float, float]]]) -> Recorded:
    """Describe the recording of one patient.

    Parameters
    ----------
    samples : PatientSamples
    ranges : mapping of str to sequence of (float, float)
        By signal: the plausible ranges of the policies, which say what is usable; see :func:`plausible_ranges`.
    """
    start_us, end_us = samples.span()
    holes: list[tuple[int, int]] = [(start_us, end_us)]
    usable = False
    for index, name in enumerate(samples.signals):
        part = samples.part(index)
        if part.start == part.stop:
            continue
        silent = _silent_stretches(samples.time_us[part], int(samples.period_us[index]), (start_us, end_us))
        holes = _both(holes, silent)
        usable = usable or any(_has_value(samples.value[part], low, high) for low, high in ranges.get(name, ()))
    return Recorded(samples.patient, start_us, end_us, tuple(holes) if end_us > start_us else (), usable)


def plausible_ranges(policies: Sequence[Policy]) -> dict[str, list[tuple[float, float]]]:
    """Return, by signal, the ranges that the policies call plausible."""
    found: dict[str, list[tuple[float, float]]] = {}
    for policy in policies:
        for name, signal in policy.signals.items():
            found.setdefault(name, []).append((signal.plausible_low, signal.plausible_high))
    return found


def _silent_stretches(time_us: NDArray[np.int64], period_us: int, span_us: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the stretches longer than a hole that no sample of one signal stands for."""
    last_us = int(time_us[-1]) + period_us
    wide = _wide_gaps(time_us, HOLE_US + period_us)
    edges = [
        (span_us[0], int(time_us[0])),
        *((int(time_us[i]) + period_us, int(time_us[i + 1])) for i in wide.tolist()),
    ]
    edges.append((last_us, span_us[1]))
    return [(start_us, end_us) for start_us, end_us in edges if end_us - start_us > HOLE_US]


def _both(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where two lists of stretches overlap for longer than a hole."""
    overlaps = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(start_us, end_us) for start_us, end_us in overlaps if end_us - start_us > HOLE_US]


@numba.njit(cache=True, nogil=True)
def _wide_gaps(time_us: NDArray[np.int64], longer_than_us: int) -> NDArray[np.int64]:
    """Return the places after which the next sample comes later than that."""
    count = 0
    for i in range(len(time_us) - 1):
        count += time_us[i + 1] - time_us[i] > longer_than_us
    found = np.empty(count, np.int64)
    if count == 0:
        return found
    count = 0
    for i in range(len(time_us) - 1):
        if time_us[i + 1] - time_us[i] > longer_than_us:
            found[count] = i
            count += 1
    return found


@numba.njit(cache=True, nogil=True)
def _has_value(value: NDArray[np.float64], low: float, high: float) -> bool:
    for i in range(len(value)):  # noqa: SIM110  a loop that the kernel compiler takes
        if low <= value[i] <= high:
            return True
    return False


def hours_of_day(start_us: int, end_us: int) -> NDArray[np.float64]:
    """Return how many hours of a stretch of time fall into each hour of the day, UTC; shape (24,).

    >>> hours = hours_of_day(0, 25 * HOUR_US + HOUR_US // 2)
    >>> [float(hours[hour]) for hour in (0, 1, 2, 23)]
    [2.0, 1.5, 1.0, 1.0]
    """
    begins_us = np.arange(24) * HOUR_US

    def until(time_us: int) -> NDArray[np.float64]:
        of_day = np.clip(time_us % DAY_US - begins_us, 0, HOUR_US)
        return np.asarray(time_us // DAY_US + of_day / HOUR_US)

    return until(end_us) - until(start_us)
