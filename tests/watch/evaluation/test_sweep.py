"""Curves of load against missed events, on a heart rate whose every alarm can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fyr.attention import Policy, load_policy
from fyr.clock import MINUTE_US, from_iso, to_iso
from fyr.record import PatientId, Quality, SampleBatch, Series
from fyr.watch.evaluation.course import Event
from fyr.watch.evaluation.document import compare
from fyr.watch.evaluation.rows import event_rows, patient_rows, raised_rows, suppressed_rows
from fyr.watch.evaluation.running import Ran, run_policies
from fyr.watch.evaluation.sources import BatchSource
from fyr.watch.evaluation.sweep import Swept, sweep
from fyr.watch.evaluation.ward_replay import replay_ward

START_US = from_iso("2026-03-01T00:00:00Z")
FAST = range(600, 700)
WHO = PatientId("test", "1")
EVENT = Event(WHO, "sepsis", START_US + 590 * MINUTE_US, START_US + 720 * MINUTE_US)


def _fast_for_a_while() -> SampleBatch:
    """A day's heart rate of 80, and of 150 from minute 600 for 100 minutes."""
    value = np.full(1440, 80.0)
    value[FAST.start : FAST.stop] = 150.0
    time_us = START_US + MINUTE_US * np.arange(1440, dtype=np.int64)
    quality = np.full(1440, Quality.PRESENT, np.uint8)
    return SampleBatch.from_series([Series(WHO, "heart_rate", "/min", time_us, value, quality, MINUTE_US, "test")])


def _swept(name: str, ran: list[Policy], **options: Any) -> Swept:
    """Sweep one policy over the patient; what is replayed is noted in `ran`."""
    policies = {name: load_policy(name)}

    def replayed(some: Sequence[Policy]) -> Ran:
        ran.extend(some)
        return run_policies(BatchSource(_fast_for_a_while()), some, judged=list(policies.values()), workers=1)

    first = replayed(list(policies.values()))

    def judge(named, said):
        return compare(named, said, first.recordings, events=[EVENT])

    return sweep(policies, first.courses, run=lambda some: replayed(some).courses, judge=judge, **options)


@pytest.fixture(scope="module")
def swept() -> Swept:
    return _swept("haahr2022", [])


def test_every_point_is_the_alarm_worked_out_by_hand(swept):
    """Above 130 for 30 minutes: a sample stands for the minute before it, so that minutes 600 to 629 are 30."""
    (row,) = event_rows(swept)
    asked = {0.25: 7.5, 0.5: 15, 1.0: 30, 2.0: 60}
    after = {
        factor: (from_iso(time) - START_US) / MINUTE_US - FAST.start + 1
        for factor, time in zip(sorted({m.factor for m in swept.members}), row["first"]["haahr2022"], strict=True)
        if time is not None
    }
    assert {factor: after[factor] for factor in asked} == pytest.approx({0.25: 7.5, 0.5: 15, 1.0: 30, 2.0: 60}, abs=0.6)
    # 100 fast minutes are no 120 and no 240.
    assert row["first"]["haahr2022"][-2:] == [None, None]


def test_the_document_says_the_same(swept):
    curve = swept.document()["policies"]["haahr2022"]
    assert [point["factor"] for point in curve] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert [point["missed"] for point in curve] == [0, 0, 0, 0, 1, 1]
    assert [point["missed_events"] != [] for point in curve] == [False, False, False, False, True, True]


def test_factor_one_is_what_the_policy_itself_said(swept):
    (alone,) = replay_ward(_fast_for_a_while(), load_policy("haahr2022"))
    of = {one.name: one for one in swept.judged.policies}
    assert of["haahr2022 x1"].courses[WHO].alerts == alone.alerts


def test_nothing_is_replayed_twice():
    """At a quarter and a half the raw monitor is what it is; only what differs is run."""
    ran: list[Policy] = []
    _swept("thresholds", ran, factors=(0.25, 0.5, 1.0, 2.0))
    # Durations of a second are never less, nor is one reading; at two they become two minutes and two readings.
    assert len({policy.digest for policy in ran}) == len(ran) == 2


def test_rows_for_a_drawing(swept):
    (patient,) = patient_rows(swept.judged)
    assert (patient["patient"], patient["events"], patient["usable"]) == ("test/1", 1, True)
    assert patient["start"] == to_iso(START_US)
    one = next(one for one in swept.judged.policies if one.name == "haahr2022 x1")
    assert [(row["rule"], row["is_true"]) for row in raised_rows(one)] == [("hr>130/30min", True)]
    (closely,) = replay_ward(_fast_for_a_while(), one.policy)
    held = suppressed_rows(one.policy, closely)
    assert {row["rule"] for row in held} >= {"hr>110/60min"}
    assert all(row["reason"] for row in held)
