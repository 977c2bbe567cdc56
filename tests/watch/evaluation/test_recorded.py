"""What was monitored time, against the plain statement: all samples in one line, and the wide spaces between them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.evaluation.builders import MIDNIGHT_US, patient

from fyr.clock import HOUR_US, MINUTE_US
from fyr.record import PatientSamples
from fyr.watch.evaluation.recorded import HOLE_US, recorded

SIGNAL = st.tuples(
    st.sampled_from([MINUTE_US, 5 * HOUR_US, 30 * HOUR_US]),
    st.lists(st.integers(0, 12 * 24), max_size=12).map(sorted),
    st.sampled_from([80.0, 0.0, np.nan]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SIGNAL, min_size=1, max_size=4))
def test_holes_are_where_no_sample_stands_for_longer_than_a_day(signals: list[tuple[int, list[int], float]]) -> None:
    columns = [MIDNIGHT_US + np.array(hours, np.int64) * HOUR_US for _, hours, _ in signals]
    samples = PatientSamples(
        patient(1),
        tuple(f"signal {number}" for number in range(len(signals))),
        np.array([period_us for period_us, _, _ in signals]),
        np.concatenate([[0], np.cumsum([len(column) for column in columns])]).astype(np.int64),
        np.concatenate(columns).astype(np.int64),
        np.concatenate([np.full(len(hours), value) for _, hours, value in signals]),
    )
    found = recorded(samples, {f"signal {number}": [(20.0, 250.0)] for number in range(len(signals))})

    there = [(t, period_us) for period_us, hours, _ in signals for t in (MIDNIGHT_US + h * HOUR_US for h in hours)]
    if not there:
        assert (found.start_us, found.end_us, found.holes_us, found.is_usable) == (0, 0, (), False)
        return
    there.sort()
    holes, reached_us = [], there[0][0] + there[0][1]
    for time_us, period_us in there:
        if time_us - reached_us > HOLE_US:
            holes.append((reached_us, time_us))
        reached_us = max(reached_us, time_us + period_us)
    assert found.holes_us == tuple(holes)
    assert found.start_us == there[0][0]
    assert found.end_us == there[-1][0] + min(period_us for period_us, hours, _ in signals if hours)
    assert found.is_usable == any(hours and value == 80.0 for _, hours, value in signals)
