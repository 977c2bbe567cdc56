"""The simulated signals: their order in every array, and where a living patient's values can be."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["CONTINUOUS", "DECIMALS", "HR", "LIMITS", "RR", "SIMULATED_SIGNALS", "SPO2", "TEMP", "by_signal"]

CONTINUOUS: Final = ("heart_rate", "respiratory_rate", "spo2")
SIMULATED_SIGNALS: Final = (*CONTINUOUS, "systolic_bp", "diastolic_bp", "temperature")
HR, RR, SPO2, _SBP, _DBP, TEMP = range(len(SIMULATED_SIGNALS))

LIMITS: Final = np.array([[20, 220], [3, 50], [55, 100], [50, 240], [25, 140], [33.5, 41.5]], float)
"""Lowest and highest value of each signal; Fyr's own."""
DECIMALS: Final = (0, 0, 0, 0, 0, 1)


def by_signal(**values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a vector over :data:`SIMULATED_SIGNALS`, 0 where a signal is not named."""
    return np.array([values.get(name, 0.0) for name in SIMULATED_SIGNALS], float)
