"""What makes one simulated patient different from the next: levels, illnesses, habits, sensors.

Published, and drawn from:

- Sensors give no heart rate for 6 to 27 % and no respiratory rate for 13 to 34 % of the time, depending on the device
  (Breteler MJM et al. Anesthesiology 2020;132:424-439).
- Of 68 medical inpatients with polysomnography 75 % had more than 5 and 19 % more than 30 apnoeas and hypopnoeas an
  hour (conference abstract; its authors could not be read): a log-normal through both points has its median at 10.9.
- Older inpatients were upright 15.9 (interquartile range 8.4 to 27.4) times a day (Theou O et al. Exp Gerontol
  2019;126:110681).
- A cuff inflates every 15 to 60 minutes (notes on the studies of Haahr-Raunkjaer C et al.; not verified at the source).

How common the chronic illnesses are, what they do to the levels, and all other distributions are Fyr's own. COPD is
chronic obstructive pulmonary disease with a saturation that is low for good: NEWS2 scale 2. No simulated patient is
palliative or has a limit of treatment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fyr.clock import MINUTE_US, SECOND_US
from fyr.watch.simulation.signals import HR, RR, SIMULATED_SIGNALS, SPO2, TEMP

__all__ = ["Cohort", "draw_cohort"]

_COPD_SHARE: Final = 0.1
_BETA_BLOCKER_SHARE: Final = 0.3
_KNOWN_AF_SHARE: Final = 0.1
_COPD_OXYGEN_SHARE: Final = 0.2
_OTHER_OXYGEN_SHARE: Final = 0.06
_HR_LOST: Final = (0.06, 0.27)
_RR_LOST: Final = (0.13, 0.34)
_APNOEAS_PER_H: Final = (10.9, 1.155)
"""Median and standard deviation of the logarithm."""
_BOUTS_PER_DAY: Final = (15.9, float(np.log(27.4 / 8.4) / 1.349))
_ARTEFACTS_PER_H: Final = (9.0, 0.8)
_BLUNTED: Final = 0.6
"""How much of a rise of the heart rate a beta-blocker lets through."""


@dataclass(slots=True)
class Cohort:
    """Simulated patients as columns, one entry each.

    Parameters
    ----------
    level : ndarray of float64, shape (patients, signals)
        The patient's own level of each signal, by day and at rest.
    age : ndarray of int64
        In years.
    female, copd, beta_blocker, known_af, oxygen_at_start, slow_at_night : ndarray of bool
    blunting : ndarray of float64
        Factor on every rise of the heart rate.
    lung_size : ndarray of float64
        Factor on the slow changes of the lungs.
    apnoeas_per_h, dip_depth : ndarray of float64
        While asleep; mean depth of a desaturation in %.
    bouts_per_day : ndarray of float64
        How often the patient gets up.
    to_bed_h, night_h : ndarray of float64
        Hour at which the night begins, and its length.
    artefacts_per_h : ndarray of float64
        At rest.
    oximeter_share : ndarray of float64
        Share of the artefacts that fool the oximeter: most in those with cold hands.
    lost : ndarray of float64, shape (patients, 3)
        Share of time without heart rate, respiratory rate and saturation.
    cuff_every_us, cuff_phase_us : ndarray of int64
    """

    level: NDArray[np.float64]
    age: NDArray[np.int64]
    female: NDArray[np.bool_]
    copd: NDArray[np.bool_]
    beta_blocker: NDArray[np.bool_]
    known_af: NDArray[np.bool_]
    oxygen_at_start: NDArray[np.bool_]
    slow_at_night: NDArray[np.bool_]
    blunting: NDArray[np.float64]
    lung_size: NDArray[np.float64]
    apnoeas_per_h: NDArray[np.float64]
    dip_depth: NDArray[np.float64]
    bouts_per_day: NDArray[np.float64]
    to_bed_h: NDArray[np.float64]
    night_h: NDArray[np.float64]
    artefacts_per_h: NDArray[np.float64]
    oximeter_share: NDArray[np.float64]
    lost: NDArray[np.float64]
    cuff_every_us: NDArray[np.int64]
    cuff_phase_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.age)


def draw_cohort(rng: Generator, n: int, *, loss_scale: float = 1.0) -> Cohort:
    """Draw `n` patients.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
    loss_scale : float
        1 for sensors lost and disturbed, and patients up, as often as published.
    """
    copd = rng.random(n) < _COPD_SHARE
    known_af = rng.random(n) < _KNOWN_AF_SHARE
    beta_blocker = rng.random(n) < np.where(known_af, 0.7, _BETA_BLOCKER_SHARE - 0.05)
    apnoeas = _log_normal(rng, n, _APNOEAS_PER_H)
    lost_rank = rng.random(n)
    return Cohort(
        level=_levels(rng, copd, beta_blocker, known_af),
        age=np.clip(np.round(rng.normal(67, 12, n)), 19, 97).astype(np.int64),
        female=rng.random(n) < 0.5,
        copd=copd,
        beta_blocker=beta_blocker,
        known_af=known_af,
        oxygen_at_start=rng.random(n) < np.where(copd, _COPD_OXYGEN_SHARE, _OTHER_OXYGEN_SHARE),
        slow_at_night=rng.random(n) < 0.15,
        blunting=np.where(beta_blocker, _BLUNTED, 1.0),
        lung_size=_log_normal(rng, n, (1.0, 0.5)),
        apnoeas_per_h=loss_scale * np.minimum(apnoeas, 80.0),
        dip_depth=np.clip(1.7 * (apnoeas / _APNOEAS_PER_H[0]) ** 0.6 * _log_normal(rng, n, (1.0, 0.3)), 0.6, 6.0),
        bouts_per_day=loss_scale * np.minimum(_log_normal(rng, n, _BOUTS_PER_DAY), 60.0),
        to_bed_h=rng.normal(22.3, 0.6, n) % 24,
        night_h=rng.normal(7.8, 0.5, n),
        artefacts_per_h=loss_scale**2 * _log_normal(rng, n, _ARTEFACTS_PER_H),
        oximeter_share=rng.beta(0.12, 1.0, n),
        lost=loss_scale * np.column_stack([_between(_HR_LOST, lost_rank), _between(_RR_LOST, lost_rank),
                                           _between(_HR_LOST, rng.random(n))]),
        cuff_every_us=rng.choice([15, 30, 60], n).astype(np.int64) * MINUTE_US,
        cuff_phase_us=rng.integers(0, 15 * 60, n) * SECOND_US,
    )  # fmt: skip


def _levels(
    rng: Generator, copd: NDArray[np.bool_], beta_blocker: NDArray[np.bool_], known_af: NDArray[np.bool_]
) -> NDArray[np.float64]:
    n = len(copd)
    level = np.empty((n, len(SIMULATED_SIGNALS)))
    level[:, HR] = rng.normal(79, 9, n) - np.where(beta_blocker, 9, 0) + np.where(known_af, 8, 0)
    level[:, RR] = rng.normal(16.3, 1.7, n) + np.where(copd, 2.0, 0)
    level[:, SPO2] = np.where(copd, rng.normal(90.6, 1.1, n), np.minimum(98.5, rng.normal(96.2, 1.2, n)))
    level[:, 3] = rng.normal(128, 12, n)
    level[:, 4] = 0.58 * level[:, 3] + rng.normal(2, 4, n)
    level[:, TEMP] = rng.normal(36.9, 0.2, n)
    return level


def _log_normal(rng: Generator, n: int, of: tuple[float, float]) -> NDArray[np.float64]:
    median, spread = of
    return median * np.exp(spread * rng.standard_normal(n))


def _between(limits: tuple[float, float], rank: NDArray[np.float64]) -> NDArray[np.float64]:
    return limits[0] + (limits[1] - limits[0]) * rank
