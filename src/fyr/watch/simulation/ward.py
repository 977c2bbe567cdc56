"""A simulated ward: beds, patients, what their devices send and what their nurses write down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, to_datetime
from fyr.record import Encounter, Observation, PatientId, Quality, SampleBatch, Status
from fyr.watch.simulation.deterioration import KINDS, Deterioration
from fyr.watch.simulation.physiology import CONTINUOUS, SIMULATED_SIGNALS, Physiology, draw_patient

__all__ = ["SimulatedWard"]

_SOURCE: Final = "simulation"
_ROUND_US: Final = 4 * HOUR_US
_BETWEEN_DETERIORATIONS_US: Final = 6 * DAY_US
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
        1 for sensors that are lost as often as published; less for a calmer demonstration.
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
        self._patients = [draw_patient(rng, loss_scale=loss_scale) for _ in range(beds)]
        self._ids = [PatientId("demo", str(number)) for number in range(1, beds + 1)]
        self._attributes = _draw_attributes(rng, beds, to_datetime(start_us).year)
        if live_us is not None:
            self._arrange(rng, live_us)
        if until_us is not None:
            self._befall(rng, until_us)
        self._physiology = Physiology(self._patients, period_us, rng)
        self._next_us = start_us
        self._next_round_us = [start_us + int(rng.integers(0, 10)) * MINUTE_US for _ in range(beds)]

    @property
    def patients(self) -> list[tuple[Encounter, Mapping[str, Any], Mapping[str, Any]]]:
        """Each patient's stay, attributes and clinical context (``copd``)."""
        return [
            (
                Encounter(patient, self.ward, f"{number:02d}", self.start_us),
                attributes,
                {"copd": simulated.copd},
            )
            for number, (patient, attributes, simulated) in enumerate(
                zip(self._ids, self._attributes, self._patients, strict=True), start=1
            )
        ]

    @property
    def truth(self) -> list[tuple[PatientId, Deterioration]]:
        """What really happened to whom."""
        return [
            (patient, one)
            for patient, simulated in zip(self._ids, self._patients, strict=True)
            for one in simulated.deteriorations
        ]

    def deteriorate(self, bed: int, deterioration: Deterioration) -> None:
        """Make the patient of a bed (1, 2, 3 …) worse."""
        self._patients[bed - 1].deteriorations.append(deterioration)

    def advance(self, until_us: int) -> tuple[SampleBatch, list[Observation]]:
        """Return every sample and observation since the last call, up to and including `until_us`."""
        times: list[int] = []
        blocks: list[np.ndarray[Any, np.dtype[np.float64]]] = []
        observations: list[Observation] = []
        while self._next_us <= until_us:
            shown = self._physiology.step(self._next_us)
            self._inflate_cuffs(shown, self._next_us)
            observations.extend(self._nurses_round(shown, self._next_us))
            times.append(self._next_us)
            blocks.append(shown[:, :5])
            self._next_us += self.period_us
        return self._batch(np.array(times, np.int64), blocks), observations

    def _inflate_cuffs(self, shown: np.ndarray[Any, np.dtype[np.float64]], time_us: int) -> None:
        """Leave a pressure only where a cuff has just measured one."""
        for row, patient in enumerate(self._patients):
            since_us = (time_us - self.start_us - patient.cuff_phase_us) % patient.cuff_every_us
            if since_us >= self.period_us:
                shown[row, 3:5] = np.nan

    def _nurses_round(self, shown: np.ndarray[Any, np.dtype[np.float64]], time_us: int) -> list[Observation]:
        """Let a nurse write down, every four hours, what no sensor measures."""
        written: list[Observation] = []
        for row, patient in enumerate(self._patients):
            if time_us < self._next_round_us[row]:
                continue
            self._next_round_us[row] = time_us + _ROUND_US
            values: dict[str, tuple[float | str | bool, str | None]] = {
                "consciousness": (patient.consciousness(time_us), None),
                "supplemental_oxygen": (patient.supplemental_oxygen, None),
                "temperature": (float(shown[row, 5]), "Cel"),
                **({"spo2_scale": (2.0, None)} if patient.copd else {}),
            }
            written += [
                Observation(self._ids[row], code, time_us, value, unit, Status.PRESENT, _SOURCE)
                for code, (value, unit) in values.items()
            ]
        return written

    def _batch(self, times: np.ndarray[Any, Any], blocks: list[np.ndarray[Any, np.dtype[np.float64]]]) -> SampleBatch:
        beds, signals = len(self._ids), SIMULATED_SIGNALS[:5]
        values = np.array(blocks).reshape(len(blocks), beds, len(signals))
        is_cuff = np.arange(len(signals)) >= len(CONTINUOUS)
        keep = ~(np.isnan(values) & is_cuff)
        step, patient, signal = np.nonzero(keep)
        value = values[keep]
        return SampleBatch(
            patients=tuple(self._ids),
            patient_index=patient.astype(np.int32),
            signals=signals,
            signal_index=signal.astype(np.int16),
            time_us=times[step] if len(times) else np.empty(0, np.int64),
            value=value,
            quality=np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
            period_us=np.where(is_cuff, MINUTE_US, self.period_us).astype(np.int64),
            source=_SOURCE,
        )

    def _arrange(self, rng: np.random.Generator, live_us: int) -> None:
        """Place deteriorations around the moment at which a demonstration begins, and go on for twelve hours."""
        beds = rng.permutation(len(self._ids)) + 1
        arranged = (
            ("opioid respiratory depression", -22, 40, 1.0),
            ("pneumonia", -150, 200, 0.9),
            ("atrial fibrillation", -75, 130, 1.0),
            ("pulmonary embolism", 1, 30, 1.1),
            ("bleeding", -20, 180, 1.0),
            ("opioid respiratory depression", 6, 25, 1.1),
        )
        for bed, (kind, onset_min, lasts_min, depth) in zip(beds.tolist(), arranged, strict=False):
            onset_us = live_us + onset_min * MINUTE_US
            self.deteriorate(bed, Deterioration(kind, onset_us, onset_us + lasts_min * MINUTE_US, depth))
        for bed, off_min, lasts_min in zip(beds.tolist()[-3:], (-14, -6, 4), (45, 20, 15), strict=False):
            off_us = live_us + off_min * MINUTE_US
            self._patients[bed - 1].probes_off.append(("spo2", off_us, off_us + lasts_min * MINUTE_US))
        for minute in range(20, 12 * 60, 15):
            onset_us = live_us + (minute + int(rng.integers(0, 10))) * MINUTE_US
            lasts_us = int(rng.integers(25, 90)) * MINUTE_US
            kind = str(rng.choice(list(KINDS)))
            bed = int(rng.integers(1, len(self._ids) + 1))
            self.deteriorate(bed, Deterioration(kind, onset_us, onset_us + lasts_us, float(rng.uniform(0.7, 1.2))))

    def _befall(self, rng: np.random.Generator, until_us: int) -> None:
        """Let deteriorations come at random; a patient has at most one at a time."""
        for patient in self._patients:
            time_us = self.start_us
            while (time_us := time_us + int(rng.exponential(_BETWEEN_DETERIORATIONS_US))) < until_us:
                lasts_us = int(rng.integers(45, 360)) * MINUTE_US
                kind = str(rng.choice(list(KINDS)))
                end_us = min(time_us + lasts_us, until_us)
                patient.deteriorations.append(Deterioration(kind, time_us, end_us, float(rng.uniform(0.7, 1.2))))
                time_us = end_us


def _draw_attributes(rng: np.random.Generator, beds: int, year: int) -> list[dict[str, Any]]:
    names = rng.permutation(len(_NAMES))
    return [
        {
            "pseudonym": _NAMES[names[number % len(_NAMES)]]
            + (f" {number // len(_NAMES) + 1}" if number >= len(_NAMES) else ""),
            "birth_year": year - int(np.clip(rng.normal(67, 12), 22, 96)),
            "sex": str(rng.choice(["female", "male"])),
            "reason": str(rng.choice(_REASONS)),
            "simulated": True,
        }
        for number in range(beds)
    ]
