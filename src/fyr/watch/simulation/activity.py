"""Getting up and walking: heart and breathing speed up and settle again, and the sensors are shaken.

Published: older inpatients were upright 15.9 times a day for 54.2 minutes in all, in their waking hours (Theou O et
al. Exp Gerontol 2019;126:110681, n = 111), hence 3.4 minutes a time; 43 minutes a day in another study (Brown CJ et al.
J Am Geriatr Soc 2009;57:1660-1665). What walking does to the signals and how fast that settles is Fyr's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.simulation.chance import switched
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.signals import by_signal

__all__ = ["Activity"]

_BOUT_S: Final = 54.2 / 15.9 * 60
_WAKING_H: Final = 16.0
_WALKING: Final = by_signal(heart_rate=15.0, respiratory_rate=4.0, spo2=-1.0, systolic_bp=8.0, diastolic_bp=2.0)
_SETTLES_S: Final = 75.0


class Activity:
    """Who is up, and how far the exertion has come or gone.

    Parameters
    ----------
    cohort : Cohort
    period_s : float
    """

    UNIFORMS: Final = 1

    def __init__(self, cohort: Cohort, period_s: float) -> None:
        per_s = cohort.bouts_per_day / _WAKING_H / 3600
        self._share = per_s * _BOUT_S / (1 + per_s * _BOUT_S)
        self._rate = (per_s + 1 / _BOUT_S) * period_s
        self._keep = float(np.exp(-period_s / _SETTLES_S))
        self.up = np.zeros(len(cohort), bool)
        self._exertion = np.zeros(len(cohort))

    def step(self, can: NDArray[np.bool_], uniform: NDArray[np.float32]) -> NDArray[np.float64]:
        """Move one period on; only who `can` (awake, not gravely ill) is up. Returns shape (patients, signals)."""
        self.up = switched(self.up, uniform[0], self._share, self._rate) & can
        self._exertion = self.up + (self._exertion - self.up) * self._keep
        return np.outer(self._exertion, _WALKING)
