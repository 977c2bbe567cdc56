"""How a simulated patient gets worse: which signals move, how far, how fast, and the true onset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fyr.clock import MINUTE_US

__all__ = ["KINDS", "Deterioration", "DeteriorationKind"]


@dataclass(frozen=True, slots=True)
class DeteriorationKind:
    """What a deterioration does when fully developed; Fyr's own illustrative numbers, not fitted to patients.

    Parameters
    ----------
    name : str
    shift : mapping of str to float
        By signal, in its unit, added to the patient's own level.
    ramp_us : int
        From onset until fully developed.
    consciousness : str
        ACVPU when fully developed.
    """

    name: str
    shift: Mapping[str, float]
    ramp_us: int
    consciousness: str = "A"


KINDS: Final[dict[str, DeteriorationKind]] = {
    kind.name: kind
    for kind in (
        DeteriorationKind(
            "opioid respiratory depression",
            {"respiratory_rate": -10, "spo2": -9, "heart_rate": -6},
            8 * MINUTE_US,
            "V",
        ),
        DeteriorationKind(
            "sepsis",
            {"heart_rate": 42, "respiratory_rate": 11, "systolic_bp": -38, "temperature": 1.9, "spo2": -3},
            90 * MINUTE_US,
            "C",
        ),
        DeteriorationKind("bleeding", {"heart_rate": 46, "systolic_bp": -46, "respiratory_rate": 6}, 40 * MINUTE_US),
        DeteriorationKind(
            "pneumonia", {"spo2": -10, "respiratory_rate": 10, "temperature": 1.5, "heart_rate": 18}, 45 * MINUTE_US
        ),
        DeteriorationKind("atrial fibrillation", {"heart_rate": 62, "systolic_bp": -12}, 1 * MINUTE_US),
        DeteriorationKind(
            "pulmonary embolism",
            {"spo2": -12, "heart_rate": 34, "respiratory_rate": 13, "systolic_bp": -20},
            4 * MINUTE_US,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Deterioration:
    """One deterioration of one patient: from its true onset, through its ramp, to the end of its recovery.

    Parameters
    ----------
    kind : str
        A name of :data:`KINDS`.
    onset_us, end_us : int
        It is treated, and fades over one ramp, before `end_us`.
    depth : float
        1 for the kind's full shift.
    """

    kind: str
    onset_us: int
    end_us: int
    depth: float = 1.0

    def strength(self, time_us: int) -> float:
        """Return how far it has developed: 0 before onset and after the end, `depth` in between."""
        if not self.onset_us <= time_us < self.end_us:
            return 0.0
        ramp_us = min(KINDS[self.kind].ramp_us, (self.end_us - self.onset_us) // 2)
        rising = (time_us - self.onset_us) / ramp_us
        falling = (self.end_us - time_us) / ramp_us
        return self.depth * min(1.0, rising, falling)
