"""Runs policies over patients, in several processes where there is enough to do; the order never depends on them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from fyr.attention import Policy
from fyr.clock import DAY_US
from fyr.record import Observation, PatientId, SampleBatch
from fyr.watch.evaluation.course import Course
from fyr.watch.evaluation.ward_replay import replay_ward, spans

__all__ = ["Task", "run_policies", "tasks"]

_MOST_AT_ONCE: Final = 100
"""Patients that a process takes at a time, at most; progress is told after each."""

_WORTH_PROCESSES: Final = 200
"""Patient-days times policies from which on starting processes takes less time than it saves."""


class Task:
    """One policy over a few patients.

    Parameters
    ----------
    policy : int
        Its place among the policies compared.
    samples : SampleBatch
    observations : tuple of Observation
    """

    __slots__ = ("observations", "policy", "samples")

    def __init__(self, policy: int, samples: SampleBatch, observations: tuple[Observation, ...]) -> None:
        self.policy = policy
        self.samples = samples
        self.observations = observations


def tasks(
    samples: SampleBatch, observations: Sequence[Observation], policies: int, *, at_once: int = _MOST_AT_ONCE
) -> Iterator[Task]:
    """Divide the work: the patients in their order, every policy over each group of them.

    Parameters
    ----------
    samples : SampleBatch
        Sorted by patient.
    observations : sequence of Observation
    policies : int
        How many.
    at_once : int
        How many patients to a group.
    """
    of_patient: dict[PatientId, list[Observation]] = {}
    for one in observations:
        of_patient.setdefault(one.patient, []).append(one)
    count = len(samples.patients)
    offsets = np.searchsorted(samples.patient_index, np.arange(count + 1))
    for first in range(0, count, at_once):
        stop = min(first + at_once, count)
        rows = slice(int(offsets[first]), int(offsets[stop]))
        patients = samples.patients[first:stop]
        part = replace(
            samples,
            patients=patients,
            patient_index=samples.patient_index[rows] - np.int32(first),
            signal_index=samples.signal_index[rows],
            time_us=samples.time_us[rows],
            value=samples.value[rows],
            quality=samples.quality[rows],
        )
        observed = tuple(one for patient in patients for one in of_patient.get(patient, ()))
        for policy in range(policies):
            yield Task(policy, part, observed)


def run_policies(
    samples: SampleBatch,
    policies: Sequence[Policy],
    *,
    observations: Sequence[Observation] = (),
    assumed_response_us: int | None = None,
    workers: int | None = None,
    done: Callable[[int], object] = lambda _: None,
) -> list[Mapping[PatientId, Course]]:
    """Run every policy over every patient.

    Parameters
    ----------
    samples : SampleBatch
        Sorted by patient and time.
    policies : sequence of Policy
    observations : sequence of Observation
    assumed_response_us : int, optional
    workers : int, optional
        Processes; by default as many as there are processors, or none where there is little to do.
    done : callable
        Told the number of patients, times policies, that have just been finished.

    Returns
    -------
    list of mapping of PatientId to Course
        By policy; patients in the order of `samples`.
    """
    start_us, end_us = spans(samples)
    patient_days = float((end_us - start_us).sum()) / DAY_US
    if workers is None:
        workers = (os.cpu_count() or 1) if patient_days * len(policies) >= _WORTH_PROCESSES else 0
    group = min(_MOST_AT_ONCE, max(1, -(-len(samples.patients) // max(workers, 1))))
    work = list(tasks(samples, observations, len(policies), at_once=group))
    found: list[dict[PatientId, Course]] = [{} for _ in policies]
    for task, courses in zip(work, _courses(work, policies, assumed_response_us, workers), strict=True):
        found[task.policy].update({course.patient: course for course in courses})
        done(len(task.samples.patients))
    return list(found)


def _courses(
    work: Sequence[Task], policies: Sequence[Policy], assumed_response_us: int | None, workers: int
) -> Iterator[list[Course]]:
    if workers < 2 or len(work) < 2:
        for task in work:
            yield _run(task, policies[task.policy], assumed_response_us)
        return
    # Not fork: the table library's threads do not survive it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(work)), mp_context=context) as pool:
        running = [pool.submit(_run, task, policies[task.policy], assumed_response_us) for task in work]
        for one in running:
            yield one.result()


def _run(task: Task, policy: Policy, assumed_response_us: int | None) -> list[Course]:
    return replay_ward(task.samples, policy, observations=task.observations, assumed_response_us=assumed_response_us)
