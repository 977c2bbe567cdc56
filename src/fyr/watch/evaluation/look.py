"""One patient looked at closely: the samples, and the ordinary replay's events with the reason of each suppression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fyr.attention import Policy
from fyr.record import Observation, PatientId, SampleBatch
from fyr.watch.evaluation.course import Course
from fyr.watch.evaluation.sources import PatientSource
from fyr.watch.evaluation.ward_replay import replay_ward

__all__ = ["CloseLook"]

_KEPT = 64
"""Patients whose replay is kept, for one is often drawn several times."""


class CloseLook:
    """Replays single patients of several sources.

    Parameters
    ----------
    sources : sequence of (PatientSource, sequence of Observation)
    assumed_response_us : int or None
    """

    def __init__(
        self, sources: Sequence[tuple[PatientSource, Sequence[Observation]]], assumed_response_us: int | None
    ) -> None:
        self._source_of = {patient: source for source, _ in sources for patient in source.patients}
        self._observations: dict[PatientId, list[Observation]] = {patient: [] for patient in self._source_of}
        for _, observations in sources:
            for one in observations:
                self._observations.setdefault(one.patient, []).append(one)
        self._assumed_response_us = assumed_response_us
        self._policies: dict[str, Policy] = {}
        self._looked = lru_cache(_KEPT)(self._look)

    def __call__(self, policy: Policy, patient: PatientId) -> tuple[SampleBatch, Course]:
        """Return a patient's samples in order of time, and all that the policy said."""
        self._policies[policy.digest] = policy
        return self._looked(policy.digest, patient)

    def _look(self, digest: str, patient: PatientId) -> tuple[SampleBatch, Course]:
        samples = self._source_of[patient].batch_of(patient)
        (course,) = replay_ward(
            samples,
            self._policies[digest],
            observations=self._observations[patient],
            assumed_response_us=self._assumed_response_us,
        )
        return samples, course
