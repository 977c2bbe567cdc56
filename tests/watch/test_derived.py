"""Derived signals: medians of windows, the patient's own level, several signals together; through the engine too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.attention import (
    BaselinePolicy,
    ChangePolicy,
    Operator,
    TogetherCondition,
    TogetherPolicy,
    load_policy,
    parse_policy,
)
from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import PatientId, Quality, Series
from fyr.watch.derived import Baselines, derive
from fyr.watch.minutes import RecentMinutes, window_median
from fyr.watch.replay import Replay, replay_patient

NAN = float("nan")
START = 10**15 // MINUTE_US * MINUTE_US


@given(st.lists(st.one_of(st.just(NAN), st.floats(-100, 100)), min_size=1, max_size=12), st.integers(0, 3))
def test_window_median_is_the_median_of_what_is_known_if_half_is(values: list[float], back: int) -> None:
    window = np.array(values)
    known = window[~np.isnan(window)]
    expected = np.median(known) if len(known) >= len(values) / 2 else NAN
    padded = np.array([values + [55.0] * back])
    np.testing.assert_allclose(window_median(padded, len(values), back)[0], expected, equal_nan=True)


def test_minutes_are_means_and_an_empty_minute_is_unknown() -> None:
    recent = RecentMinutes(signals=2, depth=3)
    recent.make_room(2)
    recent.add(np.array([0, 0, 1], np.int32), np.array([1, 1, 0], np.int16), np.array([90.0, 94.0, 70.0]))
    recent.close_minute()
    recent.close_minute()
    np.testing.assert_array_equal(recent.of([0], 1), [[NAN, 92.0, NAN]])
    np.testing.assert_array_equal(recent.of([0, 1], 0), [[NAN, NAN, NAN], [NAN, 70.0, NAN]])


def test_the_own_level_is_the_median_of_the_first_stable_windows_and_stays() -> None:
    baselines = Baselines(BaselinePolicy("own", "heart_rate", 5 * MINUTE_US, 15 * MINUTE_US, 41, 110))
    said = []
    for minute, median in ((0, 150.0), (5, 70.0), (7, 90.0), (10, 80.0), (15, 72.0), (20, 110.0), (25, 60.0)):
        said.append(float(baselines.deviation(minute, [3], np.array([median]))[0]))
    np.testing.assert_array_equal(said, [NAN, NAN, NAN, NAN, 0.0, 38.0, -12.0])
    baselines.forget(3)
    assert np.isnan(baselines.deviation(30, [3], np.array([70.0]))[0])


@pytest.mark.parametrize(
    ("rate", "pressure", "answer"),
    [(120.0, 80.0, 1.0), (120.0, 100.0, 0.0), (NAN, 100.0, 0.0), (NAN, 80.0, NAN), (90.0, NAN, 0.0)],
)
def test_together_is_certain_only_when_it_can_be(rate: float, pressure: float, answer: float) -> None:
    policy = TogetherPolicy(
        "both",
        MINUTE_US,
        (TogetherCondition("heart_rate", Operator.ABOVE, 100), TogetherCondition("score", Operator.BELOW, 90)),
    )
    said = derive(policy, 0, [0], lambda _: np.array([[rate]]), {"score": np.array([pressure])}, {})
    np.testing.assert_array_equal(said, [answer])


def test_change_compares_two_windows() -> None:
    policy = ChangePolicy("fall", "spo2", 2 * MINUTE_US, 3 * MINUTE_US)
    minutes = np.array([[98.0, 96.0, 90.0, 88.0, 86.0]])
    assert derive(policy, 0, [0], lambda _: minutes, {}, {})[0] == (86 + 88) / 2 - (98 + 96) / 2


def _replay(**signals: list[float]) -> Replay:
    patient = PatientId("test", "1")
    series = []
    for name, values in signals.items():
        value = np.array(values)
        quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
        times = START + MINUTE_US * np.arange(len(values), dtype=np.int64)
        series.append(Series(patient, name, "/min", times, value, quality, MINUTE_US))
    return replay_patient(patient, series, load_policy("fyr-ward"))


def _onsets(result: Replay, key: str) -> list[float]:
    return [(e.time_us - START) / MINUTE_US for e in result.events if e.kind.value == "onset" and e.subject == key]


def test_saturation_falling_while_breathing_rises_is_seen_before_either_alone() -> None:
    spo2 = [97.0] * 60 + [91.0] * 60
    breathing = [14.0] * 60 + [20.0] * 60
    result = _replay(spo2=spo2, respiratory_rate=breathing, heart_rate=[80.0] * 120)
    onsets = _onsets(result, "breathing.failing>=1/2min")
    assert len(onsets) == 1
    assert 62 <= onsets[0] <= 66
    assert sum(result.onsets().values()) == 1


def test_the_same_values_without_a_change_raise_nothing() -> None:
    result = _replay(spo2=[91.0] * 120, respiratory_rate=[20.0] * 120, heart_rate=[80.0] * 120)
    assert sum(result.onsets().values()) == 0


def test_a_heart_rate_is_fast_for_one_patient_and_usual_for_another() -> None:
    hours = 4 * 60
    calm = _replay(
        spo2=[97.0] * (hours + 60), respiratory_rate=[15.0] * (hours + 60), heart_rate=[62.0] * hours + [115.0] * 60
    )
    fast = _replay(
        spo2=[97.0] * (hours + 60), respiratory_rate=[15.0] * (hours + 60), heart_rate=[100.0] * hours + [115.0] * 60
    )
    assert len(_onsets(calm, "fast.own>=1/10min")) == 1
    assert _onsets(fast, "fast.own>=1/10min") == []


def test_without_a_learned_level_the_rule_is_not_assessable_and_nobody_hears_normal() -> None:
    result = _replay(spo2=[97.0] * 90, respiratory_rate=[15.0] * 90, heart_rate=[115.0] * 90)
    assert _onsets(result, "fast.own>=1/10min") == []
    lost = {e.subject for e in result.events if e.kind.value == "not_assessable"}
    back = {e.subject for e in result.events if e.kind.value == "assessable"}
    assert "heart_rate_above_own" in lost - back


POLICY = """
name: derived
version: "1"
title: t
source: s
signals:
  spo2: {plausible: [50, 100], gap_tolerance: 2 min}
  fall: {plausible: [-50, 50], gap_tolerance: 2 min}
derived:
  fall: {kind: change, signal: spo2, window: 5 min, over: 30 min}
alarms: {clear_after: 5 min, clear_readings: 1, refractory: 0 s, latch: []}
rules:
  - {signal: fall, when: "<= -4", for: 2 min, priority: low, title: t, source: s}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("signal: spo2, window", "signal: spo3, window", "did you mean 'spo2'"),
        ("kind: change", "kind: slope", "'slope' is none of change, baseline, together"),
        ("over: 30 min", "over: 9 h", "at most 4 h"),
        ("window: 5 min", "window: 30 s", "whole minutes"),
        ("  fall: {kind", "  rise: {kind", "'rise' is not described"),
        ("window: 5 min, over: 30 min", "window: 5 min, over: 30 min, by: 3", "'by' is not known"),
    ],
)
def test_a_mistake_in_a_derived_signal_is_one_line(old: str, new: str, says: str) -> None:
    parse_policy(POLICY, where="p.yaml")
    with pytest.raises(BadInput) as caught:
        parse_policy(POLICY.replace(old, new, 1), where="p.yaml")
    assert says in str(caught.value)
    assert "p.yaml, line 10" in str(caught.value)


def test_hours_of_silence_are_skipped_and_change_nothing() -> None:
    patient = PatientId("test", "1")
    early = np.array([97.0] * 40)
    parts = []
    for start_us in (START, START + 2000 * HOUR_US):
        times = start_us + MINUTE_US * np.arange(40, dtype=np.int64)
        parts.append(Series(patient, "spo2", "%", times, early, np.zeros(40, np.uint8), MINUTE_US))
    result = replay_patient(patient, parts, parse_policy(POLICY, where="p.yaml"))
    assert result.onsets() == {"fall<=-4/2min": 0}
    back = [
        (e.time_us - START) // HOUR_US for e in result.events if (e.kind.value, e.subject) == ("assessable", "fall")
    ]
    assert back == [0, 2000]
