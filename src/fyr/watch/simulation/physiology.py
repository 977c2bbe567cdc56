"""Vital signs that wander, follow the hour, fall together in a deterioration, drop out and pick up artefacts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fyr.clock import DAY_US, MINUTE_US, SECOND_US
from fyr.watch.simulation.deterioration import KINDS, Deterioration

__all__ = ["CONTINUOUS", "SIMULATED_SIGNALS", "Physiology", "SimulatedPatient", "draw_patient"]

CONTINUOUS: Final = ("heart_rate", "respiratory_rate", "spo2")
SIMULATED_SIGNALS: Final = (*CONTINUOUS, "systolic_bp", "diastolic_bp", "temperature")

_SLOW_S: Final = np.array([1500.0, 1200.0, 1800.0, 3600.0, 3600.0, 14400.0])
_SLOW_SD: Final = np.array([4.0, 1.4, 0.5, 7.0, 5.0, 0.15])
_FAST_S: Final = np.array([45.0, 40.0, 30.0, 60.0, 60.0, 600.0])
_FAST_SD: Final = np.array([2.0, 0.9, 0.35, 3.0, 2.0, 0.02])
_CIRCADIAN: Final = np.array([4.0, 0.6, 0.2, 5.0, 3.0, 0.25])
"""Half the difference between day and night; lowest at 04:00."""
_LIMITS: Final = np.array([[20, 220], [3, 50], [55, 100], [50, 240], [25, 140], [33.5, 41.5]], float)
_DECIMALS: Final = (0, 0, 0, 0, 0, 1)

_LOSS_RANGE: Final = {"heart_rate": (0.06, 0.27), "respiratory_rate": (0.13, 0.34), "spo2": (0.06, 0.27)}
"""Share of time without a value. Wearables lose 6 to 27 % of heart rate and 13 to 34 % of respiratory rate (published
range for ward wearables); for oxygen saturation Fyr uses the range of heart rate, for want of a figure."""
_LOSS_LASTS_S: Final = (60.0, 900.0)
"""Half of the lost time is in short dropouts, half in long ones: their mean lengths."""
_ARTEFACTS_PER_HOUR: Final = 1.5


@dataclass(slots=True)
class SimulatedPatient:
    """What makes one simulated patient different from the next.

    Parameters
    ----------
    level : ndarray of float64, shape (len(SIMULATED_SIGNALS),)
        The patient's own level of each signal.
    copd : bool
        Lives with a low oxygen saturation; NEWS2 scale 2.
    supplemental_oxygen : bool
    loss : ndarray of float64, shape (len(CONTINUOUS),)
        Share of time without a value.
    cuff_every_us, cuff_phase_us : int
        When the cuff inflates.
    deteriorations : list of Deterioration
    probes_off : list of (str, int, int)
        Signal, from when, until when a sensor is certainly off.
    """

    level: NDArray[np.float64]
    copd: bool
    supplemental_oxygen: bool
    loss: NDArray[np.float64]
    cuff_every_us: int
    cuff_phase_us: int
    deteriorations: list[Deterioration] = field(default_factory=list)
    probes_off: list[tuple[str, int, int]] = field(default_factory=list)

    def shift(self, time_us: int) -> NDArray[np.float64]:
        """Return what the deteriorations add to each signal at a time."""
        total = np.zeros(len(SIMULATED_SIGNALS))
        for one in self.deteriorations:
            strength = one.strength(time_us)
            if strength:
                shift = KINDS[one.kind].shift
                total += strength * np.array([shift.get(name, 0.0) for name in SIMULATED_SIGNALS])
        return total

    def consciousness(self, time_us: int) -> str:
        """Return ACVPU at a time."""
        for one in self.deteriorations:
            if one.strength(time_us) > 0.7:
                return KINDS[one.kind].consciousness
        return "A"


def draw_patient(rng: Generator, *, loss_scale: float = 1.0) -> SimulatedPatient:
    """Draw a patient; one in ten has COPD and lives with a low saturation, which makes most of a ward's raw alerts."""
    copd = bool(rng.random() < 0.1)
    systolic = rng.normal(128, 13)
    level = np.array(
        [
            rng.normal(78, 9),
            rng.normal(20.0 if copd else 15.5, 1.6),
            rng.normal(90.5, 1.0) if copd else min(98.5, rng.normal(96.4, 1.0)),
            systolic,
            0.58 * systolic + rng.normal(2, 4),
            rng.normal(36.9, 0.25),
        ]
    )
    return SimulatedPatient(
        level=level,
        copd=copd,
        supplemental_oxygen=bool(copd or rng.random() < 0.12),
        loss=np.array([rng.uniform(*_LOSS_RANGE[name]) for name in CONTINUOUS]) * loss_scale,
        cuff_every_us=int(rng.choice([15, 30, 60])) * MINUTE_US,
        cuff_phase_us=int(rng.integers(0, 15 * 60)) * SECOND_US,
    )


class Physiology:
    """The moving state of several simulated patients, stepped together.

    Parameters
    ----------
    patients : list of SimulatedPatient
    period_us : int
        Time between steps.
    rng : numpy.random.Generator
    """

    def __init__(self, patients: list[SimulatedPatient], period_us: int, rng: Generator) -> None:
        self.patients = patients
        self._rng = rng
        shape = (len(patients), len(SIMULATED_SIGNALS))
        period_s = period_us / SECOND_US
        self._slow_keep, self._fast_keep = np.exp(-period_s / _SLOW_S), np.exp(-period_s / _FAST_S)
        self._slow = rng.normal(size=shape) * _SLOW_SD
        self._fast = rng.normal(size=shape) * _FAST_SD
        self._level = np.array([patient.level for patient in patients])
        self._loss = np.array([patient.loss for patient in patients])
        self._lost = np.zeros((len(_LOSS_LASTS_S), *self._loss.shape), bool)
        self._period_s = period_s

    def step(self, time_us: int) -> NDArray[np.float64]:
        """Move one period on and return what the devices show; shape (patients, signals), NaN where a sensor is lost.

        The columns are :data:`SIMULATED_SIGNALS`.
        """
        noise = self._rng.normal(size=(2, *self._slow.shape))
        self._slow = self._slow * self._slow_keep + noise[0] * _SLOW_SD * np.sqrt(1 - self._slow_keep**2)
        self._fast = self._fast * self._fast_keep + noise[1] * _FAST_SD * np.sqrt(1 - self._fast_keep**2)
        hour = (time_us % DAY_US) / DAY_US * 2 * math.pi
        circadian = -math.cos(hour - 2 * math.pi * 4 / 24) * _CIRCADIAN
        shift = np.array([patient.shift(time_us) for patient in self.patients])
        values = np.clip(self._level + circadian + self._slow + self._fast + shift, _LIMITS[:, 0], _LIMITS[:, 1])
        shown = np.column_stack([np.round(values[:, index], places) for index, places in enumerate(_DECIMALS)])
        self._disturb(shown)
        self._lose(shown, time_us)
        return shown

    def _disturb(self, shown: NDArray[np.float64]) -> None:
        """Movement: for one step, too low a saturation, a doubled breath or heart beat, or a value no patient has."""
        chance = self._rng.random(shown.shape[0])
        which = np.asarray(self._rng.integers(0, 4, size=len(shown)))
        due = chance < _ARTEFACTS_PER_HOUR * self._period_s / 3600
        for row in np.flatnonzero(due).tolist():
            if which[row] == 0:
                shown[row, 2] = max(52.0, shown[row, 2] - 14)
            elif which[row] == 1:
                shown[row, 1] = min(58.0, 2 * shown[row, 1])
            elif which[row] == 2:
                shown[row, 0] = min(240.0, 2 * shown[row, 0])
            else:
                shown[row, 2] = 30.0

    def _lose(self, shown: NDArray[np.float64], time_us: int) -> None:
        chance = np.asarray(self._rng.random(size=self._lost.shape))
        share = self._loss / len(_LOSS_LASTS_S)
        for state, mean_s, draw in zip(self._lost, _LOSS_LASTS_S, chance, strict=True):
            ends = self._period_s / mean_s
            begins = ends * share / (1 - share)
            state[:] = np.where(state, draw >= ends, draw < begins)
        lost = np.asarray(self._lost.any(axis=0))
        for row, patient in enumerate(self.patients):
            for name, off_us, on_us in patient.probes_off:
                lost[row, CONTINUOUS.index(name)] |= off_us <= time_us < on_us
        shown[:, : len(CONTINUOUS)][lost] = np.nan
