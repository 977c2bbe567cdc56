"""A risk score that only ranks: asked every hour about every patient, heard by nobody who raises or silences an alarm.

It is told the same complete, ordered samples and observations as the ward engine, and gives nothing back to it. Among
patients who are as urgent as each other it says who comes first; whatever goes wrong with it, no alarm changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np

from fyr.clock import HOUR_US, MINUTE_US
from fyr.models import Model, Prediction
from fyr.record import Finding, ModelReference, Observation, PatientId, Quality, Refusal, SampleBatch

__all__ = ["RankedRisk", "Ranker", "RiskRanking"]

_LOG: Final = logging.getLogger("fyr.watch")
_EVERY_US: Final = HOUR_US
_UNUSABLE: Final = (int(Quality.UNKNOWN), int(Quality.NOT_DONE))


class Ranker(Protocol):
    """A model that knows the hours of many patients; :class:`fyr.watch.risk.live.LiveRisk` is one."""

    @property
    def model(self) -> Model:
        """The model itself, whose findings go into the record."""
        ...

    def admit(self, patient: PatientId, admitted_us: int, *, age: float | None = None) -> None:
        """Begin a stay."""
        ...

    def discharge(self, patient: PatientId) -> None:
        """Forget a patient."""
        ...

    def measured(self, patient: PatientId, code: str, time_us: int, value: float | None) -> bool:
        """Take a value of a signal; return whether the model can use it."""
        ...

    def observed(self, observation: Observation) -> bool:
        """Take an observation; return whether the model can use it."""
        ...

    def answers(self, at_us: int) -> Mapping[PatientId, Prediction | Refusal]:
        """Ask about everybody whose stay has begun."""
        ...


@dataclass(frozen=True, slots=True)
class RankedRisk:
    """What the model last said of a patient.

    Parameters
    ----------
    time_us : int
        When it was asked.
    model : ModelReference
    answer : Prediction or Refusal
    output : str
        Which of the model's outputs ranks.
    """

    time_us: int
    model: ModelReference
    answer: Prediction | Refusal
    output: str

    @property
    def value(self) -> float | None:
        """The risk, 0 to 1; ``None`` where the model refused."""
        return self.answer.estimates[self.output].value if isinstance(self.answer, Prediction) else None


class RiskRanking:
    """The risks of the patients of a ward, for ordering what is equally urgent.

    Parameters
    ----------
    ranker : Ranker
        Its model's first output ranks; a risk from 0 to 1.

    Notes
    -----
    It is asked at every whole hour UTC, from what is complete then. A patient of whom there is no risk comes after the
    equally urgent ones of whom there is: nothing is made up.
    """

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker
        self._output = ranker.model.card.outputs[0].name
        self._risks: dict[PatientId, RankedRisk] = {}
        self._patients: set[PatientId] = set()
        self._next_us: int | None = None
        self._findings: list[Finding] = []

    def of(self, patient: PatientId) -> RankedRisk | None:
        """Return what the model last said of a patient; ``None`` if it was not asked yet."""
        return self._risks.get(patient)

    def admit(self, patient: PatientId, time_us: int, age: float | None) -> None:
        """Begin a stay; age in years, where it is known."""
        self._patients.add(patient)
        self._tell(partial(self._ranker.admit, patient, time_us, age=age))
        if self._next_us is None:
            self._next_us = -(-time_us // _EVERY_US) * _EVERY_US

    def recall(self, observations: Sequence[Observation]) -> None:
        """Take what the record says of a patient; what was before the stay the model makes of it what it will."""
        for observation in observations:
            self._observe(observation)

    def discharge(self, patient: PatientId) -> None:
        """Forget a patient."""
        self._patients.discard(patient)
        self._risks.pop(patient, None)
        self._tell(partial(self._ranker.discharge, patient))

    def take(self, samples: SampleBatch, observations: Sequence[Observation], until_us: int) -> None:
        """Take what is complete up to a time, in the order of event time, and ask at every hour that has ended."""
        waiting = sorted(observations, key=lambda one: one.time_us)
        begin = 0
        while self._next_us is not None and self._next_us <= until_us:
            end = max(begin, int(np.searchsorted(samples.time_us, self._next_us, side="right")))
            self._hear(samples, begin, end)
            begin = end
            while waiting and waiting[0].time_us <= self._next_us:
                self._observe(waiting.pop(0))
            self._ask(self._next_us)
            self._next_us += _EVERY_US
        self._hear(samples, begin, len(samples))
        for observation in waiting:
            self._observe(observation)

    def take_findings(self) -> list[Finding]:
        """Return the findings made since this was last asked: an answer that is another than the one before."""
        findings, self._findings = self._findings, []
        return findings

    def _hear(self, samples: SampleBatch, begin: int, end: int) -> None:
        """Tell the model the newest usable value of each minute: more than that it does not keep."""
        rows = np.arange(begin, end)
        rows = rows[~np.isin(samples.quality[rows], _UNUSABLE) & ~np.isnan(samples.value[rows])]
        key = (samples.patient_index[rows], samples.signal_index[rows], samples.time_us[rows] // MINUTE_US)
        order = np.lexsort((samples.time_us[rows], *reversed(key)))
        changes = np.any([np.diff(column[order]) != 0 for column in key], axis=0)
        newest = np.append(changes, True)[: len(order)]
        for row in rows[order[newest]].tolist():
            patient = samples.patients[int(samples.patient_index[row])]
            if patient in self._patients:
                signal = samples.signals[int(samples.signal_index[row])]
                time_us, value = int(samples.time_us[row]), float(samples.value[row])
                self._tell(partial(self._ranker.measured, patient, signal, time_us, value))

    def _observe(self, observation: Observation) -> None:
        if observation.patient in self._patients:
            self._tell(partial(self._ranker.observed, observation))

    def _ask(self, at_us: int) -> None:
        for patient, answer in self._answers(at_us).items():
            before = self._risks.get(patient)
            self._risks[patient] = RankedRisk(at_us, self._ranker.model.reference, answer, self._output)
            if before is None or _said(before.answer) != _said(answer):
                self._findings.extend(self._ranker.model.findings(patient, at_us, answer, {}))

    @staticmethod
    def _tell(tell: Callable[[], object]) -> None:
        try:
            tell()
        except Exception:  # noqa: BLE001  as below
            _LOG.exception("the risk model did not take what it was told")

    def _answers(self, at_us: int) -> Mapping[PatientId, Prediction | Refusal]:
        try:
            return self._ranker.answers(at_us)
        except Exception:  # noqa: BLE001  a fault in a score that ranks must not reach the alarms; the log has it
            _LOG.exception("the risk model failed; nobody is ranked by it for an hour")
            refusal = Refusal("the risk model failed; the server's log has the details")
            return dict.fromkeys(sorted(self._patients, key=str), refusal)


def _said(answer: Prediction | Refusal) -> object:
    return answer if isinstance(answer, Refusal) else dict(answer.estimates)
