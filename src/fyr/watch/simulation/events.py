"""Which deteriorations come to whom and when: at random, or arranged around the beginning of a demonstration.

How often they come is Fyr's own and far more often than on a ward, so that a small simulation holds enough to count.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator

from fyr.clock import DAY_US, MINUTE_US
from fyr.watch.simulation.deterioration import KINDS, Courses, Deterioration

__all__ = ["arrange", "befall"]

_BETWEEN_US: Final = 6 * DAY_US
_SHORTEST_US: Final = 15 * MINUTE_US
_DEPTHS: Final = (0.7, 1.2)
_ARRANGED: Final = (
    ("opioid respiratory depression", -22, 40, 1.0),
    ("pneumonia", -200, 480, 1.1),
    ("atrial fibrillation", 12, 130, 1.0),
    ("pulmonary embolism", 1, 60, 1.1),
    ("bleeding", -4, 180, 1.0),
    ("opioid respiratory depression", 6, 40, 1.1),
)
"""Kind, minutes from the moment to the onset, minutes that it lasts, depth."""
_ARRANGED_FOR_MIN: Final = 12 * 60


def befall(courses: Courses, rng: Generator, patients: int, start_us: int, until_us: int) -> None:
    """Let deteriorations come at random until a time; a patient has at most one at once."""
    for patient in range(patients):
        time_us = start_us
        while (time_us := time_us + int(rng.exponential(_BETWEEN_US))) < until_us - _SHORTEST_US:
            kind = _any_kind(rng)
            lasts_us = int(rng.integers(*KINDS[kind].lasts_us, endpoint=True))
            end_us = min(time_us + lasts_us, until_us)
            courses.add(patient, Deterioration(kind, time_us, end_us, float(rng.uniform(*_DEPTHS))))
            time_us = end_us


def arrange(courses: Courses, rng: Generator, patients: int, live_us: int) -> list[int]:
    """Place deteriorations around the moment at which a demonstration begins, and go on for twelve hours.

    Returns
    -------
    list of int
        The rows of up to three patients without one of the first, for probes to fall off.
    """
    order: list[int] = rng.permutation(patients).tolist()
    for patient, (kind, onset_min, lasts_min, depth) in zip(order, _ARRANGED, strict=False):
        onset_us = live_us + onset_min * MINUTE_US
        courses.add(patient, Deterioration(kind, onset_us, onset_us + lasts_min * MINUTE_US, depth))
    for minute in range(20, _ARRANGED_FOR_MIN, 15):
        onset_us = live_us + (minute + int(rng.integers(0, 10))) * MINUTE_US
        lasts_us = int(rng.integers(25, 90)) * MINUTE_US
        depth = float(rng.uniform(*_DEPTHS))
        courses.add(int(rng.integers(patients)), Deterioration(_any_kind(rng), onset_us, onset_us + lasts_us, depth))
    return order[-3:]


def _any_kind(rng: Generator) -> str:
    weights = np.array([kind.weight for kind in KINDS.values()])
    return str(rng.choice(list(KINDS), p=weights / weights.sum()))
