"""Many patients' recordings through one ward engine at once.

What is computed once a minute (scores, derived signals) is computed for all of them together, so each patient costs
little. Stays that lie months apart are moved by whole days to begin on the same day, which changes no rule, and what
comes out is moved back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import AlarmEvent, AlarmEventKind, NotificationKind, Policy
from fyr.clock import DAY_US
from fyr.record import Observation, PatientId, SampleBatch
from fyr.watch.engine import WardEngine
from fyr.watch.evaluation.course import Alert, Course, Suppression

__all__ = ["replay_ward", "spans"]

_FIRST_DAY: Final = 3650
"""The day since 1970 on which every stay is made to begin: any will do."""


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
        Of all of them.
    policy : Policy
    observations : sequence of Observation
        Those before a patient's first sample are taken as known when it comes; those after the last are left out.
    assumed_response_us : int, optional
        As of :func:`fyr.watch.replay.replay_patient`.

    Returns
    -------
    list of Course
        One for each patient of the batch who has samples, in the batch's order.
    """
    start_us, end_us = spans(samples)
    moved_us = np.where(end_us > start_us, (start_us // DAY_US - _FIRST_DAY) * DAY_US, 0)
    here = {patient: place for place, patient in enumerate(samples.patients) if end_us[place] > start_us[place]}
    engine = WardEngine(policy, assumed_response_us=assumed_response_us)
    events: dict[PatientId, list[AlarmEvent]] = {patient: [] for patient in here}

    def keep(found: Iterable[AlarmEvent]) -> None:
        for event in found:
            events[event.patient].append(event)

    for patient, place in here.items():
        keep(engine.admit(patient, int(start_us[place] - moved_us[place])))
    known = _within(observations, here, start_us, end_us, moved_us)
    for part, observed in _steps(_moved(samples, moved_us), known):
        keep(engine.ingest(part))
        for observation in observed:
            keep(engine.observe(observation))
    keep(engine.advance(int((end_us - moved_us).max(initial=0)) + 1))
    asked = tuple(dict.fromkeys(rule.signal for rule in policy.rules))
    return [
        _course(patient, events[patient], asked, int(start_us[place]), int(end_us[place]), int(moved_us[place]))
        for patient, place in here.items()
    ]


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


def _moved(samples: SampleBatch, moved_us: NDArray[np.int64]) -> SampleBatch:
    time_us = samples.time_us - moved_us[samples.patient_index]
    order = np.argsort(time_us, kind="stable")
    return _rows(replace(samples, time_us=time_us), order)


def _rows(samples: SampleBatch, rows: Any) -> SampleBatch:
    return replace(
        samples,
        patient_index=samples.patient_index[rows],
        signal_index=samples.signal_index[rows],
        time_us=samples.time_us[rows],
        value=samples.value[rows],
        quality=samples.quality[rows],
    )


def _within(
    observations: Sequence[Observation],
    here: dict[PatientId, int],
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    moved_us: NDArray[np.int64],
) -> list[Observation]:
    known = []
    for one in observations:
        place = here.get(one.patient)
        if place is not None and one.time_us < end_us[place]:
            time_us = max(one.time_us, int(start_us[place])) - int(moved_us[place])
            known.append(replace(one, time_us=time_us))
    return sorted(known, key=lambda one: one.time_us)


def _steps(samples: SampleBatch, observations: list[Observation]) -> Iterator[tuple[SampleBatch, list[Observation]]]:
    """Yield the samples up to the time of each observation, and what was observed then."""
    begin = 0
    for time_us, group in groupby(observations, key=lambda one: one.time_us):
        stop = int(np.searchsorted(samples.time_us, time_us, side="left"))
        yield _rows(samples, slice(begin, stop)), list(group)
        begin = stop
    yield _rows(samples, slice(begin, None)), []


def _course(
    patient: PatientId, events: list[AlarmEvent], asked: tuple[str, ...], start_us: int, end_us: int, moved_us: int
) -> Course:
    """Fold a patient's events, leaving out what the engine says after the recording's end."""
    events = sorted((event for event in events if event.time_us + moved_us < end_us), key=lambda event: event.time_us)
    cleared = {event.notification: event.time_us + moved_us for event in events if event.kind is AlarmEventKind.CLEARED}
    alerts: list[Alert] = []
    suppressed: list[Suppression] = []
    technical = 0
    for event in events:
        if event.kind is AlarmEventKind.SUPPRESSED:
            suppressed.append(Suppression(event.time_us + moved_us, event.subject, _without_times(event.reason)))
        elif event.kind is not AlarmEventKind.RAISED:
            continue
        elif event.detail["kind"] == NotificationKind.TECHNICAL.value:
            technical += 1
        else:
            alerts.append(_alert(event, cleared.get(event.notification), moved_us))
    deaf = _not_assessable_us(events, start_us - moved_us, end_us - moved_us)
    return Course(
        patient=patient,
        alerts=tuple(alerts),
        technical=technical,
        suppressed=tuple(suppressed),
        not_assessable_us={signal: deaf.get(signal, 0) for signal in asked},
        span_us=end_us - start_us,
    )


def _alert(event: AlarmEvent, cleared_us: int | None, moved_us: int) -> Alert:
    detail = event.detail
    return Alert(
        time_us=event.time_us + moved_us,
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


def _without_times(reason: str) -> str:
    """Leave out the instants, which belong to the moved stay.

    >>> _without_times("refractory until 1980-01-01T08:00:00Z"), _without_times("did not last: 3 min of 5 min")
    ('refractory', 'did not last: 3 min of 5 min')
    """
    head, _, _ = reason.partition("; its notification is")
    words = [word for word in head.split() if not (word[:4].isdigit() and "T" in word)]
    while words and words[-1] in ("until", "since"):
        words.pop()
    return " ".join(words)
