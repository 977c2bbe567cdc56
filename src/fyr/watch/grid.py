"""What is computed once a minute for everyone: scores from models, and signals derived from others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.attention import BaselinePolicy, Policy
from fyr.clock import MINUTE_US
from fyr.record import Finding, Observation, PatientId
from fyr.watch.derived import Baselines, derive, remembered_minutes
from fyr.watch.kernel import NEVER
from fyr.watch.minutes import RecentMinutes, held_minutes
from fyr.watch.scoring import Newest, Score
from fyr.watch.view import ScoreView

__all__ = ["MinuteGrid"]


class MinuteGrid:
    """The scores and derived signals of a policy, on whole minutes UTC.

    Parameters
    ----------
    policy : Policy

    Notes
    -----
    A minute is computed when time has passed its end: everything of that instant has then come in.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.findings: list[Finding] = []
        self.new_findings: list[Finding] = []
        """Those of the minute that was computed last."""
        self.next_us = NEVER
        self._scores = [Score(score) for score in policy.scores.values()]
        self._signal = {name: index for index, name in enumerate(policy.signals)}
        self._baselines = {
            name: Baselines(part) for name, part in policy.derived.items() if isinstance(part, BaselinePolicy)
        }
        self._depth = remembered_minutes(policy.derived)
        held = [held_minutes(signal) for signal in policy.signals.values()]
        self._recent = RecentMinutes(len(self._signal), self._depth, held)
        ages = [entry.max_age_us or 0 for score in policy.scores.values() for entry in score.inputs.values()]
        remembered = self._depth + max(held, default=0) if self._depth else 0
        self._forgets_after_us = max([remembered * MINUTE_US, *ages])

    @property
    def is_needed(self) -> bool:
        """Whether the policy computes anything at all."""
        return bool(self._scores or self.policy.derived)

    @property
    def remembers(self) -> bool:
        """Whether any derived signal looks back."""
        return self._depth > 0

    @property
    def computed_signals(self) -> frozenset[str]:
        """The signals that come from here and not from a device."""
        outputs = (output for score in self._scores for output in score.policy.outputs)
        return frozenset((*outputs, *self.policy.derived))

    def views(self, patient: PatientId) -> dict[str, ScoreView]:
        """Return the newest answer of each score about a patient."""
        return {score.policy.name: score.views[patient] for score in self._scores if patient in score.views}

    def begin(self, time_us: int) -> None:
        """Note that somebody is watched from a time on: no minute that ended before the first such time is computed."""
        if self.next_us == NEVER:
            self.next_us = -(-time_us // MINUTE_US) * MINUTE_US

    def make_room(self, patients: int) -> None:
        """See to it that there is space for so many patients."""
        self._recent.make_room(patients)

    def use(self, patient: PatientId, policy: Policy) -> None:
        """Let the scores of a patient go by the inputs that the patient's own policy says."""
        for score in self._scores:
            score.use(patient, policy.scores[score.policy.name])

    def take_findings(self) -> list[Finding]:
        """Return the findings made since this was last asked."""
        findings, self.findings = self.findings, []
        return findings

    def forget(self, row: int, patient: PatientId) -> None:
        """Forget a discharged patient."""
        for score in self._scores:
            score.forget(patient)
        for baselines in self._baselines.values():
            baselines.forget(row)

    def add(self, patient: NDArray[np.int32], signal: NDArray[np.int16], value: NDArray[np.float64]) -> None:
        """Take usable samples of the running minute; arrays of shape (rows,)."""
        self._recent.add(patient, signal, value)

    def minutes_until(self, time_us: int, newest_us: int) -> Iterator[int]:
        """Walk the minutes that have ended before a time, and that are not lost in a silence too long to matter.

        Parameters
        ----------
        time_us : int
        newest_us : int
            When anything was last known about anybody; `NEVER` if nothing was.
        """
        self.begin(time_us)
        while self.next_us < time_us:
            is_silent = newest_us != NEVER and self.next_us - newest_us > self._forgets_after_us + MINUTE_US
            if is_silent and time_us - self.next_us > self._forgets_after_us + MINUTE_US:
                self.next_us = time_us // MINUTE_US * MINUTE_US - self._forgets_after_us
            yield self.next_us
            self.next_us += MINUTE_US

    def compute(
        self,
        at_us: int,
        patients: Sequence[PatientId],
        rows: list[int],
        newest: Newest,
        observed: Mapping[PatientId, Mapping[str, Observation]],
    ) -> dict[str, tuple[int, NDArray[np.float64]]]:
        """Compute everything that is due at the end of a minute.

        Returns
        -------
        dict of str to (int, ndarray of float64, shape (patients,))
            By signal: its period in microseconds, and a value for each patient, NaN where there is none.
        """
        due: dict[str, tuple[int, NDArray[np.float64]]] = {}
        self.new_findings = []
        if self._depth:
            self._recent.close_minute()
        for score in self._scores:
            if at_us % score.policy.every_us == 0:
                values, findings = score.compute(at_us, patients, newest, observed)
                self.findings.extend(findings)
                self.new_findings.extend(findings)
                due.update({name: (score.policy.every_us, column) for name, column in values.items()})
        for name, policy in self.policy.derived.items():
            computed = {known: column for known, (_, column) in due.items()}
            column = derive(
                policy,
                at_us // MINUTE_US,
                rows,
                lambda signal: self._recent.of(rows, self._signal[signal]),
                computed,
                self._baselines,
            )
            due[name] = (MINUTE_US, column)
        return due
