"""The kernel against the plain statement of its semantics, on streams with gaps, doubles, disorder and junk."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.watch.numpy_rules import NumpyRules
from tests.watch.plain_rules import PlainChange, plain_changes, stated_onsets

from fyr.attention import Change, Policy, load_policy, parse_policy
from fyr.clock import MINUTE_US, SECOND_US
from fyr.watch.compiled_policy import CompiledPolicy, compile_policy
from fyr.watch.kernel import CHANGE, NEVER, State, advance, changes_capacity, new_state

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

EDGE = """
name: edge
version: "1"
title: One rule
source: a test
signals: {heart_rate: {plausible: [20, 250], gap_tolerance: 2 min}}
alarms: {clear_after: 2 min, clear_readings: 1, refractory: 0 s, latch: []}
rules:
  - {signal: heart_rate, WHEN, priority: low, title: a, source: test}
"""


@cache
def _policy(name: str) -> Policy:
    return parse_policy(HYSTERESIS, where="test") if name == "hysteresis" else load_policy(name)


Rows = tuple[NDArray[Any], ...]
"""Patient, signal, time, value, period."""


def _run(compiled: CompiledPolicy, state: State, rows: Rows, cuts: list[int]) -> Rows:
    """Run the kernel over rows in several calls, cut anywhere: state must carry over."""
    n, found = len(rows[0]), []
    edges = sorted({0, n, *(min(cut, n) for cut in cuts)})
    for start, stop in pairwise(edges):
        room = changes_capacity(stop - start, compiled.most_rules)
        out = np.empty(room, CHANGE)
        tables = (compiled.signal_table, compiled.rule_table)
        count = advance(*(column[start:stop] for column in rows), *tables, state, out)
        found.append([out[name][:count] for name in CHANGE.names])
    return tuple(np.concatenate(columns) for columns in zip(*found, strict=True)) if found else ()


def _rows(compiled: CompiledPolicy, samples: list[tuple[int, str, int, float]], period: int) -> Rows:
    patients, names, times, values = zip(*samples, strict=True) if samples else ((), (), (), ())
    return (
        np.array(patients, np.int32),
        np.array([compiled.signals.index(name) for name in names], np.int16),
        np.array(times, np.int64),
        np.array(values, np.float64),
        np.full(len(samples), period, np.int64),
    )


def _interleaved_changes(
    policy: Policy, samples: list[tuple[int, str, int, float]], period: int, cuts: list[int]
) -> dict[tuple[int, str], Counter[PlainChange]]:
    """Return the changes of each patient and signal, in the form of the plain statement."""
    compiled = compile_policy(policy)
    state = new_state(3, len(compiled.signals), len(compiled.rules))
    found: dict[tuple[int, str], Counter[PlainChange]] = {}
    changes = _run(compiled, state, _rows(compiled, samples, period), cuts)
    for patient, kind, subject, time, start, amount, _ in zip(*(c.tolist() for c in changes), strict=True):
        change = Change(kind)
        about_rule = change in (Change.ONSET, Change.CLEAR, Change.BRIEF, Change.INTERRUPTED)
        key = compiled.rules[subject].key if about_rule else compiled.signals[subject]
        name = compiled.rules[subject].signal if about_rule else key
        is_plain = change is not Change.CLEAR and start != NEVER
        plain = (change.name, key, time, start if is_plain else 0, amount)
        found.setdefault((patient, name), Counter())[plain] += 1
    return found


def _kernel_changes(
    policy: Policy, name: str, stream: list[tuple[int, float]], period: int, cut: int
) -> list[PlainChange]:
    samples = [(0, name, time, value) for time, value in stream]
    return list(_interleaved_changes(policy, samples, period, [cut]).get((0, name), Counter()).elements())


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
    data=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["spo2", "heart_rate", "systolic_bp"]), steps, values),
        max_size=150,
    ),
    policy=st.sampled_from(["haahr2022", "hysteresis"]),
    cuts=st.lists(st.integers(0, 150), max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_patients_and_signals_that_are_interleaved_do_not_touch_each_other(
    data: list[tuple[int, str, int, float]], policy: str, cuts: list[int]
) -> None:
    newest: dict[tuple[int, str], int] = {}
    samples = []
    for patient, name, step, value in data:
        newest[patient, name] = newest.get((patient, name), 10**12) + step * SECOND_US
        samples.append((patient, name, newest[patient, name], value))
    found = _interleaved_changes(_policy(policy), samples, MINUTE_US, cuts)
    for patient, name in newest:
        stream = [(time, value) for p, n, time, value in samples if (p, n) == (patient, name)]
        expected = plain_changes(_policy(policy), name, stream, MINUTE_US)
        assert found.pop((patient, name), Counter()) == Counter(expected)
    assert not found


def random_rows(rng: np.random.Generator, compiled: CompiledPolicy, n: int, patients: int, period: int) -> Rows:
    """Make walks across the thresholds, with missing and impossible values, gaps, doubles and disorder."""
    patient = rng.integers(0, patients, n).astype(np.int32)
    signal = rng.integers(0, len(compiled.signals), n).astype(np.int16)
    time, value = np.empty(n, np.int64), np.empty(n)
    for p in range(patients):
        for s in range(len(compiled.signals)):
            own = np.flatnonzero((patient == p) & (signal == s))
            steps = rng.choice([0, 0.5, 0.97, 1, 1, 1, 1, 1, 1.03, 1.5, 3, 3.6, 10, -1], len(own))
            time[own] = 10**12 + np.cumsum((steps * period).astype(np.int64))
            thresholds = [rule.threshold for rule in compiled.rules if rule.signal == compiled.signals[s]] or [50.0]
            walk = rng.choice(thresholds, 1 + len(own) // 8).repeat(8)[: len(own)]
            value[own] = walk + rng.integers(-3, 4, len(own))
    kind = rng.random(n)
    value[kind < 0.15] = np.nan
    value[kind > 0.97] = rng.choice([0.0, -5.0, 900.0, np.inf], int((kind > 0.97).sum()))
    return patient, signal, time, value, np.full(n, period, np.int64)


@pytest.mark.parametrize("policy", ["haahr2022", "news2-continuous", "hysteresis"])
@pytest.mark.parametrize("seed", range(6))
def test_kernel_and_its_numpy_twin_agree_to_the_last_bit(policy: str, seed: int) -> None:
    compiled, patients = compile_policy(_policy(policy)), 5
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, compiled, 10_000, patients, int(rng.choice([1, 30, 60])) * SECOND_US)
    state = new_state(patients, len(compiled.signals), len(compiled.rules))
    state.lost[:, compiled.watched :] = False
    twin = NumpyRules(compiled, patients)
    twin.lost.reshape(patients, -1)[:, compiled.watched :] = False
    found = _run(compiled, state, rows, [int(cut) for cut in rng.integers(0, 10_000, 6)])
    expected = twin.advance(*rows)
    assert len(found[0]) > 500
    for ours, theirs in zip(_sorted(found), _sorted(expected), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("last_us", "valid_us", "valid_value", "period_us", "lost", "valid_count", "valid_time_us", "dropped"):
        np.testing.assert_array_equal(getattr(state, name).ravel(), getattr(twin, name), err_msg=name)
    for name in ("run", "fired", "deviating", "recovery"):
        np.testing.assert_array_equal(state.course[name].T, getattr(twin, name), err_msg=name)


def _sorted(changes: Rows) -> Rows:
    order = np.lexsort(changes)
    return tuple(column[order] for column in changes)


@given(
    threshold=st.floats(60, 200),
    operator=st.sampled_from(["<", "<=", ">", ">="]),
    ulps=st.integers(-2, 2),
    clear=st.floats(0, 20),
)
@settings(max_examples=60, deadline=None)
def test_the_band_of_ordinary_values_ends_exactly_where_a_rule_begins(
    threshold: float, operator: str, ulps: int, clear: float
) -> None:
    looks_down = operator.startswith("<")
    clearing = threshold + clear if looks_down else threshold - clear
    when = f'when: "{operator} {threshold!r}", for: 1 min, clear: {clearing!r}'
    policy = parse_policy(EDGE.replace("WHEN", when), where="test")
    value = threshold
    for _ in range(abs(ulps)):
        value = math.nextafter(value, math.copysign(math.inf, ulps))
    table = compile_policy(policy).signal_table
    ordinary = table["ordinary_low"][0] <= value <= table["ordinary_high"][0]
    stream = [(minute * MINUTE_US, value) for minute in range(3)]
    onsets = [kind for kind, *_ in plain_changes(policy, "heart_rate", stream, MINUTE_US) if kind == "ONSET"]
    assert ordinary == (not onsets)


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
