"""How long each patient was recorded, at which hours, and whether anything of it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy
from fyr.clock import DAY_US, HOUR_US
from fyr.record import PatientId, SampleBatch
from fyr.watch.evaluation.ward_replay import spans

__all__ = ["HOLE_US", "Recorded", "hours_of_day", "recorded"]

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


def recorded(samples: SampleBatch, policies: Sequence[Policy]) -> list[Recorded]:
    """Describe the recording of each patient of a batch that is sorted by patient and time.

    Parameters
    ----------
    samples : SampleBatch
    policies : sequence of Policy
        Whose signals and plausible ranges say what is usable.
    """
    start_us, end_us = spans(samples)
    usable = _usable(samples, policies)
    stop = np.searchsorted(samples.patient_index, np.arange(len(samples.patients) + 1))
    stands_us = samples.time_us + samples.period_us[samples.signal_index]
    found = []
    for place, patient in enumerate(samples.patients):
        rows = slice(int(stop[place]), int(stop[place + 1]))
        times, reached = samples.time_us[rows], np.maximum.accumulate(stands_us[rows])
        wide = np.flatnonzero(times[1:] - reached[:-1] > HOLE_US)
        holes = tuple((int(reached[index]), int(times[index + 1])) for index in wide)
        found.append(Recorded(patient, int(start_us[place]), int(end_us[place]), holes, bool(usable[place])))
    return found


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


def _usable(samples: SampleBatch, policies: Sequence[Policy]) -> NDArray[np.bool_]:
    found = np.zeros(len(samples.patients), np.bool_)
    for policy in policies:
        parts = [policy.signals.get(name) for name in samples.signals]
        low = np.array([np.inf if part is None else part.plausible_low for part in parts])
        high = np.array([-np.inf if part is None else part.plausible_high for part in parts])
        value = samples.value
        good = (value >= low[samples.signal_index]) & (value <= high[samples.signal_index])
        found[samples.patient_index[good]] = True
    return found
