"""A cohort's true vital signs and what its devices show, stepped together for all patients."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fyr.clock import SECOND_US
from fyr.watch.simulation.activity import Activity
from fyr.watch.simulation.artefact import Artefacts
from fyr.watch.simulation.chance import Draws, Wandering
from fyr.watch.simulation.circadian import circadian
from fyr.watch.simulation.cohort import Cohort
from fyr.watch.simulation.deterioration import Courses, Illness
from fyr.watch.simulation.latent import (
    COUPLING,
    HEART_RATE_PER_DEGREE,
    LUNG,
    MEMORY_S,
    RESPIRATORY_RATE_PER_DEGREE,
    steepness,
)
from fyr.watch.simulation.sensors import Sensors
from fyr.watch.simulation.signals import HR, LIMITS, RR, SPO2, TEMP
from fyr.watch.simulation.sleep import Sleep

__all__ = ["OXYGEN_BRINGS", "Physiology"]

OXYGEN_BRINGS: Final = (4.0, 2.0)
"""How many % of saturation oxygen therapy adds, without and with COPD; Fyr's own."""
_DEEPEST: Final = -14.0
"""How far sleep, walking and slow changes of the lungs together can lower the saturation, in %; Fyr's own."""
_OXYGEN_ACTS_IN_S: Final = 240.0
_HIDDEN: Final = len(MEMORY_S)


class Physiology:
    """The moving state of simulated patients.

    Parameters
    ----------
    cohort : Cohort
    courses : Courses
        Their deteriorations; some may be added while it runs.
    period_us : int
        Time between steps.
    rng : numpy.random.Generator
    loss_scale : float
        See :class:`Sensors`.
    """

    def __init__(
        self, cohort: Cohort, courses: Courses, period_us: int, rng: Generator, *, loss_scale: float = 1.0
    ) -> None:
        n, period_s = len(cohort), period_us / SECOND_US
        self._cohort, self._courses = cohort, courses
        self._hidden = Wandering(MEMORY_S, period_s, rng.standard_normal((_HIDDEN, n)))
        self._sensors = Sensors(cohort, period_s, rng.standard_normal((Sensors.NORMALS, n)), loss_scale)
        self._sleep, self._activity = Sleep(cohort, period_s), Activity(cohort, period_s)
        self._artefacts = Artefacts(cohort, period_s)
        uniforms = (Sleep.UNIFORMS, Activity.UNIFORMS, Artefacts.UNIFORMS, Sensors.UNIFORMS)
        self._cuts = np.cumsum(uniforms)[:-1].tolist()
        self._draws = Draws(rng, _HIDDEN + Sensors.NORMALS, sum(uniforms), n)
        self._oxygen_keep = float(np.exp(-period_s / _OXYGEN_ACTS_IN_S))
        self._oxygen = np.zeros(n)
        self._steepness = steepness(cohort.level[:, SPO2])
        self.on_oxygen = np.zeros(n, bool)
        """Who gets oxygen that the patient did not come with; the nurses decide."""
        self.true = np.clip(cohort.level, LIMITS[:, 0], LIMITS[:, 1])
        """The patients' own values, as a careful hand would measure them; shape (patients, signals)."""
        self.illness = courses.now(0, n)

    def step(self, time_us: int) -> NDArray[np.float64]:
        """Move one period on and return what the devices show; shape (patients, signals), NaN where a sensor is lost.

        The columns are :data:`SIMULATED_SIGNALS`.
        """
        cohort = self._cohort
        normal, uniform = self._draws.next()
        for_sleep, for_activity, for_artefacts, for_sensors = np.split(uniform, self._cuts)
        ill = self.illness = self._courses.now(time_us, len(cohort))
        asleep = self._sleep.step(time_us, for_sleep)
        active = self._activity.step(~self._sleep.asleep & ~ill.grave, for_activity)
        self._oxygen = self.on_oxygen + (self._oxygen - self.on_oxygen) * self._oxygen_keep
        self.true = self._joined(time_us, normal[:_HIDDEN], asleep + active, ill)
        irregular = cohort.known_af | ill.irregular
        shown = self._sensors.measure(self.true, normal[_HIDDEN:], irregular)
        self._artefacts.step(shown, self._activity.up, for_artefacts)
        self._sensors.lose(shown, for_sensors)
        return shown

    @property
    def awake_saturation(self) -> NDArray[np.float64]:
        """What a nurse measures who waits for the patient to breathe again; shape (patients,)."""
        saturation: NDArray[np.float64] = np.minimum(
            self.true[:, SPO2] + self._steepness * self._sleep.dip, LIMITS[SPO2, 1]
        )
        return saturation

    def _joined(
        self, time_us: int, normal: NDArray[np.float32], doing: NDArray[np.float64], ill: Illness
    ) -> NDArray[np.float64]:
        cohort = self._cohort
        hidden = self._hidden.step(normal).T.copy()
        hidden[:, LUNG] *= cohort.lung_size
        change = hidden @ COUPLING + doing
        change[:, SPO2] = np.maximum(change[:, SPO2] * self._steepness, _DEEPEST)
        change += ill.shift
        warmer = change[:, TEMP]
        change[:, HR] += HEART_RATE_PER_DEGREE * warmer
        change[:, RR] += RESPIRATORY_RATE_PER_DEGREE * warmer
        change[:, HR] *= np.where(change[:, HR] > 0, cohort.blunting, 1.0)
        change[:, SPO2] += np.where(cohort.copd, OXYGEN_BRINGS[1], OXYGEN_BRINGS[0]) * self._oxygen
        joined: NDArray[np.float64] = np.clip(cohort.level + change + circadian(time_us), LIMITS[:, 0], LIMITS[:, 1])
        return joined
