"""Many patients' recordings, each replayed under a policy, down to the rows that an evaluation counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.attention import AlarmEvent, AlarmEventKind, NotificationKind, Policy
from fyr.record import SIGNALS, Observation, PatientId, SampleBatch, Series
from fyr.watch.evaluation.course import Alert, Course, Suppression
from fyr.watch.replay import replay_patient

__all__ = ["replay_ward", "spans"]


def replay_ward(
    samples: SampleBatch,
    policy: Policy,
    *,
    observations: Sequence[Observation] = (),
    assumed_response_us: int | None = None,
) -> list[Course]:
    """Run a policy over the recordings of several patients.

    Parameters
    ----------
    samples : SampleBatch
        Sorted by patient, then by time.
    policy : Policy
    observations : sequence of Observation
    assumed_response_us : int, optional
        As of :func:`fyr.watch.replay.replay_patient`.

    Returns
    -------
    list of Course
        One for each patient of the batch who has samples, in the batch's order. Where none of them is of a signal
        that the policy reads, nothing was raised and nothing could be assessed.
    """
    start_us, end_us = spans(samples)
    offsets = np.searchsorted(samples.patient_index, np.arange(len(samples.patients) + 1))
    observed: dict[PatientId, list[Observation]] = defaultdict(list)
    for one in observations:
        observed[one.patient].append(one)
    read = {*policy.signals, *(entry.source for score in policy.scores.values() for entry in score.inputs.values())}
    asked = tuple(dict.fromkeys(rule.signal for rule in policy.rules))
    courses = []
    for place, patient in enumerate(samples.patients):
        span = (int(start_us[place]), int(end_us[place]))
        series = _series(samples, patient, slice(int(offsets[place]), int(offsets[place + 1])))
        if any(one.signal in read for one in series):
            replay = replay_patient(
                patient, series, policy, observations=observed[patient], assumed_response_us=assumed_response_us
            )
            courses.append(_course(patient, replay.events, asked, span))
        elif series:
            length_us = span[1] - span[0]
            courses.append(Course(patient, (), 0, (), dict.fromkeys(asked, length_us), length_us))
    return courses


def _series(samples: SampleBatch, patient: PatientId, rows: slice) -> list[Series]:
    signal_index = samples.signal_index[rows]
    found = []
    for index in np.unique(signal_index).tolist():
        mine = signal_index == index
        found.append(
            Series(
                patient=patient,
                signal=samples.signals[index],
                unit=SIGNALS[samples.signals[index]].unit,
                time_us=samples.time_us[rows][mine],
                value=samples.value[rows][mine],
                quality=samples.quality[rows][mine],
                period_us=int(samples.period_us[index]),
                source=samples.source,
            )
        )
    return found


def spans(samples: SampleBatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each patient's recording begins and ends; shape (patients,), both 0 for a patient without samples.

    It ends one period of the patient's most frequent signal after the last sample.
    """
    count = len(samples.patients)
    largest = np.iinfo(np.int64).max
    start_us, last_us = np.full(count, largest, np.int64), np.zeros(count, np.int64)
    period_us = np.full(count, largest, np.int64)
    np.minimum.at(start_us, samples.patient_index, samples.time_us)
    np.maximum.at(last_us, samples.patient_index, samples.time_us)
    np.minimum.at(period_us, samples.patient_index, samples.period_us[samples.signal_index])
    known = start_us != largest
    return np.where(known, start_us, 0), np.where(known, last_us + np.where(known, period_us, 0), 0)


def _course(patient: PatientId, events: Sequence[AlarmEvent], asked: tuple[str, ...], span: tuple[int, int]) -> Course:
    """Fold a patient's events, leaving out what the engine says after the recording's end."""
    start_us, end_us = span
    events = sorted((event for event in events if event.time_us < end_us), key=lambda event: event.time_us)
    cleared = {event.notification: event.time_us for event in events if event.kind is AlarmEventKind.CLEARED}
    alerts: list[Alert] = []
    suppressed: list[Suppression] = []
    technical = 0
    for event in events:
        if event.kind is AlarmEventKind.SUPPRESSED:
            suppressed.append(Suppression(event.time_us, event.subject, event.reason))
        elif event.kind is not AlarmEventKind.RAISED:
            continue
        elif event.detail["kind"] == NotificationKind.TECHNICAL.value:
            technical += 1
        else:
            alerts.append(_alert(event, cleared.get(event.notification)))
    deaf = _not_assessable_us(events, start_us, end_us)
    return Course(
        patient=patient,
        alerts=tuple(alerts),
        technical=technical,
        suppressed=tuple(suppressed),
        not_assessable_us={signal: deaf.get(signal, 0) for signal in asked},
        span_us=end_us - start_us,
    )


def _alert(event: AlarmEvent, cleared_us: int | None) -> Alert:
    detail = event.detail
    return Alert(
        time_us=event.time_us,
        cleared_us=cleared_us,
        rule=event.subject,
        title=detail["title"],
        priority=detail["priority"],
        signal=detail["signal"],
        value=float(detail["value"]),
    )


def _not_assessable_us(events: Sequence[AlarmEvent], start_us: int, end_us: int) -> dict[str, int]:
    """Add up, by signal, the time between `not assessable` and `assessable`, within the recording."""
    since: dict[str, int] = {}
    total: dict[str, int] = defaultdict(int)
    for event in events:
        if event.kind is AlarmEventKind.NOT_ASSESSABLE:
            since.setdefault(event.subject, max(event.time_us, start_us))
        elif event.kind is AlarmEventKind.ASSESSABLE and event.subject in since:
            total[event.subject] += max(0, event.time_us - since.pop(event.subject))
    for signal, began_us in since.items():
        total[signal] += end_us - began_us
    return dict(total)
