"""A simulated ward: beds, patients, what their devices send and what their nurses write down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import MINUTE_US, SECOND_US, to_datetime
from fyr.record import Encounter, Observation, PatientId, Quality, SampleBatch
from fyr.watch.simulation.cohort import Cohort, draw_cohort
from fyr.watch.simulation.deterioration import Courses, Deterioration
from fyr.watch.simulation.events import arrange, befall
from fyr.watch.simulation.nurse import SOURCE, Nurses
from fyr.watch.simulation.physiology import Physiology
from fyr.watch.simulation.signals import CONTINUOUS, SIMULATED_SIGNALS, SPO2

__all__ = ["SimulatedWard"]

_SENT: Final = SIMULATED_SIGNALS[:5]
"""What devices send; the temperature is taken by hand."""
_PROBES_OFF_MIN: Final = ((-14, 45), (-6, 20), (4, 15))
"""Minutes from the live moment at which a saturation probe is certainly off, and for how long."""
_NAMES: Final = (
    "Alder", "Aspen", "Auk", "Birch", "Curlew", "Dipper", "Eider", "Elm", "Finch", "Gannet", "Hazel", "Heron",
    "Holly", "Juniper", "Kestrel", "Lapwing", "Larch", "Linden", "Maple", "Osprey", "Plover", "Puffin", "Rowan",
    "Siskin", "Skylark", "Snipe", "Sorrel", "Swift", "Tansy", "Tern", "Thrush", "Willow",
)  # fmt: skip
_REASONS: Final = (
    "day 1 after lobectomy of the lung",
    "day 2 after breast reconstruction",
    "day 1 after colectomy",
    "day 3 after lobectomy of the lung",
    "neutropenic fever",
    "pneumonia",
    "day 1 after hip replacement",
    "pleural drain",
)


class SimulatedWard:
    """A ward of simulated patients, stepped forward in time; the same seed gives the same ward.

    Parameters
    ----------
    beds : int
    seed : int
    start_us : int
        When the patients come.
    live_us : int, optional
        If given, a few deteriorations are arranged around this moment, so that somebody needs someone when a
        demonstration begins, and more come after it.
    until_us : int, optional
        If given, deteriorations come at random until then, about one in every six patient-days.
    period_us : int
        Time between samples of the continuous signals.
    loss_scale : float
        1 for sensors as poor and patients as restless as published; less for a calmer demonstration. Lost time,
        noise, walks and apnoeas go with it, artefacts with its square.
    ward : str
    """

    def __init__(
        self,
        beds: int = 24,
        *,
        seed: int,
        start_us: int,
        live_us: int | None = None,
        until_us: int | None = None,
        period_us: int = 5 * SECOND_US,
        loss_scale: float = 1.0,
        ward: str = "demonstration",
    ) -> None:
        rng = np.random.default_rng(seed)
        self.start_us, self.period_us, self.ward = start_us, period_us, ward
        self._cohort = draw_cohort(rng, beds, loss_scale=loss_scale)
        self._ids = [PatientId("demo", str(number)) for number in range(1, beds + 1)]
        self._attributes = _draw_attributes(rng, self._cohort, to_datetime(start_us).year)
        self._courses = Courses()
        self._probes_off: list[tuple[int, int, int]] = []
        if live_us is not None:
            self._arrange(rng, live_us)
        if until_us is not None:
            befall(self._courses, rng, beds, start_us, until_us)
        self._nurses = Nurses(self._cohort, self._ids, rng, start_us)
        self._physiology = Physiology(self._cohort, self._courses, period_us, rng, loss_scale=loss_scale)
        self._next_us = start_us

    @property
    def patients(self) -> list[tuple[Encounter, Mapping[str, Any], Mapping[str, Any]]]:
        """Each patient's stay, attributes, and clinical context: ``copd``, ``beta_blocker``, ``known_af``."""
        cohort = self._cohort
        return [
            (
                Encounter(patient, self.ward, f"{row + 1:02d}", self.start_us),
                attributes,
                {
                    "copd": bool(cohort.copd[row]),
                    "beta_blocker": bool(cohort.beta_blocker[row]),
                    "known_af": bool(cohort.known_af[row]),
                },
            )
            for row, (patient, attributes) in enumerate(zip(self._ids, self._attributes, strict=True))
        ]

    @property
    def truth(self) -> list[tuple[PatientId, Deterioration]]:
        """What really happened to whom."""
        return [(self._ids[row], one) for row, one in self._courses.of_all()]

    def deteriorate(self, bed: int, deterioration: Deterioration) -> None:
        """Make the patient of a bed (1, 2, 3 …) worse."""
        self._courses.add(bed - 1, deterioration)

    def advance(self, until_us: int) -> tuple[SampleBatch, list[Observation]]:
        """Let time pass up to and including `until_us`; return what devices sent and nurses wrote since the last call.

        A lost sensor sends samples of unknown quality, as monitors do; a cuff sends nothing between its readings.
        """
        times = np.arange(self._next_us, until_us + 1, self.period_us, dtype=np.int64)
        values = np.empty((len(times), len(self._ids), len(_SENT)))
        observations: list[Observation] = []
        for index, time_us in enumerate(times.tolist()):
            shown = self._physiology.step(time_us)
            self._take_probes_off(shown, time_us)
            self._inflate_cuffs(shown, time_us)
            observations += self._nurses.round(self._physiology, time_us)
            values[index] = shown[:, : len(_SENT)]
            self._next_us = time_us + self.period_us
        return self._batch(times, values), observations

    def _take_probes_off(self, shown: NDArray[np.float64], time_us: int) -> None:
        for row, off_us, on_us in self._probes_off:
            if off_us <= time_us < on_us:
                shown[row, SPO2] = np.nan

    def _inflate_cuffs(self, shown: NDArray[np.float64], time_us: int) -> None:
        """Leave a pressure only where a cuff has just measured one."""
        since_us = (time_us - self.start_us - self._cohort.cuff_phase_us) % self._cohort.cuff_every_us
        shown[since_us >= self.period_us, 3:5] = np.nan

    def _batch(self, times: NDArray[np.int64], values: NDArray[np.float64]) -> SampleBatch:
        is_cuff = np.arange(len(_SENT)) >= len(CONTINUOUS)
        keep = ~(np.isnan(values) & is_cuff)
        step, patient, signal = np.nonzero(keep)
        value = values[keep]
        return SampleBatch(
            patients=tuple(self._ids),
            patient_index=patient.astype(np.int32),
            signals=_SENT,
            signal_index=signal.astype(np.int16),
            time_us=times[step],
            value=value,
            quality=np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
            period_us=np.where(is_cuff, MINUTE_US, self.period_us).astype(np.int64),
            source=SOURCE,
        )

    def _arrange(self, rng: np.random.Generator, live_us: int) -> None:
        rows = arrange(self._courses, rng, len(self._ids), live_us)
        for row, (off_min, lasts_min) in zip(rows, _PROBES_OFF_MIN, strict=False):
            off_us = live_us + off_min * MINUTE_US
            self._probes_off.append((row, off_us, off_us + lasts_min * MINUTE_US))


def _draw_attributes(rng: np.random.Generator, cohort: Cohort, year: int) -> list[dict[str, Any]]:
    names = rng.permutation(len(_NAMES))
    reasons = rng.integers(0, len(_REASONS), len(cohort))
    return [
        {
            "pseudonym": _NAMES[names[row % len(_NAMES)]]
            + (f" {row // len(_NAMES) + 1}" if row >= len(_NAMES) else ""),
            "birth_year": year - age,
            "age": age,
            "sex": "female" if female else "male",
            "reason": _REASONS[reasons[row]],
            "simulated": True,
        }
        for row, (age, female) in enumerate(zip(cohort.age.tolist(), cohort.female.tolist(), strict=True))
    ]
