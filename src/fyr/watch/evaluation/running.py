"""Runs policies over patients, on as many threads as there are processors; the order never depends on them.

The kernels hold no lock of Python's, so threads share the work without copying a sample from one process to another.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fyr.attention import Policy
from fyr.record import Observation, PatientId
from fyr.watch.columnar.patient_replay import Outcome, PatientReplay
from fyr.watch.evaluation.recorded import Recorded, plausible_ranges, recorded
from fyr.watch.evaluation.sources import PatientSource
from fyr.watch.evaluation.ward_courses import WardCourses, outcome_of
from fyr.watch.evaluation.ward_replay import replay_ward

__all__ = ["Ran", "run_policies"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came out of running policies over one source.

    Parameters
    ----------
    courses : tuple of WardCourses
        By policy; of the patients who have samples, in the source's order.
    recordings : tuple of Recorded
        Of all patients, in the source's order.
    """

    courses: tuple[WardCourses, ...]
    recordings: tuple[Recorded, ...]


def run_policies(
    source: PatientSource,
    policies: Sequence[Policy],
    *,
    observations: Sequence[Observation] = (),
    judged: Sequence[Policy] | None = None,
    assumed_response_us: int | None = None,
    workers: int | None = None,
    done: Callable[[int], object] = lambda _: None,
) -> Ran:
    """Run every policy over every patient.

    Parameters
    ----------
    source : PatientSource
    policies : sequence of Policy
    observations : sequence of Observation
    judged : sequence of Policy, optional
        Those whose plausible ranges say what of a recording is usable; all of them by default.
    assumed_response_us : int, optional
        As of :func:`fyr.watch.replay.replay_patient`.
    workers : int, optional
        Threads; by default as many as there are processors.
    done : callable
        Told the number of patients, times policies, that have just been finished.
    """
    of_patient: dict[PatientId, list[Observation]] = {}
    for one in observations:
        of_patient.setdefault(one.patient, []).append(one)
    ranges = plausible_ranges(policies if judged is None else judged)
    replays = _Replays(policies, assumed_response_us)

    def run(number: int) -> _Group:
        patients: list[PatientId] = []
        recordings: list[Recorded] = []
        outcomes: list[list[Outcome]] = [[] for _ in policies]
        for samples in source.read(number, reuse=True):
            recordings.append(recorded(samples, ranges))
            if not len(samples):
                continue
            patients.append(samples.patient)
            seen = of_patient.get(samples.patient, ())
            for replay, found in zip(replays.mine(), outcomes, strict=True):
                if replay.changes_midway(samples, seen):
                    (course,) = replay_ward(
                        samples.as_batch(), replay.policy, observations=seen, assumed_response_us=assumed_response_us
                    )
                    found.append(outcome_of(course))
                else:
                    found.append(replay(samples, seen))
        return _Group(patients, recordings, outcomes)

    groups: list[_Group] = []
    for group in _in_order(run, source.groups, workers or os.cpu_count() or 1):
        groups.append(group)
        done(len(group.recordings) * len(policies))
    patients = [patient for group in groups for patient in group.patients]
    courses = []
    for number, policy in enumerate(policies):
        outcomes = [outcome for group in groups for outcome in group.outcomes[number]]
        signals = tuple(dict.fromkeys(rule.signal for rule in policy.rules))
        courses.append(WardCourses.from_outcomes(patients, outcomes, signals))
    return Ran(tuple(courses), tuple(one for group in groups for one in group.recordings))


@dataclass(frozen=True, slots=True)
class _Group:
    """What came out of one group; `outcomes` by policy, of `patients`."""

    patients: list[PatientId]
    recordings: list[Recorded]
    outcomes: list[list[Outcome]]


class _Replays(threading.local):
    """Each thread's own replays, by policy."""

    def __init__(self, policies: Sequence[Policy], assumed_response_us: int | None) -> None:
        self._replays = [PatientReplay(policy, assumed_response_us) for policy in policies]

    def mine(self) -> list[PatientReplay]:
        return self._replays


def _in_order(run: Callable[[int], _Group], count: int, workers: int) -> Iterator[_Group]:
    if workers < 2 or count < 2:
        yield from map(run, range(count))
        return
    with ThreadPoolExecutor(min(workers, count)) as pool:
        yield from pool.map(run, range(count))
