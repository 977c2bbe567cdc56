"""The ward's nurses: rounds, what they write down, and the oxygen that they start and stop.

The times between rounds follow the recommended frequency of monitoring on the NEWS2 chart (Royal College of Physicians
2017): every 4 to 6 hours while the score is low, at least hourly from 5 on. Oxygen is given below 92 %, to patients
with COPD below 88 %, the lower ends of what British Thoracic Society guidance aims at being 94 and 88 % (recalled, not
verified here). Which single signs count as bad, and how long a nurse keeps coming, is Fyr's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fyr.clock import HOUR_US, MINUTE_US
from fyr.record import Observation, PatientId, Status
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.deterioration import ACVPU
from fyr.watch.simulation.physiology import Physiology
from fyr.watch.simulation.signals import HR, RR, TEMP

__all__ = ["SOURCE", "Nurses"]

SOURCE: Final = "simulation"
_ROUND_US: Final = 4 * HOUR_US
_CLOSE_WATCH_US: Final = 1 * HOUR_US
_START_OXYGEN: Final = (92.0, 88.0)
_STOP_OXYGEN: Final = (97.0, 93.0)
"""Below and from which saturation, while it is given: without and with COPD."""


class Nurses:
    """Who is due for a round, and who gets oxygen.

    Parameters
    ----------
    cohort : Cohort
    patients : sequence of PatientId
    rng : numpy.random.Generator
    start_us : int
        The first rounds are in the ten minutes after it.
    """

    def __init__(self, cohort: Cohort, patients: Sequence[PatientId], rng: Generator, start_us: int) -> None:
        self._cohort, self._patients = cohort, patients
        self._next_us = start_us + rng.integers(0, 10, len(cohort)) * MINUTE_US
        self._start = np.where(cohort.copd, _START_OXYGEN[1], _START_OXYGEN[0])
        self._stop = np.where(cohort.copd, _STOP_OXYGEN[1], _STOP_OXYGEN[0])

    def round(self, physiology: Physiology, time_us: int) -> list[Observation]:
        """See every patient who is due, give or stop oxygen, and return what is written down."""
        due = np.flatnonzero(self._next_us <= time_us)
        if not due.size:
            return []
        true = physiology.true[due]
        saturation = np.round(physiology.awake_saturation[due])
        given = physiology.on_oxygen[due]
        physiology.on_oxygen[due] = np.where(given, saturation < self._stop[due], saturation < self._start[due])
        level = physiology.illness.consciousness[due]
        self._next_us[due] = time_us + np.where(
            _looks_bad(true, level) | physiology.on_oxygen[due] & ~given, _CLOSE_WATCH_US, _ROUND_US
        )
        oxygen = physiology.on_oxygen | self._cohort.oxygen_at_start
        written: list[Observation] = []
        for row, consciousness, temperature in zip(due.tolist(), level.tolist(), true[:, TEMP].tolist(), strict=True):
            values: list[tuple[str, float | str | bool, str | None]] = [
                ("consciousness", ACVPU[consciousness], None),
                ("supplemental_oxygen", bool(oxygen[row]), None),
                ("temperature", round(temperature, 1), "Cel"),
            ]
            if self._cohort.copd[row]:
                values.append(("spo2_scale", 2.0, None))
            written += [
                Observation(self._patients[row], code, time_us, value, unit, Status.PRESENT, SOURCE)
                for code, value, unit in values
            ]
        return written


def _looks_bad(true: NDArray[np.float64], consciousness: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return who has one sign that scores 2 or more on NEWS2, or is not alert."""
    rate, breath = true[:, HR], true[:, RR]
    return (rate > 110) | (rate <= 40) | (breath > 20.5) | (breath < 9) | (true[:, 3] <= 100) | (consciousness > 0)
