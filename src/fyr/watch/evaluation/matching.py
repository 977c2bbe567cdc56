"""What was raised held against what truly happened.

The rules, which the documents repeat:

- An event's window goes from `lookback` before its onset to its end, both ends included.
- It is found by the first notification about the patient's body in that window, whatever rule raised it.
- Events that overlap are judged one by one: one notification may find several, and counts once as a true one.
- An event that does not overlap the patient's recording is judged for no policy: it is listed with its reason.
- An event of a patient in whose recording nothing is usable is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.clock import to_iso
from fyr.record import PatientId
from fyr.watch.evaluation.course import Alert, Course, Event
from fyr.watch.evaluation.recorded import Recorded
from fyr.watch.evaluation.ward_courses import WardCourses, as_columns
from fyr.watch.kernel import NEVER

__all__ = ["Judged", "Matched", "NotJudged", "TrueAlerts", "divide_events", "match"]


@dataclass(frozen=True, slots=True)
class NotJudged:
    """An event that says nothing about any policy, and why."""

    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An event and what a policy made of it.

    Parameters
    ----------
    event : Event
    first : Alert or None
        The first notification in its window; ``None``: the event was missed.
    alerts : int
        How many notifications fell in its window.
    standing : tuple of Alert
        Raised before the window and not cleared when it began; they do not count as finding the event.
    """

    event: Event
    first: Alert | None
    alerts: int
    standing: tuple[Alert, ...]

    @property
    def lead_us(self) -> int | None:
        """From the first notification to the event's end: the time won; positive."""
        return None if self.first is None else self.event.end_us - self.first.time_us

    @property
    def time_to_alert_us(self) -> int | None:
        """From the true onset to the first notification; negative where it came in the lookback."""
        return None if self.first is None else self.first.time_us - self.event.onset_us


@dataclass(frozen=True, slots=True, eq=False)
class TrueAlerts(Mapping[PatientId, tuple[bool, ...]]):
    """Which alerts fall in the window of an event: a column, and a mapping of each patient's part of it.

    Parameters
    ----------
    courses : WardCourses
    flags : ndarray of bool, shape (alerts,)
    """

    courses: WardCourses
    flags: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.courses)

    def __iter__(self) -> Iterator[PatientId]:
        return iter(self.courses)

    def __getitem__(self, patient: PatientId) -> tuple[bool, ...]:
        """Return a patient's part."""
        self.courses.place[patient]
        return tuple(self.flags[self.courses.part(patient)].tolist())

    def counts(self) -> NDArray[np.int64]:
        """Return how many true alerts each patient has, in the order of the courses."""
        upto = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.flags, dtype=np.int64)])
        return np.diff(upto[self.courses.first])


@dataclass(frozen=True, slots=True)
class Matched:
    """One policy's alerts against the truth.

    Parameters
    ----------
    events : tuple of Judged
        In the order of the events given.
    is_true : TrueAlerts
        For each alert of each patient, whether it falls in a window.
    """

    events: tuple[Judged, ...]
    is_true: TrueAlerts


def divide_events(events: Sequence[Event], recordings: Sequence[Recorded]) -> tuple[list[Event], list[NotJudged]]:
    """Divide the truth into the events that can be judged and those that cannot."""
    of = {one.patient: one for one in recordings}
    judged: list[Event] = []
    left_out: list[NotJudged] = []
    for event in events:
        recording = of.get(event.patient)
        if recording is None or recording.end_us == recording.start_us:
            left_out.append(NotJudged(event, "the patient has no samples"))
        elif event.onset_us >= recording.end_us:
            left_out.append(NotJudged(event, f"it began after the recording ended ({to_iso(recording.end_us)})"))
        elif event.end_us < recording.start_us:
            left_out.append(NotJudged(event, f"it ended before the recording began ({to_iso(recording.start_us)})"))
        elif any(start_us <= event.onset_us and event.end_us < end_us for start_us, end_us in recording.holes_us):
            left_out.append(NotJudged(event, "it lies in a hole of the recording longer than a day"))
        else:
            judged.append(event)
    return judged, left_out


def match(courses: Mapping[PatientId, Course] | Sequence[Course], events: Sequence[Event], lookback_us: int) -> Matched:
    """Hold one policy's courses against the events that can be judged."""
    said = as_columns(courses)
    flags = np.zeros(len(said.time_us), np.bool_)
    judged = []
    for event in events:
        begin_us = event.onset_us - lookback_us
        mine = said.part(event.patient)
        times_us = said.time_us[mine]
        first = mine.start + int(np.searchsorted(times_us, begin_us, side="left"))
        stop = mine.start + int(np.searchsorted(times_us, event.end_us, side="right"))
        flags[first:stop] = True
        cleared_us = said.cleared_us[mine.start : first]
        standing = mine.start + np.flatnonzero((cleared_us == NEVER) | (cleared_us >= begin_us))
        found = said.alert(first) if first < stop else None
        judged.append(Judged(event, found, max(0, stop - first), tuple(map(said.alert, standing.tolist()))))
    return Matched(tuple(judged), TrueAlerts(said, flags))
