"""What moves several vital signs at once: stress, vessel tone, the lungs, body heat, the pattern of breathing.

The signals are coupled because they share these hidden processes. Published: heart rate rises by 7.2/min and
respiratory rate by 1.4/min for each degree of body temperature (4,493 acutely admitted medical patients; Jensen MM et
al. Acute Med 2019, doi:10.52964/amja.0766). All other coefficients and all time constants are Fyr's own.

By the Hill equation the saturation S answers a relative change of oxygen tension in proportion to S (1 - S): whoever
lives at 90 % swings more than twice as far as who lives at 96 %.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.simulation.signals import by_signal

__all__ = ["COUPLING", "HEART_RATE_PER_DEGREE", "LUNG", "MEMORY_S", "RESPIRATORY_RATE_PER_DEGREE", "steepness"]

HEART_RATE_PER_DEGREE: Final = 7.2
RESPIRATORY_RATE_PER_DEGREE: Final = 1.4

_HIDDEN: Final[tuple[tuple[float, NDArray[np.float64]], ...]] = (
    # Stress and pain: everything speeds up together.
    (20 * 60.0, by_signal(heart_rate=3.5, respiratory_rate=0.9, systolic_bp=4.0, diastolic_bp=2.5)),
    # Vessel tone: the pressure rises and the baroreflex slows the heart.
    (40 * 60.0, by_signal(systolic_bp=5.0, diastolic_bp=4.0, heart_rate=-1.5)),
    # The lungs (secretions, atelectasis): less oxygen, faster breathing and heart.
    (150 * 60.0, by_signal(spo2=-0.7, respiratory_rate=0.6, heart_rate=0.6)),
    # Body heat; heart and breathing follow by the published coefficients.
    (480 * 60.0, by_signal(temperature=0.2)),
    # The pattern of breathing: deeper and faster for some minutes brings a little more oxygen.
    (4 * 60.0, by_signal(respiratory_rate=0.8, spo2=0.5)),
)
LUNG: Final = 2
"""Which hidden process is the lungs': the one whose size differs from patient to patient."""
MEMORY_S: Final = np.array([memory_s for memory_s, _ in _HIDDEN])
COUPLING: Final = np.array([effect for _, effect in _HIDDEN])
"""What one standard deviation of each hidden process adds to each signal; shape (processes, signals)."""


def steepness(saturation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the saturation swings at a level in %, 1 at 96 %; by the Hill equation."""
    part = np.clip(saturation, 50, 98.5) / 100
    return part * (1 - part) / (0.96 * 0.04)
