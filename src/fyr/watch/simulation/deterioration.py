"""How a simulated patient gets worse: which signals move, how far, how fast, for how long, and the true onset.

Published: 59 % of patients with a cardiac arrest on a ward had an abnormal vital sign in the 1 to 4 hours before it
(Andersen LW et al. Resuscitation 2016;98:112-117): the simulated arrest follows such hours. Fever adds to the heart and
respiratory rate by the coefficients of :mod:`fyr.watch.simulation.latent`. The sizes, speeds and lengths are Fyr's own
and illustrative; they are not fitted to patients. The true onset is when the first signal begins to move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import HOUR_US, MINUTE_US
from fyr.watch.simulation.signals import SIMULATED_SIGNALS, by_signal

__all__ = ["ACVPU", "KINDS", "Courses", "Deterioration", "DeteriorationKind", "Illness"]

ACVPU: Final = "ACVPU"
"""Alert, new confusion, responds to voice, to pain, unresponsive: from best to worst."""


@dataclass(frozen=True, slots=True)
class DeteriorationKind:
    """What a deterioration does when fully developed.

    Parameters
    ----------
    name : str
    shift : mapping of str to float
        By signal, in its unit, added to the patient's own level.
    ramp_us : int
        From onset until fully developed.
    lasts_us : (int, int)
        Shortest and longest, from onset until it is over.
    consciousness : str
        ACVPU when fully developed.
    collapse : mapping of str to float
        Added in the minutes of a collapse, `collapse_us` long and as long before the end as it takes to recover.
    collapse_us : int
        0 for none.
    irregular : bool
        The heart beats irregularly.
    weight : float
        How often it comes, among all kinds.
    """

    name: str
    shift: Mapping[str, float]
    ramp_us: int
    lasts_us: tuple[int, int]
    consciousness: str = "A"
    collapse: Mapping[str, float] = field(default_factory=dict)
    collapse_us: int = 0
    irregular: bool = False
    weight: float = 1.0


KINDS: Final[dict[str, DeteriorationKind]] = {
    kind.name: kind
    for kind in (
        DeteriorationKind(
            "opioid respiratory depression",
            {"respiratory_rate": -10, "spo2": -9, "heart_rate": -6, "systolic_bp": -8},
            8 * MINUTE_US,
            (30 * MINUTE_US, 120 * MINUTE_US),
            "V",
        ),
        DeteriorationKind(
            "sepsis",
            {"heart_rate": 30, "respiratory_rate": 9, "systolic_bp": -38, "diastolic_bp": -20, "temperature": 1.8}
            | {"spo2": -3},
            150 * MINUTE_US,
            (6 * HOUR_US, 18 * HOUR_US),
            "C",
        ),
        DeteriorationKind(
            "bleeding",
            {"heart_rate": 46, "systolic_bp": -46, "diastolic_bp": -26, "respiratory_rate": 6},
            45 * MINUTE_US,
            (2 * HOUR_US, 6 * HOUR_US),
        ),
        DeteriorationKind(
            "pneumonia",
            {"spo2": -9, "respiratory_rate": 9, "temperature": 1.5, "heart_rate": 10},
            180 * MINUTE_US,
            (8 * HOUR_US, 24 * HOUR_US),
        ),
        DeteriorationKind(
            "heart failure",
            {"spo2": -8, "respiratory_rate": 11, "heart_rate": 22, "systolic_bp": 14, "diastolic_bp": 8},
            90 * MINUTE_US,
            (4 * HOUR_US, 12 * HOUR_US),
        ),
        DeteriorationKind(
            "atrial fibrillation",
            {"heart_rate": 58, "systolic_bp": -12, "respiratory_rate": 2},
            1 * MINUTE_US,
            (90 * MINUTE_US, 12 * HOUR_US),
            irregular=True,
        ),
        DeteriorationKind(
            "pulmonary embolism",
            {"spo2": -11, "heart_rate": 34, "respiratory_rate": 12, "systolic_bp": -20, "diastolic_bp": -8},
            4 * MINUTE_US,
            (1 * HOUR_US, 5 * HOUR_US),
        ),
        DeteriorationKind(
            "cardiac arrest",
            {"heart_rate": 24, "respiratory_rate": 9, "systolic_bp": -30, "diastolic_bp": -14, "spo2": -5},
            60 * MINUTE_US,
            (75 * MINUTE_US, 240 * MINUTE_US),
            collapse={"heart_rate": -250, "respiratory_rate": -60, "systolic_bp": -200, "diastolic_bp": -120}
            | {"spo2": -40},
            collapse_us=10 * MINUTE_US,
            weight=0.4,
        ),
    )
}
_COLLAPSES_IN_US: Final = 1 * MINUTE_US
_GRAVE: Final = 0.6
"""How far developed until consciousness suffers and nobody gets up."""


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


@dataclass(frozen=True, slots=True)
class Illness:
    """What deteriorations do at one moment.

    Parameters
    ----------
    shift : ndarray of float64, shape (patients, signals)
        Added to each signal.
    grave, irregular : ndarray of bool, shape (patients,)
        Who is gravely ill, and whose heart beats irregularly.
    consciousness : ndarray of int8, shape (patients,)
        Position in :data:`ACVPU`.
    """

    shift: NDArray[np.float64]
    grave: NDArray[np.bool_]
    irregular: NDArray[np.bool_]
    consciousness: NDArray[np.int8]


class Courses:
    """All deteriorations of a ward, as columns."""

    def __init__(self) -> None:
        self._all: list[tuple[int, Deterioration]] = []
        self._columns: dict[str, NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        return len(self._all)

    def add(self, patient: int, deterioration: Deterioration) -> None:
        """Make the patient of a row worse."""
        self._all.append((patient, deterioration))
        self._columns = None

    def of_all(self) -> list[tuple[int, Deterioration]]:
        """Return every deterioration with the patient's row, by patient and onset."""
        return sorted(self._all, key=lambda one: (one[0], one[1].onset_us))

    def now(self, time_us: int, patients: int) -> Illness:
        """Return what all deteriorations together do at a time."""
        here = Illness(
            np.zeros((patients, len(SIMULATED_SIGNALS))),
            np.zeros(patients, bool),
            np.zeros(patients, bool),
            np.full(patients, ACVPU.index("A"), np.int8),
        )
        columns = self._columns or self._built()
        active = np.flatnonzero((columns["onset"] <= time_us) & (time_us < columns["end"]))
        for index in active.tolist():
            patient, one = self._all[index]
            kind = KINDS[one.kind]
            strength, collapsed = _strength(kind, one, time_us)
            here.shift[patient] += strength * _SHIFT[one.kind] + collapsed * _COLLAPSE[one.kind]
            here.irregular[patient] |= kind.irregular
            if strength >= _GRAVE or collapsed > 0:
                here.grave[patient] = True
                worst = ACVPU.index("U" if collapsed else kind.consciousness)
                here.consciousness[patient] = max(here.consciousness[patient], worst)
        return here

    def _built(self) -> dict[str, NDArray[np.float64]]:
        self._columns = {
            "onset": np.array([one.onset_us for _, one in self._all], np.float64),
            "end": np.array([one.end_us for _, one in self._all], np.float64),
        }
        return self._columns


def _strength(kind: DeteriorationKind, one: Deterioration, time_us: int) -> tuple[float, float]:
    """Return how far a deterioration has developed (up to its depth), and its collapse (0 to 1)."""
    ramp_us = min(kind.ramp_us, (one.end_us - one.onset_us) // 2)
    rising = (time_us - one.onset_us) / ramp_us
    fading_us = one.end_us - time_us
    strength = one.depth * min(1.0, rising, fading_us / ramp_us)
    if not kind.collapse_us:
        return strength, 0.0
    into_us = time_us - (one.end_us - ramp_us // 2 - kind.collapse_us)
    left_us = kind.collapse_us - into_us
    return strength, max(0.0, min(1.0, into_us / _COLLAPSES_IN_US, left_us / _COLLAPSES_IN_US))


_SHIFT: Final = {name: by_signal(**kind.shift) for name, kind in KINDS.items()}
_COLLAPSE: Final = {name: by_signal(**kind.collapse) for name, kind in KINDS.items()}
