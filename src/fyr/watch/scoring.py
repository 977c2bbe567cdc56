"""Scores on the ward: a model is asked again and again with the newest values, and its answer read like a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.attention import ScoreInput, ScorePolicy
from fyr.models import Model, Prediction, model
from fyr.record import Finding, Observation, PatientId, Refusal, Status
from fyr.watch.view import ScoreInputUsed, ScoreView

__all__ = ["Newest", "Score"]

Newest = Callable[[str], tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Gives, for a signal, the time and value of each patient's newest usable sample; shape (patients,)."""


class Score:
    """One score of a policy, for all patients of a ward.

    Parameters
    ----------
    policy : ScorePolicy

    Raises
    ------
    BadInput
        If the model is not there.
    """

    def __init__(self, policy: ScorePolicy) -> None:
        self.policy = policy
        self.model: Model = model(policy.model)
        self.views: dict[PatientId, ScoreView] = {}
        self._own: dict[PatientId, Mapping[str, ScoreInput]] = {}

    def use(self, patient: PatientId, policy: ScorePolicy) -> None:
        """Ask about a patient with the inputs of another policy: of the same model, under the same names."""
        if policy.inputs == self.policy.inputs:
            self._own.pop(patient, None)
        else:
            self._own[patient] = policy.inputs

    def forget(self, patient: PatientId) -> None:
        """Let go of a patient who has left."""
        self._own.pop(patient, None)
        self.views.pop(patient, None)

    def compute(
        self,
        at_us: int,
        patients: Sequence[PatientId],
        newest: Newest,
        observed: Mapping[PatientId, Mapping[str, Observation]],
    ) -> tuple[dict[str, NDArray[np.float64]], list[Finding]]:
        """Ask the model about every patient.

        Returns
        -------
        values : dict of str to ndarray of float64, shape (patients,)
            By the signals that the policy names; NaN where the model refused.
        findings : list of Finding
            Of the patients whose answer is another than the last.
        """
        used = {name: self._used(name, at_us, patients, newest, observed) for name in self.policy.inputs}
        columns = {name: [entry.value for entry in column] for name, column in used.items()}
        answers = self.model.predict_columns(columns, rows=len(patients))
        values = {signal: np.full(len(patients), np.nan) for signal in self.policy.outputs}
        findings: list[Finding] = []
        for row, patient in enumerate(patients):
            answer = answers.prediction(row, at_us)
            if isinstance(answer, Prediction):
                for signal, output in self.policy.outputs.items():
                    values[signal][row] = _number(answer, output)
            before = self.views.get(patient)
            self.views[patient] = ScoreView(at_us, answer, {name: column[row] for name, column in used.items()})
            if before is None or _said(before.answer) != _said(answer):
                evidence = {name: column[row] for name, column in columns.items()}
                findings.extend(self.model.findings(patient, at_us, answer, evidence))
        return values, findings

    def _used(
        self,
        name: str,
        at_us: int,
        patients: Sequence[PatientId],
        newest: Newest,
        observed: Mapping[PatientId, Mapping[str, Observation]],
    ) -> list[ScoreInputUsed]:
        """Return what everybody's model is given for an input; a patient's own policy may say where else it is from."""
        ward = self.policy.inputs[name]
        measured = {ward.source: newest(ward.source)}
        column: list[ScoreInputUsed] = []
        for row, patient in enumerate(patients):
            entry = self._own[patient][name] if patient in self._own else ward
            if entry.source not in measured:
                measured[entry.source] = newest(entry.source)
            times, values = measured[entry.source]
            column.append(_newest(entry, at_us, int(times[row]), float(values[row]), observed[patient]))
        return column


def _newest(
    entry: ScoreInput, at_us: int, time_us: int, value: float, observed: Mapping[str, Observation]
) -> ScoreInputUsed:
    """Return what was measured, observed or agreed on: the newest that is young enough."""
    never = int(np.iinfo(np.int64).min)
    oldest_us = at_us - entry.max_age_us if entry.max_age_us is not None else never + 1
    observation = observed.get(entry.source)
    observed_us = observation.time_us if observation is not None else never
    if time_us >= max(oldest_us, observed_us):
        return ScoreInputUsed(value, Status.PRESENT, time_us)
    if observation is not None and observation.value is not None and oldest_us <= observed_us <= at_us:
        return ScoreInputUsed(observation.value, observation.status, observed_us)
    if entry.unless_recorded is not None:
        return ScoreInputUsed(entry.unless_recorded, Status.IMPUTED, None)
    return ScoreInputUsed(None, Status.UNKNOWN, None)


def _number(prediction: Prediction, output: str) -> float:
    if output in prediction.estimates:
        return prediction.estimates[output].value
    return float(prediction.explanation[output])


def _said(answer: Prediction | Refusal) -> object:
    return answer if isinstance(answer, Refusal) else dict(answer.estimates)
