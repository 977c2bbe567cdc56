"""The hour of the day: vital signs are lowest before dawn.

That heart rate, breathing, pressure and temperature are higher by day and dip at night, in hospital too, is published:
Davidson S et al. Crit Care 2021;25:156 (doi:10.1186/s13054-021-03574-w) and van Goor HMR et al. PLoS One
2022;17:e0268065 (doi:10.1371/journal.pone.0268065). The amplitudes here are Fyr's own.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import DAY_US
from fyr.watch.simulation.signals import by_signal

__all__ = ["circadian", "hour_of_day"]

_HALF_SWING: Final = by_signal(
    heart_rate=3.0, respiratory_rate=0.5, spo2=0.2, systolic_bp=5.0, diastolic_bp=3.0, temperature=0.25
)
_LOWEST_AT_H: Final = 4.0


def hour_of_day(time_us: int) -> float:
    """Return the hour, 0 to 24; the simulated ward lives by UTC."""
    return time_us % DAY_US / DAY_US * 24


def circadian(time_us: int) -> NDArray[np.float64]:
    """Return what the hour adds to each signal."""
    return -math.cos((hour_of_day(time_us) - _LOWEST_AT_H) / 24 * 2 * math.pi) * _HALF_SWING
