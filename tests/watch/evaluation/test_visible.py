"""From when the raw monitor shows a deterioration: cases worked out by hand."""

from __future__ import annotations

import pytest

from fyr.clock import HOUR_US, MINUTE_US
from fyr.record import PatientId
from fyr.watch.evaluation.course import Alert, Event
from fyr.watch.evaluation.visible import visible_from_us

PATIENT = PatientId("test", "1")
ONSET = 100 * HOUR_US
EVENT = Event(PATIENT, "sepsis", ONSET, ONSET + 3 * HOUR_US)

Stood = tuple[str, float, float | None]
"""A rule, and the minutes from the onset at which its alarm came and cleared."""


def _visible(*stood: Stood) -> float | None:
    alerts = [
        Alert(
            time_us=ONSET + int(start * MINUTE_US),
            cleared_us=None if end is None else ONSET + int(end * MINUTE_US),
            rule=rule,
            title="",
            priority="high",
            signal="spo2",
            value=0.0,
        )
        for rule, start, end in stood
    ]
    alerts.sort(key=lambda alert: alert.time_us)
    found = visible_from_us(EVENT, alerts, EVENT.onset_us, EVENT.end_us)
    return None if found is None else (found - ONSET) / MINUTE_US


@pytest.mark.parametrize(
    ("stood", "minutes"),
    [
        ([], None),
        ([("a", 5, 6)], None),
        ([("a", 5, 6), ("a", 20, 60)], 20),
        ([("a", 5, 10)], 5),
        ([("a", 5, 7), ("a", 8, 9), ("a", 11, 13)], 5),
        ([("a", 5, 7), ("b", 7, 9), ("a", 9, 10), ("b", 12, 15)], 7),
        ([("a", 30, None)], 30),
        ([("a", 181, None)], None),
        ([("a", -5, 40)], None),
        ([("a", -36, 0), ("a", 10, 60)], None),
        ([("a", -35, 0), ("a", 10, 60)], 10),
        ([("a", -300, 0), ("a", 10, 60), ("b", 90, 120)], 90),
        ([("a", -700, -400), ("a", 10, 60)], 10),
    ],
    ids=[
        "nothing said",
        "gone before anybody comes",
        "luck first, then it lasts",
        "half of ten minutes",
        "half of ten minutes in pieces",
        "pieces of two rules do not add, but one alone does",
        "stood to the end of the recording",
        "after the event",
        "stood before it began",
        "no news: a tenth of the six hours before",
        "news: under a tenth of them",
        "no news by one rule, news by another",
        "what was longer ago does not count",
    ],
)
def test_the_raw_monitor_shows_an_event_from_its_first_alarm_that_lasts_and_is_news(
    stood: list[Stood], minutes: float | None
) -> None:
    assert _visible(*stood) == minutes
