"""Derived signals: medians of windows, the patient's own level, several signals together; through the engine too."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.attention import (
    BaselinePolicy,
    ChangePolicy,
    NotificationKind,
    Operator,
    PointsPolicy,
    PointsTerm,
    TogetherCondition,
    TogetherPolicy,
    parse_policy,
)
from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import Observation, PatientId, Quality, Series, Status
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


SIGNS = """
name: signs
version: "1"
title: t
source: s
signals:
  spo2: {plausible: [50, 100], gap_tolerance: 2 min}
  heart_rate: {plausible: [20, 250], gap_tolerance: 2 min}
  respiratory_rate: {plausible: [2, 60], gap_tolerance: 2 min}
  systolic_bp: {plausible: [40, 260], measured: readings, expected_every: 60 min}
  fall: {plausible: [-60, 60], gap_tolerance: 10 min}
  rise: {plausible: [-60, 60], gap_tolerance: 10 min}
  own: {plausible: [-150, 200], gap_tolerance: 10 min}
  failing: {plausible: [0, 1], gap_tolerance: 10 min}
  fast: {plausible: [0, 1], gap_tolerance: 10 min}
  worse: {plausible: [0, 20], gap_tolerance: 10 min}
  vanished: {plausible: [0, 1], gap_tolerance: 10 min}
derived:
  fall: {kind: change, signal: spo2, window: 5 min, over: 30 min}
  rise: {kind: change, signal: respiratory_rate, window: 5 min, over: 30 min}
  own: {kind: baseline, signal: heart_rate, window: 5 min, learn: 3 h, stable: [41, 110]}
  failing:
    kind: together
    window: 5 min
    all:
      - {signal: spo2, when: "< 92"}
      - {signal: fall, when: "<= -4"}
      - {signal: rise, when: ">= 4"}
  fast:
    kind: together
    window: 5 min
    all:
      - {signal: heart_rate, when: "> 110"}
      - {signal: own, when: ">= 30"}
  worse:
    kind: points
    window: 5 min
    known_terms: 2
    terms:
      - {signal: own, none_at: 10, full_at: 40, points: 3}
      - {signal: systolic_bp, none_at: 110, full_at: 90, points: 2}
      - {signal: spo2, none_at: 94, full_at: 90, points: 2}
  vanished: {kind: vanished, signals: [heart_rate, spo2], window: 2 min, over: 4 min}
alarms: {clear_after: 10 min, clear_readings: 1, refractory: 60 min, latch: []}
rules:
  - {signal: failing, when: ">= 1", for: 2 min, priority: medium, title: t, source: s}
  - {signal: fast, when: ">= 1", for: 10 min, priority: medium, title: t, source: s}
  - {signal: worse, when: ">= 3", for: 5 min, clear: 2, priority: medium, title: t, source: s}
  - {signal: vanished, when: ">= 1", for: 2 min, priority: high, tier: safety, technical: true, title: t, source: s}
"""


def _series(name: str, values: list[float], *, every: int = 1) -> Series:
    value = np.array(values)
    quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    times = START + every * MINUTE_US * np.arange(len(values), dtype=np.int64)
    return Series(PatientId("test", "1"), name, "/min", times, value, quality, MINUTE_US)


def _replay(**signals: list[float]) -> Replay:
    series = [_series(name, values) for name, values in signals.items()]
    return replay_patient(PatientId("test", "1"), series, parse_policy(SIGNS, where="signs"))


def _onsets(result: Replay, key: str) -> list[float]:
    return [(e.time_us - START) / MINUTE_US for e in result.events if e.kind.value == "onset" and e.subject == key]


def test_saturation_falling_while_breathing_rises_is_seen_before_either_alone() -> None:
    spo2 = [97.0] * 60 + [91.0] * 60
    breathing = [14.0] * 60 + [20.0] * 60
    result = _replay(spo2=spo2, respiratory_rate=breathing, heart_rate=[80.0] * 120)
    onsets = _onsets(result, "failing>=1/2min")
    assert len(onsets) == 1
    assert 62 <= onsets[0] <= 66
    assert sum(result.onsets().values()) == 1


def test_the_same_values_without_a_change_raise_nothing() -> None:
    result = _replay(spo2=[93.0] * 120, respiratory_rate=[20.0] * 120, heart_rate=[80.0] * 120)
    assert sum(result.onsets().values()) == 0


def test_a_heart_rate_is_fast_for_one_patient_and_usual_for_another() -> None:
    hours = 4 * 60
    calm = _replay(spo2=[97.0] * (hours + 60), heart_rate=[62.0] * hours + [115.0] * 60)
    fast = _replay(spo2=[97.0] * (hours + 60), heart_rate=[100.0] * hours + [115.0] * 60)
    assert len(_onsets(calm, "fast>=1/10min")) == 1
    assert _onsets(fast, "fast>=1/10min") == []


def test_without_a_learned_level_the_rule_is_not_assessable_and_nobody_hears_normal() -> None:
    result = _replay(spo2=[97.0] * 90, respiratory_rate=[15.0] * 90, heart_rate=[115.0] * 90)
    assert _onsets(result, "fast>=1/10min") == []
    lost = {e.subject for e in result.events if e.kind.value == "not_assessable"}
    back = {e.subject for e in result.events if e.kind.value == "assessable"}
    assert "own" in lost - back


def test_a_level_that_follows_moves_by_no_more_than_it_may_and_only_with_stable_medians() -> None:
    follows = BaselinePolicy("own", "heart_rate", 5 * MINUTE_US, 5 * MINUTE_US, 41, 110, follow_per_hour=6.0)
    baselines = Baselines(follows)
    said = [
        float(baselines.deviation(minute, [0], np.array([median]))[0])
        for minute, median in ((0, 80.0), (5, 100.0), (10, 150.0), (15, 80.2), (20, 80.2))
    ]
    # 6 an hour is half a beat a window; at 150 it stays where it was, for 150 is not stable.
    np.testing.assert_allclose(said, [0.0, 19.5, 69.5, 0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("heart", "breathing", "points"),
    [(10.0, 4.0, 0.0), (25.0, 4.0, 1.5), (400.0, 4.0, 3.0), (25.0, 0.0, 3.5), (NAN, 0.0, NAN), (25.0, NAN, NAN)],
)
def test_points_add_in_proportion_up_to_their_most(heart: float, breathing: float, points: float) -> None:
    policy = PointsPolicy(
        "worse",
        MINUTE_US,
        (PointsTerm("heart", 10.0, 40.0, 3.0), PointsTerm("breathing", 4.0, 2.0, 2.0)),
        known_terms=2,
    )
    computed = {"heart": np.array([heart]), "breathing": np.array([breathing])}
    said = derive(policy, 0, [0], lambda _: np.full((1, 1), NAN), computed, {})
    np.testing.assert_allclose(said, [points])


def test_an_unknown_term_adds_nothing_and_never_hides_the_others() -> None:
    terms = tuple(PointsTerm(name, 0.0, 1.0, 2.0) for name in ("a", "b", "c"))
    computed = {"a": np.array([1.0]), "b": np.array([NAN]), "c": np.array([1.0])}
    policy = PointsPolicy("worse", MINUTE_US, terms, known_terms=2)
    np.testing.assert_array_equal(derive(policy, 0, [0], lambda _: np.full((1, 1), NAN), computed, {}), [4.0])


def test_a_reading_stands_until_the_next_one_is_overdue() -> None:
    recent = RecentMinutes(signals=2, depth=6, held_minutes=[0, 2])
    recent.make_room(1)
    for value in (120.0, NAN, NAN, NAN, 90.0):
        if not np.isnan(value):
            recent.add(np.array([0, 0], np.int32), np.array([0, 1], np.int16), np.array([value, value]))
        recent.close_minute()
    np.testing.assert_array_equal(recent.of([0], 0), [[NAN, 120.0, NAN, NAN, NAN, 90.0]])
    np.testing.assert_array_equal(recent.of([0], 1), [[NAN, 120.0, 120.0, 120.0, NAN, 90.0]])


def test_all_signals_gone_at_once_are_told_and_one_gone_alone_is_not() -> None:
    there, gone = [80.0] * 30, [NAN] * 20
    both = _replay(heart_rate=there + gone, spo2=[97.0] * 30 + gone)
    assert _onsets(both, "vanished>=1/2min") == [32.0]
    zeros = _replay(heart_rate=there + [0.0] * 20, spo2=[97.0] * 30 + [0.0] * 20)
    assert _onsets(zeros, "vanished>=1/2min") == [32.0]
    assert not both.raised(NotificationKind.PHYSIOLOGICAL)
    assert [event.subject for event in both.raised(NotificationKind.TECHNICAL)] == ["vanished>=1/2min"]
    one = _replay(heart_rate=there + gone, spo2=[97.0] * 50)
    apart = _replay(heart_rate=there + gone, spo2=[97.0] * 40 + [NAN] * 10)
    assert _onsets(one, "vanished>=1/2min") == _onsets(apart, "vanished>=1/2min") == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_every_kind_says_minute_by_minute_what_it_says_at_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = 6 * 60
    series = []
    for name, level, spread in (("heart_rate", 85, 20), ("spo2", 94, 3), ("respiratory_rate", 18, 4)):
        values = np.round(level + np.cumsum(rng.normal(0, spread / 15, minutes)))
        values[rng.random(minutes) < 0.1] = NAN
        start = int(rng.integers(30, minutes - 30))
        values[start : start + int(rng.integers(1, 25))] = rng.choice([NAN, 0.0])
        series.append(_series(name, values.tolist()))
    series.append(_series("systolic_bp", np.round(rng.normal(105, 15, 12)).tolist(), every=30))
    patient = PatientId("test", "1")
    policy = parse_policy(SIGNS, where="signs")
    noted = [
        Observation(patient, "systolic_bp", START + int(minute) * MINUTE_US, 88.0, "mm[Hg]", Status.PRESENT, "chart")
        for minute in sorted(rng.choice(np.arange(3, minutes - 3), 3, replace=False) + 0.0)
    ]
    at_once = replay_patient(patient, series, policy, observations=noted)
    stepped = replay_patient(patient, series, policy, observations=noted, listener=lambda _now, _events: None)
    assert _told(at_once) == _told(stepped)


def _told(result: Replay) -> list[tuple[int, str, str]]:
    return sorted((event.time_us, event.kind.value, event.subject) for event in result.events)


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
        ("kind: change", "kind: slope", "'slope' is none of change, baseline, together, points, vanished"),
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


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("known_terms: 2", "known_terms: 4", "known_terms is 4, of 3 terms"),
        ("none_at: 10, full_at: 40", "none_at: 10, full_at: 10", "none_at and full_at are both 10"),
        ("full_at: 40, points: 3", "full_at: 40, points: 0", "0 adds nothing"),
        ("full_at: 40, points: 3", "full_at: 40, points: many", "'many' is not a number"),
        ("signals: [heart_rate, spo2], window", "signals: [heart_rate], window", "at least two signals"),
        ("signals: [heart_rate, spo2], window", "signals: [heart_rate, sp02], window", "did you mean 'spo2'"),
        ("stable: [41, 110]}", "stable: [41, 110], follow_per_hour: -1}", "-1 is below 0"),
    ],
)
def test_a_mistake_in_points_or_vanished_signals_is_one_line(old: str, new: str, says: str) -> None:
    assert old in SIGNS
    with pytest.raises(BadInput, match=re.escape(says)) as caught:
        parse_policy(SIGNS.replace(old, new, 1), where="p.yaml")
    assert "p.yaml, line " in str(caught.value)
