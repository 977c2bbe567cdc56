"""What was raised held against what truly happened.

The rules, which the documents repeat:

- An event's window goes from `lookback` before its onset to its end, both ends included.
- It is found by the first notification about the patient's body in that window, whatever rule raised it.
- Events that overlap are judged one by one: one notification may find several, and counts once as a true one.
- An event that does not overlap the patient's recording is judged for no policy: it is listed with its reason.
- An event of a patient in whose recording nothing is usable is missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fyr.clock import to_iso
from fyr.record import PatientId
from fyr.watch.evaluation.course import Alert, Course, Event
from fyr.watch.evaluation.recorded import Recorded

__all__ = ["Judged", "Matched", "NotJudged", "divide_events", "match"]


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


@dataclass(frozen=True, slots=True)
class Matched:
    """One policy's alerts against the truth.

    Parameters
    ----------
    events : tuple of Judged
        In the order of the events given.
    is_true : mapping of PatientId to tuple of bool
        For each alert of the patient's course, whether it falls in a window.
    """

    events: tuple[Judged, ...]
    is_true: Mapping[PatientId, tuple[bool, ...]]


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


def match(courses: Sequence[Course], events: Sequence[Event], lookback_us: int) -> Matched:
    """Hold one policy's courses against the events that can be judged."""
    of = {course.patient: course.alerts for course in courses}
    windows: dict[PatientId, list[tuple[int, int]]] = {}
    judged = []
    for event in events:
        begin_us = event.onset_us - lookback_us
        windows.setdefault(event.patient, []).append((begin_us, event.end_us))
        alerts = of.get(event.patient, ())
        inside = [alert for alert in alerts if begin_us <= alert.time_us <= event.end_us]
        standing = tuple(
            alert
            for alert in alerts
            if alert.time_us < begin_us and (alert.cleared_us is None or alert.cleared_us >= begin_us)
        )
        judged.append(Judged(event, inside[0] if inside else None, len(inside), standing))
    is_true = {
        patient: tuple(
            any(begin_us <= alert.time_us <= end_us for begin_us, end_us in windows.get(patient, ()))
            for alert in alerts
        )
        for patient, alerts in of.items()
    }
    return Matched(tuple(judged), is_true)
