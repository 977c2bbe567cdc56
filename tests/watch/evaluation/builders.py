"""Small courses and recordings by hand, in minutes since a fixed midnight."""

from __future__ import annotations

from collections.abc import Sequence

from fyr.clock import DAY_US, MINUTE_US
from fyr.record import PatientId
from fyr.watch.evaluation.course import Alert, Course, Event
from fyr.watch.evaluation.recorded import Recorded

MIDNIGHT_US = 20_000 * DAY_US


def at(minute: float) -> int:
    return MIDNIGHT_US + round(minute * MINUTE_US)


def patient(number: int) -> PatientId:
    return PatientId("test", str(number))


def alert(minute: float, cleared: float | None = None, rule: str = "hr>130/30min") -> Alert:
    end_us = None if cleared is None else at(cleared)
    return Alert(at(minute), end_us, rule, "Fast heart rate", "high", "heart_rate", 140.0)


def course(number: int, minutes: Sequence[float], days: float = 1.0, lost_minutes: float = 0.0) -> Course:
    return Course(
        patient=patient(number),
        alerts=tuple(alert(minute) for minute in minutes),
        technical=0,
        suppressed=(),
        not_assessable_us={"heart_rate": round(lost_minutes * MINUTE_US), "spo2": 0},
        span_us=round(days * DAY_US),
    )


def recording(number: int, days: float = 1.0, *, is_usable: bool = True) -> Recorded:
    return Recorded(patient(number), MIDNIGHT_US, MIDNIGHT_US + round(days * DAY_US), (), is_usable)


def event(number: int, onset: float, end: float, kind: str = "sepsis") -> Event:
    return Event(patient(number), kind, at(onset), at(end))
