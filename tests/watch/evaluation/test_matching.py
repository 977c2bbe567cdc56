"""Which alert finds which event: every rule on a case small enough to check on paper."""

from __future__ import annotations

from dataclasses import replace

from tests.watch.evaluation.builders import MIDNIGHT_US, alert, at, course, event, patient, recording

from fyr.clock import DAY_US, MINUTE_US
from fyr.watch.evaluation.matching import divide_events, match


def test_the_first_alert_in_the_window_finds_the_event_and_both_ends_count() -> None:
    courses = [course(1, [99, 100, 130, 200, 201])]
    (found,) = match(courses, [event(1, 100, 200)], 0).events
    assert (found.first, found.alerts) == (alert(100), 3)
    assert found.lead_us == 100 * MINUTE_US
    assert found.time_to_alert_us == 0


def test_the_lookback_opens_the_window_earlier() -> None:
    courses = [course(1, [90])]
    assert match(courses, [event(1, 100, 200)], 0).events[0].first is None
    found = match(courses, [event(1, 100, 200)], 10 * MINUTE_US).events[0]
    assert found.first == alert(90)
    assert found.time_to_alert_us == -10 * MINUTE_US
    assert found.lead_us == 110 * MINUTE_US


def test_an_alert_of_another_patient_finds_nothing() -> None:
    matched = match([course(1, []), course(2, [150])], [event(1, 100, 200)], 0)
    assert matched.events[0].first is None
    assert matched.is_true == {patient(1): (), patient(2): (False,)}


def test_overlapping_events_are_judged_one_by_one_and_the_alert_is_true_once() -> None:
    matched = match([course(1, [150, 500])], [event(1, 100, 200), event(1, 140, 300, "bleeding")], 0)
    assert [one.lead_us for one in matched.events] == [50 * MINUTE_US, 150 * MINUTE_US]
    assert matched.is_true[patient(1)] == (True, False)


def test_what_stood_already_does_not_find_an_event_but_is_told() -> None:
    before = replace(course(1, []), alerts=(alert(50, 90), alert(60, 120), alert(70)))
    missed = match([before], [event(1, 100, 200)], 0).events[0]
    assert missed.first is None
    assert missed.standing == (alert(60, 120), alert(70))


def test_events_outside_the_recording_are_judged_for_no_policy_and_say_why() -> None:
    hole = replace(recording(4, 5), holes_us=((MIDNIGHT_US + DAY_US, MIDNIGHT_US + 3 * DAY_US),))
    empty = replace(recording(3), end_us=MIDNIGHT_US)
    events = [
        event(1, 1440, 1500),
        event(1, -60, -1),
        event(1, -60, 0),
        event(1, 1439, 9000),
        event(2, 10, 20),
        event(3, 10, 20),
        event(4, 2 * 1440, 2 * 1440 + 60),
    ]
    judged, left_out = divide_events(events, [recording(1), empty, hole])
    assert judged == [events[2], events[3]]
    reasons = [one.reason for one in left_out]
    assert reasons[0].startswith("it began after the recording ended")
    assert reasons[1].startswith("it ended before the recording began")
    assert reasons[2:4] == ["the patient has no samples"] * 2
    assert reasons[4] == "it lies in a hole of the recording longer than a day"
    assert [one.event for one in left_out] == [events[0], events[1], events[4], events[5], events[6]]


def test_an_instant_is_an_event_too() -> None:
    found = match([course(1, [100])], [event(1, 100, 100)], 0).events[0]
    assert found.first == alert(100)
    assert found.lead_us == 0
    assert at(100) == found.event.end_us
