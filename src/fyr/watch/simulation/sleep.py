"""Sleep: slower and lower by night, broken, with desaturations in those who stop breathing and slow hearts in a few.

Published: inpatients slept about 5 hours a night with an efficiency of 70 % (J Clin Sleep Med 2014, PMID 25317085,
n = 424). How often breathing stops is drawn in :mod:`fyr.watch.simulation.cohort`. How deep and long a desaturation is,
how long a stretch of sleep, and what else sleep changes, is Fyr's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.simulation.chance import switched
from fyr.watch.simulation.circadian import hour_of_day
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.signals import HR, SPO2, by_signal

__all__ = ["Sleep"]

_EFFICIENCY: Final = 0.7
_NAPPING: Final = 0.04
_STRETCH_S: Final = 35 * 60.0
_ASLEEP: Final = by_signal(heart_rate=-4.0, respiratory_rate=-0.8, spo2=-0.4, systolic_bp=-6.0, diastolic_bp=-4.0)
_DIP_S: Final = 30.0
_PAUSE_S: Final = 90.0
_PAUSES_PER_H: Final = 1.5
_PAUSE_DEPTH: Final = 7.0


class Sleep:
    """Who is asleep, who has just stopped breathing, whose heart beats slowly.

    Parameters
    ----------
    cohort : Cohort
    period_s : float
    """

    UNIFORMS: Final = 4

    def __init__(self, cohort: Cohort, period_s: float) -> None:
        self._cohort, self._period_s = cohort, period_s
        self.asleep = np.zeros(len(cohort), bool)
        self._dipping = np.zeros(len(cohort), bool)
        self._depth = np.zeros(len(cohort))
        self.dip = np.zeros(len(cohort))
        """How far the saturation has dipped for the moment."""
        self._slow = np.zeros(len(cohort), bool)
        per_s = cohort.apnoeas_per_h / 3600
        self._dip_share = per_s * _DIP_S / (1 + per_s * _DIP_S)
        self._dip_rate = (1 / _DIP_S + per_s) * period_s
        slow_per_s = _PAUSES_PER_H / 3600
        self._slow_share = slow_per_s * _PAUSE_S / (1 + slow_per_s * _PAUSE_S)
        self._slow_rate = (1 / _PAUSE_S + slow_per_s) * period_s

    def step(self, time_us: int, uniform: NDArray[np.float32]) -> NDArray[np.float64]:
        """Move one period on; returns what sleep adds, shape (patients, signals)."""
        cohort = self._cohort
        in_bed = (hour_of_day(time_us) - cohort.to_bed_h) % 24 < cohort.night_h
        share = np.where(in_bed, _EFFICIENCY, _NAPPING)
        self.asleep = switched(self.asleep, uniform[0], share, self._period_s / _STRETCH_S)
        dipping = switched(self._dipping, uniform[1], self._dip_share, self._dip_rate) & self.asleep
        begins = dipping & ~self._dipping
        self._depth[begins] = (-np.log1p(-uniform[2].astype(float)) * cohort.dip_depth)[begins]
        self._dipping = dipping
        self._slow = switched(self._slow, uniform[3], self._slow_share, self._slow_rate) & self.asleep
        change = np.outer(self.asleep, _ASLEEP)
        self.dip = np.where(dipping, np.minimum(self._depth, 15.0), 0.0)
        change[:, SPO2] -= self.dip
        change[:, HR] -= np.where(self._slow & cohort.slow_at_night, _PAUSE_DEPTH, 0.0)
        return change
