"""Every measure on numbers worked out by hand, and the laws that intervals obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.watch.evaluation.builders import at, course, event, patient, recording

from fyr.clock import HOUR_US
from fyr.watch.evaluation.matching import match
from fyr.watch.evaluation.measures import (
    added_delay,
    detection,
    intervals,
    load,
    load_by_hour,
    not_assessable,
)
from fyr.watch.evaluation.pareto import pareto_front
from fyr.watch.evaluation.recorded import hours_of_day

# Four patients: 1, 2, 3 and 8 alerts in 1, 1, 1 and 2 days: 1, 2, 3 and 4 a day; 14 alerts in 5 days.
ALERTS = {1: ([10], 1.0), 2: ([10, 20], 1.0), 3: ([1, 2, 3], 1.0), 4: ([100, 200, 300, 400, 500, 600, 700, 800], 2.0)}
COURSES = {patient(number): course(number, minutes, days) for number, (minutes, days) in ALERTS.items()}
RECORDINGS = [recording(number, days) for number, (_, days) in ALERTS.items()]


def test_the_load_is_counted_over_patients() -> None:
    # Rates 1, 2, 3, 4: quantiles at positions 0.75, 1.5, 2.25 and 2.7 of 0..3. A tenth of 4 patients is 1: 8 of 14.
    assert load(COURSES, RECORDINGS) == {
        "median": 2.5,
        "q1": 1.75,
        "q3": 3.25,
        "worst_decile": 3.7,
        "mean": 2.8,
        "worst_tenth_share": pytest.approx(8 / 14, rel=1e-5),
    }


def test_a_patient_with_nothing_usable_is_no_quiet_patient() -> None:
    courses = {**COURSES, patient(5): course(5, [], 1.0, lost_minutes=1440)}
    recordings = [*RECORDINGS, recording(5, is_usable=False)]
    assert load(courses, recordings) == load(COURSES, RECORDINGS)
    # heart_rate: lost 1 of 6 days; spo2: never.
    assert not_assessable(courses, recordings) == {
        "not_assessable_fraction": pytest.approx(1 / 12, rel=1e-5),
        "not_assessable_by_signal": {"heart_rate": pytest.approx(1 / 6, rel=1e-5), "spo2": 0.0},
    }
    missed = detection(match(list(courses.values()), [event(5, 0, 60)], 0))
    assert (missed["missed"], missed["sensitivity"]) == (1, 0.0)


def test_detection_by_hand() -> None:
    # 1: found at 10, 50 min before the end. 2: first at 10, 20 before. 3: missed (alerts at 1 to 3). 4: at 500, 100.
    events = [event(1, 0, 60), event(2, 5, 30, "bleeding"), event(3, 4, 90), event(4, 450, 600)]
    found = detection(match(list(COURSES.values()), events, 0))
    assert (found["events"], found["found"], found["missed"], found["sensitivity"]) == (4, 3, 1, 0.75)
    # True: 10 | 10, 20 | none | 500, 600: five of fourteen.
    assert found["ppv"] == pytest.approx(5 / 14, rel=1e-5)
    assert found["lead_time_min"] == {"median": 50.0, "q1": 35.0, "q3": 75.0}
    assert found["time_to_alert_min"] == {"median": 10.0, "q1": 7.5, "q3": 30.0}
    assert found["by_event"]["sepsis"]["sensitivity"] == pytest.approx(2 / 3, rel=1e-5)
    assert found["by_event"]["bleeding"]["lead_time_min"]["median"] == 20.0


def test_without_alerts_or_events_there_is_no_ratio() -> None:
    silent = detection(match([course(1, [])], [], 0))
    assert (silent["sensitivity"], silent["ppv"], silent["missed"]) == (None, None, 0)


def test_the_delay_counts_over_events_that_both_found() -> None:
    events = [event(1, 0, 60), event(2, 5, 30), event(3, 4, 90), event(4, 450, 600)]
    judged = match(list(COURSES.values()), events, 0).events
    # Reference at 9, 12, 50 (not found by the policy) and never: delays of +60 s and -120 s.
    delay = added_delay(judged, [at(9), at(12), at(50), None])
    assert delay == {"median": -30.0, "p95": 51.0, "events": 2}
    assert added_delay(judged, [None] * 4) == {"median": None, "p95": None, "events": 0}


def test_the_load_by_hour_counts_only_monitored_hours() -> None:
    rows = load_by_hour({patient(1): course(1, [10, 20, 70], 0.5)}, [recording(1, 0.5)], 8.0)
    assert [row["alerts"] for row in rows[:3]] == [2, 1, 0]
    assert rows[0]["alerts_per_patient_hour"] == 2.0
    assert rows[1]["alerts_per_nurse_hour"] == 8.0
    assert rows[12]["alerts_per_patient_hour"] is None


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_the_hours_of_a_stretch_add_up_to_it(start_us: int, length_us: int) -> None:
    hours = hours_of_day(start_us, start_us + length_us)
    assert hours.sum() == pytest.approx(length_us / HOUR_US, abs=1e-6)
    assert (hours >= -1e-9).all()


def test_intervals_hold_the_estimate_and_shrink_to_it_where_patients_are_alike() -> None:
    events = [event(1, 0, 60), event(2, 5, 30), event(3, 4, 90), event(4, 450, 600)]
    around = intervals(COURSES, RECORDINGS, match(list(COURSES.values()), events, 0))
    for name, value in (("alerts_per_patient_day_mean", 2.8), ("sensitivity", 0.75), ("ppv", 5 / 14)):
        ends = around[name]
        assert ends is not None
        assert ends[0] <= value <= ends[1]
    alike = {patient(number): course(number, [10, 20]) for number in range(5)}
    same = intervals(alike, [recording(number) for number in range(5)], None)
    assert same == {"alerts_per_patient_day_median": [2.0, 2.0], "alerts_per_patient_day_mean": [2.0, 2.0]}
    assert set(intervals({}, [], None).values()) == {None}


def test_the_interval_of_a_share_is_near_the_binomial_one() -> None:
    # 200 patients with one event each, half found: the standard error of a half of 200 is 0.0354.
    courses = {patient(number): course(number, [10] if number % 2 else []) for number in range(200)}
    recordings = [recording(number) for number in range(200)]
    matched = match(list(courses.values()), [event(number, 0, 60) for number in range(200)], 0)
    ends = intervals(courses, recordings, matched)["sensitivity"]
    assert ends is not None
    assert np.allclose(ends, [0.5 - 1.96 * 0.0354, 0.5 + 1.96 * 0.0354], atol=0.015)


def test_the_front_holds_what_nothing_beats() -> None:
    rows = pareto_front({"raw": (137.0, 0), "mild": (19.0, 0), "calm": (2.0, 3), "bad": (20.0, 5), "none": (None, 9)})
    assert {row["policy"]: row["on_front"] for row in rows} == {"calm": True, "mild": True, "bad": False, "raw": False}
    assert next(row for row in rows if row["policy"] == "bad")["beaten_by"] == ["mild", "calm"]
    assert all(row["on_front"] for row in pareto_front({"a": (1.0, 1), "b": (1.0, 1)}))
