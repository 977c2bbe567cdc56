"""The kernel against the plain statement of its semantics, on streams with gaps, doubles, disorder and junk."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.plain_rules import plain_changes, stated_onsets

from fyr.attention import Change, Policy, load_policy, parse_policy
from fyr.clock import MINUTE_US, SECOND_US
from fyr.watch.compiled_policy import compile_policy
from fyr.watch.kernel import NEVER, advance, changes_capacity, new_state

HYSTERESIS = """
name: hysteresis
version: "1"
title: Every operator, with clearing further back than the threshold
source: a test
signals:
  spo2: {plausible: [50, 100], gap_tolerance: 2 min}
  heart_rate: {plausible: [20, 250], gap_tolerance: 90 s}
  systolic_bp: {plausible: [40, 260], measured: readings, expected_every: 60 min}
alarms: {clear_after: 2 min, clear_readings: 2, refractory: 0 s, latch: []}
rules:
  - {signal: spo2, when: "<= 90", for: 3 min, clear: 93, priority: low, title: a, source: test}
  - {signal: spo2, when: "< 85", for: 1 min, clear: 85, priority: high, title: b, source: test}
  - {signal: heart_rate, when: ">= 120", for: 150 s, clear: 110, priority: low, title: c, source: test}
  - {signal: heart_rate, when: "> 150", for: 30 s, clear: 150, priority: high, title: d, source: test}
  - {signal: systolic_bp, when: "<= 90", readings: 3, clear: 95, priority: high, title: e, source: test}
"""


@cache
def _policy(name: str) -> Policy:
    return parse_policy(HYSTERESIS, where="test") if name == "hysteresis" else load_policy(name)


def _kernel_changes(
    policy: Policy, name: str, stream: list[tuple[int, float]], period: int, cut: int
) -> list[tuple[str, str, int, int, int]]:
    """Run the kernel over the stream in two calls, cut anywhere: state must carry over."""
    compiled = compile_policy(policy)
    state = new_state(1, len(compiled.signals), len(compiled.rules))
    found = []
    for part in (stream[:cut], stream[cut:]):
        n = len(part)
        room = changes_capacity(n, compiled.most_rules)
        out = [np.empty(room, t) for t in (np.int32, np.int8, np.int16, np.int64, np.int64, np.int64, np.float64)]
        count = advance(
            np.zeros(n, np.int32),
            np.full(n, compiled.signals.index(name), np.int16),
            np.array([time for time, _ in part], np.int64),
            np.array([value for _, value in part], np.float64),
            np.full(n, period, np.int64),
            compiled.signal_table,
            compiled.rule_table,
            state,
            *out,
        )
        for kind, subject, time, start, amount in zip(*(c[:count].tolist() for c in out[1:6]), strict=True):
            change = Change(kind)
            about_rule = change in (Change.ONSET, Change.CLEAR, Change.BRIEF, Change.INTERRUPTED)
            key = compiled.rules[subject].key if about_rule else compiled.signals[subject]
            is_clear = change is Change.CLEAR
            start = 0 if is_clear or start == NEVER else start  # noqa: PLW2901
            found.append((change.name, key, time, start, amount))
    return found


values = st.one_of(
    st.just(float("nan")),
    st.sampled_from(
        [0.0, 30.0, 79.0, 84.0, 85.0, 87.0, 90.0, 91.0, 92.0, 93.0, 95.0, 110.0, 120.0, 131.0, 150.0, 181.0]
    ),
    st.floats(0, 300),
)
steps = st.sampled_from([0, 30, 59, 60, 60, 60, 60, 61, 90, 120, 150, 180, 210, 240, 600, -60])


@given(
    data=st.lists(st.tuples(steps, values), max_size=120),
    name=st.sampled_from(["spo2", "heart_rate", "systolic_bp"]),
    policy=st.sampled_from(["haahr2022", "hysteresis"]),
    period_s=st.sampled_from([1, 30, 60]),
    cut=st.integers(0, 120),
)
@settings(max_examples=300, deadline=None)
def test_kernel_agrees_with_the_plain_statement(
    data: list[tuple[int, float]], name: str, policy: str, period_s: int, cut: int
) -> None:
    time = 10**12
    stream = []
    for step, value in data:
        time += step * period_s * SECOND_US // 60
        stream.append((time, value))
    found = _kernel_changes(_policy(policy), name, stream, period_s * SECOND_US, cut)
    expected = plain_changes(_policy(policy), name, stream, period_s * SECOND_US)
    assert Counter(found) == Counter(expected)


@given(
    data=st.lists(values, max_size=200), name=st.sampled_from(["spo2", "heart_rate", "respiratory_rate", "systolic_bp"])
)
@settings(max_examples=200, deadline=None)
def test_onsets_follow_the_published_anchors_words(data: list[float], name: str) -> None:
    policy = _policy("haahr2022")
    stream = [(minute * MINUTE_US, value) for minute, value in enumerate(data)]
    found = _kernel_changes(policy, name, stream, MINUTE_US, len(data) // 2)
    signal = policy.signals[name]
    for rule in policy.rules:
        if rule.signal == name:
            onsets = sum(1 for kind, key, *_ in found if kind == "ONSET" and key == rule.key)
            assert onsets == stated_onsets(data, signal.plausible_low, signal.plausible_high, rule)


def test_two_missing_minutes_are_bridged_and_three_are_not() -> None:
    nan = float("nan")
    for missing, onsets in ((2, 1), (3, 0)):
        data = [9.0] * 3 + [nan] * missing + [9.0] * 2 + [15.0]
        stream = [(minute * MINUTE_US, value) for minute, value in enumerate(data)]
        found = _kernel_changes(_policy("haahr2022"), "respiratory_rate", stream, MINUTE_US, 0)
        assert sum(1 for kind, key, *_ in found if (kind, key) == ("ONSET", "rr<11/5min")) == onsets


def test_a_second_rate_stream_needs_the_same_time() -> None:
    stream = [(second * SECOND_US, 9.0) for second in range(400)]
    found = _kernel_changes(_policy("haahr2022"), "respiratory_rate", stream, SECOND_US, 123)
    onsets = [time for kind, key, time, *_ in found if (kind, key) == ("ONSET", "rr<11/5min")]
    assert onsets == [299 * SECOND_US]
