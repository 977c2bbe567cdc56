"""What the devices make of the patient: noise, whole numbers, dropouts, probes that fall off, cuffs that inflate.

Published (Breteler MJM et al. Anesthesiology 2020;132:424-439): the limits of agreement of four devices with a
reference were 2.0 to 7.5/min either side for heart rate and 3.7 to 6.5/min for respiratory rate, hence standard
deviations of 1.0 to 3.8 and 2.2 to 3.3; and the shares of lost time drawn in :mod:`fyr.watch.simulation.cohort`. How
the lost time is cut into dropouts, how often probes fall off, and the noise of the other signals is Fyr's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.simulation.chance import Wandering, switched
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.signals import DECIMALS, HR, LIMITS, RR, SPO2, by_signal

__all__ = ["Sensors"]

_NOISE: Final = by_signal(
    heart_rate=1.8, respiratory_rate=3.3, spo2=0.6, systolic_bp=4.0, diastolic_bp=3.0, temperature=0.1
)
_NOISE_MEMORY_S: Final = np.array([20.0, 40.0, 30.0, 1.0, 1.0, 1.0])
_AF_NOISE: Final = 6.0
"""Of the heart rate, by a second: in atrial fibrillation it is irregular."""
_DROPOUTS_S: Final = (60.0, 900.0)
"""Half of the lost time is in short dropouts, half in long ones: their mean lengths."""
_PROBE_FALLS_PER_DAY: Final = 1.0
_PATCH_FALLS_PER_DAY: Final = 0.3
_OFF_S: Final = 20 * 60.0
_LAYERS: Final = len(_DROPOUTS_S)


class Sensors:
    """The state of every patient's sensors.

    Parameters
    ----------
    cohort : Cohort
    period_s : float
    start : ndarray of float, shape (6, patients)
        Standard normal numbers, for the noise at the beginning.
    loss_scale : float
        1 for noise and probes that fall off as stated; the cohort's shares of lost time are scaled already.
    """

    NORMALS: Final = 6
    UNIFORMS: Final = 3 * _LAYERS + 2

    def __init__(self, cohort: Cohort, period_s: float, start: NDArray[np.float64], loss_scale: float) -> None:
        self._noise = Wandering(_NOISE_MEMORY_S, period_s, start)
        self._noise_size = _NOISE * loss_scale
        self._period_s = period_s
        heart, breath, oximeter = cohort.lost.T
        # One patch gives both heart and breathing: where the heart rate is lost, the respiratory rate is lost with it.
        alone = np.stack([heart, (breath - heart) / (1 - heart), oximeter])
        self._share = 1 - (1 - alone) ** (1 / _LAYERS)
        self._lost = np.zeros((_LAYERS, 3, len(cohort)), bool)
        self._off = np.zeros((2, len(cohort)), bool)
        falls_per_s = loss_scale * np.array([_PATCH_FALLS_PER_DAY, _PROBE_FALLS_PER_DAY])[:, None] / 86400
        self._off_share = falls_per_s * _OFF_S / (1 + falls_per_s * _OFF_S)
        self._off_rate = self._period_s * (falls_per_s + 1 / _OFF_S)

    def measure(
        self, true: NDArray[np.float64], normal: NDArray[np.float32], irregular: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return what the devices make of the true values, shape (patients, signals)."""
        noise = self._noise.step(normal)
        shown = true + noise.T * self._noise_size
        shown[:, HR] += irregular * noise[HR] * (_AF_NOISE - _NOISE[HR])
        np.clip(shown, LIMITS[:, 0], LIMITS[:, 1], out=shown)
        return np.column_stack([np.round(shown[:, index], places) for index, places in enumerate(DECIMALS)])

    def lose(self, shown: NDArray[np.float64], uniform: NDArray[np.float32]) -> None:
        """Move one period on and take out, in place, what lost sensors do not give."""
        for layer, mean_s in enumerate(_DROPOUTS_S):
            draw = uniform[3 * layer : 3 * layer + 3]
            rate = self._period_s / mean_s / (1 - self._share)
            self._lost[layer] = switched(self._lost[layer], draw, self._share, rate)
        self._off = switched(self._off, uniform[-2:], self._off_share, self._off_rate)
        heart, breath, oximeter = np.logical_or.reduce(self._lost)
        patch, probe = self._off
        shown[heart | patch, HR] = np.nan
        shown[heart | breath | patch, RR] = np.nan
        shown[oximeter | probe, SPO2] = np.nan
