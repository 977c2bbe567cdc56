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
        used = {
            name: self._column(entry, at_us, patients, newest, observed) for name, entry in self.policy.inputs.items()
        }
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

    @staticmethod
    def _column(
        entry: ScoreInput,
        at_us: int,
        patients: Sequence[PatientId],
        newest: Newest,
        observed: Mapping[PatientId, Mapping[str, Observation]],
    ) -> list[ScoreInputUsed]:
        times, values = newest(entry.source)
        oldest_us = at_us - entry.max_age_us if entry.max_age_us is not None else np.iinfo(np.int64).min + 1
        column: list[ScoreInputUsed] = []
        for row, patient in enumerate(patients):
            observation = observed[patient].get(entry.source)
            observed_us = observation.time_us if observation is not None else np.iinfo(np.int64).min
            if times[row] >= max(oldest_us, observed_us):
                column.append(ScoreInputUsed(float(values[row]), Status.PRESENT, int(times[row])))
            elif observation is not None and observation.value is not None and oldest_us <= observed_us <= at_us:
                column.append(ScoreInputUsed(observation.value, observation.status, observed_us))
            elif entry.unless_recorded is not None:
                column.append(ScoreInputUsed(entry.unless_recorded, Status.IMPUTED, None))
            else:
                column.append(ScoreInputUsed(None, Status.UNKNOWN, None))
        return column


def _number(prediction: Prediction, output: str) -> float:
    if output in prediction.estimates:
        return prediction.estimates[output].value
    return float(prediction.explanation[output])


def _said(answer: Prediction | Refusal) -> object:
    return answer if isinstance(answer, Refusal) else dict(answer.estimates)
