"""Motion artefact: for some seconds a device shows what is not so, more often while the patient is up.

In the study by Haahr-Raunkjaer C et al. (Hosp Pract 2023, doi:10.1080/21548331.2023.2298185) removing artefacts took
the median from 137 to 101 alerts a patient-day: that gives the order of how often. The kinds, their shares and sizes
are Fyr's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.simulation.chance import switched
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.signals import HR, RR, SPO2

__all__ = ["Artefacts"]

_LASTS_S: Final = 12.0
_UP_FACTOR: Final = 12.0
_GARBAGE_SPO2: Final = 30.0
"""A reading that no living patient on a ward has: artefact removal by range takes it out."""
_OXIMETER: Final = np.array([0.75, 1.0])
"""Cumulative shares of what fools the oximeter: too low a saturation, garbage."""
_PATCH: Final = np.array([0.45, 0.75, 1.0])
"""Cumulative shares of what fools the patch: doubled breaths, missed breaths, doubled beats."""


class Artefacts:
    """Whose devices are fooled, and how.

    Parameters
    ----------
    cohort : Cohort
    period_s : float
    """

    UNIFORMS: Final = 4

    def __init__(self, cohort: Cohort, period_s: float) -> None:
        per_s = cohort.artefacts_per_h / 3600
        self._rest_per_s, self._period_s = per_s, period_s
        self._oximeter_share = cohort.oximeter_share
        self._on = np.zeros(len(cohort), bool)
        self._kind = np.zeros(len(cohort), np.intp)
        self._size = np.zeros(len(cohort))

    def step(self, shown: NDArray[np.float64], up: NDArray[np.bool_], uniform: NDArray[np.float32]) -> None:
        """Move one period on and disturb what is shown, in place; shape (patients, signals)."""
        per_s = self._rest_per_s * np.where(up, _UP_FACTOR, 1.0)
        share = per_s * _LASTS_S / (1 + per_s * _LASTS_S)
        on = switched(self._on, uniform[0], share, (per_s + 1 / _LASTS_S) * self._period_s)
        begins = on & ~self._on
        of_oximeter = uniform[1] < self._oximeter_share
        kind = np.where(of_oximeter, np.searchsorted(_OXIMETER, uniform[2]), 2 + np.searchsorted(_PATCH, uniform[2]))
        self._kind[begins] = kind[begins]
        self._size[begins] = uniform[3][begins]
        self._on = on
        for row in np.flatnonzero(on).tolist():
            values, size = shown[row], self._size[row]
            match self._kind[row]:
                case 0:
                    values[SPO2] = max(52.0, round(values[SPO2] - 3 - 12 * size))
                case 1:
                    values[SPO2] = _GARBAGE_SPO2
                case 2:
                    values[RR] = min(58.0, 2 * values[RR])
                case 3:
                    values[RR] = max(4.0, round(values[RR] / 2))
                case _:
                    values[HR] = min(240.0, 2 * values[HR])
