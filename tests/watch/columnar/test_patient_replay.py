"""The columnar replay against the ward engine, patient by patient: the same alerts, the same ends, the same counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.attention import Policy, load_policy, parse_policy, shipped_policies
from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fyr.exchange.recordings import read_recordings
from fyr.record import Observation, PatientId, Quality, SampleBatch, Series, Status, by_patient
from fyr.watch.columnar.patient_replay import Outcome, PatientReplay
from fyr.watch.evaluation.course import Course
from fyr.watch.evaluation.ward_courses import outcome_of
from fyr.watch.evaluation.ward_replay import replay_ward
from fyr.watch.kernel import NEVER
from fyr.watch.simulation import SimulatedWard

START_US = 20_000 * DAY_US
WHO = PatientId("test", "1")
RESPONSES = (None, 0, 2 * MINUTE_US, 7 * MINUTE_US)

CROWDED = """
name: crowded
version: "1"
title: Rules that cover, hold, release, latch, escalate and come again
source: a test
signals:
  spo2: {plausible: [50, 100], gap_tolerance: 2 min, technical_after: 3 min}
  heart_rate: {plausible: [20, 250], gap_tolerance: 90 s, technical_after: 0 s}
  systolic_bp: {plausible: [40, 260], measured: readings, expected_every: 10 min, technical_after: 5 min}
  spo2_fall: {abbreviation: spo2.fall, plausible: [-8, 8], gap_tolerance: 2 min, technical_after: 4 min}
  own: {abbreviation: hr.own, plausible: [-60, 60], gap_tolerance: 3 min}
  own_long: {abbreviation: hr.long, plausible: [-60, 60], gap_tolerance: 3 min}
  sbp_own: {abbreviation: sbp.own, plausible: [-90, 90], gap_tolerance: 3 min}
  worse: {abbreviation: worse, plausible: [0, 4], gap_tolerance: 2 min}
  both: {abbreviation: both, plausible: [0, 1], gap_tolerance: 1 min}
  vanished: {abbreviation: vanished, plausible: [0, 1], gap_tolerance: 5 min}
derived:
  spo2_fall: {kind: change, signal: spo2, window: 3 min, over: 6 min}
  own: {kind: baseline, signal: heart_rate, window: 2 min, learn: 6 min, stable: [50, 110]}
  own_long: {kind: baseline, signal: heart_rate, window: 5 min, learn: 5 min, stable: [40, 140], follow_per_hour: 7.3}
  sbp_own: {kind: baseline, signal: systolic_bp, window: 6 min, learn: 6 min, stable: [60, 240], follow_per_hour: 11}
  worse:
    kind: points
    window: 3 min
    known_terms: 2
    terms:
      - {signal: own_long, none_at: 3, full_at: 31, points: 3}
      - {signal: sbp_own, none_at: -3, full_at: -20, points: 1.7}
      - {signal: spo2, none_at: 94, full_at: 87, points: 2.1}
  vanished: {kind: vanished, signals: [heart_rate, spo2], window: 2 min, over: 3 min}
  both:
    kind: together
    window: 4 min
    all: [{signal: spo2, when: "< 91"}, {signal: own, when: ">= 5"}, {signal: spo2_fall, when: "<= -1"}]
alarms:
  clear_after: 2 min
  clear_readings: 1
  refractory: 9 min
  latch: [high, medium]
  escalate:
    high: [{after: 3 min, to: a}, {after: 6 min, to: b}]
    medium: [{after: 5 min, to: a}]
rules:
  - {signal: spo2, when: "< 92", for: 2 min, clear: 93, priority: low, group: g, title: a, source: t}
  - {signal: spo2, when: "<= 88", for: 1 min, priority: medium, group: g, title: b, source: t, refractory: 3 min}
  - {signal: spo2, when: "< 84", for: 1 min, priority: high, group: g, title: c, source: t, tier: safety}
  - {signal: heart_rate, when: "> 110", for: 3 min, clear: 105, priority: medium, group: g, title: d, source: t,
     re_raise_after: 6 min}
  - {signal: heart_rate, when: ">= 130", for: 1 min, priority: high, group: g, title: e, source: t, latch: false,
     re_raise_after: 4 min}
  - {signal: heart_rate, when: "< 50", for: 1 min, priority: high, title: f, source: t}
  - {signal: systolic_bp, when: "< 90", readings: 2, priority: medium, group: g, title: g, source: t}
  - {signal: systolic_bp, when: "<= 80", readings: 1, priority: high, group: g, title: h, source: t, refractory: 0 s}
  - {signal: spo2_fall, when: "<= -3", for: 1 min, priority: low, group: g, title: i, source: t}
  - {signal: own, when: ">= 20", for: 2 min, priority: medium, group: g, title: j, source: t}
  - {signal: both, when: ">= 1", for: 2 min, priority: high, group: g, title: k, source: t, tier: safety}
  - {signal: worse, when: ">= 1.3", for: 2 min, clear: 1.1, priority: medium, title: l, source: t}
  - {signal: vanished, when: ">= 1", for: 1 min, priority: high, group: g, title: m, source: t, technical: true}
when_finding:
  - {title: frail, code: frail, is: true, source: t, changes: [{rule: "spo2<92/2min", threshold: 90}]}
"""


@cache
def policy_of(name: str) -> Policy:
    return parse_policy(CROWDED, where="test") if name == "crowded" else load_policy(name)


def assert_equal(course: Course, outcome: Outcome) -> None:
    rules = outcome.rules
    told = [
        (
            int(row["time_us"]),
            None if row["cleared_us"] == NEVER else int(row["cleared_us"]),
            rules[row["rule"]].rule,
            rules[row["rule"]].title,
            float(row["value"]),
        )
        for row in outcome.alerts
    ]
    assert told == [(one.time_us, one.cleared_us, one.rule, one.title, one.value) for one in course.alerts]
    assert outcome.technical == course.technical
    assert outcome.suppressed == len(course.suppressed)
    assert outcome.not_assessable_us == course.not_assessable_us
    assert outcome.span_us == course.span_us


def assert_same(
    samples: SampleBatch, policy: Policy, observations: Sequence[Observation], response_us: int | None
) -> int:
    courses = replay_ward(samples, policy, observations=observations, assumed_response_us=response_us)
    replay = PatientReplay(policy, response_us)
    there = [one for one in by_patient(samples) if len(one)]
    assert len(there) == len(courses)
    outcomes = []
    for one, course in zip(there, courses, strict=True):
        seen = [seen for seen in observations if seen.patient == one.patient]
        midway = replay.changes_midway(one, seen)
        outcomes.append(outcome_of(course) if midway else replay(one, seen))
    for course, outcome in zip(courses, outcomes, strict=True):
        assert_equal(course, outcome)
    return sum(len(course.alerts) for course in courses)


VALUES = {
    "spo2": st.sampled_from([97.0, 95.0, 92.0, 91.0, 89.0, 88.0, 86.0, 83.0, 79.0, 0.0, np.nan, 101.0]),
    "heart_rate": st.sampled_from([80.0, 70.0, 104.0, 106.0, 112.0, 131.0, 49.0, 0.0, np.nan, 300.0, -1.0]),
    "respiratory_rate": st.sampled_from([16.0, 25.0, 31.0, 10.0, 4.0, 8.0, 0.0, np.nan]),
    "systolic_bp": st.sampled_from([120.0, 89.0, 79.0, 69.0, 185.0, 225.0, np.nan, 10.0]),
    "temperature": st.sampled_from([36.8, 38.6, 34.9, np.nan, 12.0]),
}


@st.composite
def series_of(draw: st.DrawFn, signal: str) -> Series:
    """Samples with stretches of one value, doubles, gaps short and long, and times off the minute."""
    times: list[int] = []
    values: list[float] = []
    now_us = START_US + draw(st.integers(0, 20)) * 30 * SECOND_US
    for _ in range(draw(st.integers(1, 14))):
        value = draw(VALUES[signal])
        step_us = draw(st.sampled_from([0, 20, 30, 60, 60, 60, 61, 150, 400, 1300])) * SECOND_US
        for _ in range(draw(st.integers(1, 9))):
            times.append(now_us)
            values.append(value)
            now_us += step_us
        now_us += draw(st.sampled_from([0, 30, 60, 60, 200])) * SECOND_US
    value = np.array(values)
    quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    quality[draw(st.integers(0, len(values) - 1))] = draw(st.sampled_from([Quality.PRESENT, Quality.NOT_DONE]))
    return Series(
        WHO, signal, "1", np.array(times, np.int64), value, quality, draw(st.sampled_from([30, 60])) * SECOND_US
    )


@st.composite
def recordings(draw: st.DrawFn) -> SampleBatch:
    """One patient; a signal may come twice, from two devices with their own periods: disorder once they are merged."""
    signals = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    return SampleBatch.from_series([draw(series_of(signal)) for signal in signals])


OBSERVED = st.sampled_from(
    [
        *[("systolic_bp", value) for value in (85.0, 118.0, None)],
        *[("consciousness", value) for value in ("A", "V", "asleep")],
        *[("supplemental_oxygen", value) for value in (True, "air")],
        *[(code, True) for code in ("frail", "copd")],
        ("temperature", 39.2),
        ("spo2_scale", 2.0),
        ("heart_rate", 120.0),
    ]
)


@st.composite
def observed(draw: st.DrawFn) -> list[Observation]:
    found = []
    for code, value in draw(st.lists(OBSERVED, max_size=8)):
        time_us = START_US + draw(st.integers(-5, 90)) * MINUTE_US
        statuses = (Status.PRESENT, Status.PRESENT, Status.IMPUTED) if value is not None else (Status.UNKNOWN,)
        found.append(Observation(WHO, code, time_us, value, None, draw(st.sampled_from(statuses)), "test"))
    return found


@settings(max_examples=400, deadline=None)
@given(
    recordings(), observed(), st.sampled_from(["crowded", "crowded", *shipped_policies()]), st.sampled_from(RESPONSES)
)
def test_random_streams(
    samples: SampleBatch, observations: list[Observation], name: str, response_us: int | None
) -> None:
    assert_same(samples, policy_of(name), observations, response_us)


@pytest.fixture(scope="module")
def ward() -> tuple[SampleBatch, list[Observation]]:
    simulated = SimulatedWard(6, seed=11, start_us=START_US, until_us=START_US + 2 * DAY_US, period_us=MINUTE_US)
    batch, observations = simulated.advance(START_US + 2 * DAY_US - 1)
    order = np.lexsort((batch.time_us, batch.patient_index))
    samples = SampleBatch(
        batch.patients,
        batch.patient_index[order],
        batch.signals,
        batch.signal_index[order],
        batch.time_us[order],
        batch.value[order],
        batch.quality[order],
        batch.period_us,
    )
    for context in ("copd", "frail"):
        observations.append(Observation(batch.patients[2], context, START_US, True, None, Status.PRESENT, "context"))
    return samples, observations


@pytest.mark.parametrize("name", ["crowded", *shipped_policies()])
def test_simulated_patients(ward: tuple[SampleBatch, list[Observation]], name: str) -> None:
    samples, observations = ward
    assert assert_same(samples, policy_of(name), observations, 2 * MINUTE_US) > 0
    assert_same(samples, policy_of(name), observations, None)


@pytest.mark.real
@pytest.mark.parametrize("name", ["crowded", *shipped_policies()])
def test_a_real_recording(name: str, data_folder: Path) -> None:
    recording = read_recordings(data_folder / "watch/wfdb/s00001/s00001-2896-10-10-00-31n")[0]
    samples = SampleBatch.from_series([one for one in recording.series if len(one)])
    for response_us in RESPONSES:
        assert_same(samples, policy_of(name), recording.observations, response_us)


def test_a_long_recording_does_not_depend_on_how_it_is_parted() -> None:
    """A loss is noticed long after it happened, beyond the rows that the engine gives the kernel at once."""
    minutes = np.arange(70_000, dtype=np.int64)
    rate = np.where(minutes % 97 < 3, 140.0, 80.0)
    there = (minutes < 32_700) | (minutes > 33_600)
    saturation = np.where(minutes % 61 < 2, 79.0, 97.0)
    series = [
        _series("heart_rate", minutes[there], rate[there]),
        _series("spo2", minutes, saturation),
    ]
    samples = SampleBatch.from_series(series)
    assert assert_same(samples, policy_of("haahr2022"), [], 2 * MINUTE_US) > 0
    assert assert_same(samples, policy_of("thresholds"), [], HOUR_US) > 0


def _series(signal: str, minutes: np.ndarray, value: np.ndarray) -> Series:
    quality = np.zeros(len(minutes), np.uint8)
    return Series(WHO, signal, "1", START_US + minutes * MINUTE_US, value, quality, MINUTE_US)
