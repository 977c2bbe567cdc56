"""The order of samples, found by counting or by comparing, is the one that a plain sort finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.record import PatientId, Quality, SampleBatch
from fyr.watch.arrival_order import order_of, repeats, streams_of
from fyr.watch.sample_rows import rows_of

Row = tuple[int, int, int, int]
"""Time, stream, quality, value."""


@pytest.mark.parametrize("times_rise", [True, False])
@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 1), st.integers(0, 2)), max_size=60)
)
def test_the_order_is_that_of_a_plain_sort(times_rise: bool, rows: list[Row]) -> None:
    if times_rise:
        rows.sort(key=lambda row: row[0])
    time_us, stream, quality, bits = (np.array([row[column] for row in rows]) for column in range(4))
    order, tied = order_of(
        time_us.astype(np.int64), stream.astype(np.int64), quality.astype(np.uint8), bits.astype(np.uint64)
    )
    expected = sorted(range(len(rows)), key=lambda number: rows[number])
    assert order.tolist() == expected
    assert tied == (len({row[:2] for row in rows}) < len(rows))
    again = repeats(order, time_us, stream, quality, bits)
    assert again.tolist() == [at > 0 and rows[one] == rows[expected[at - 1]] for at, one in enumerate(expected)]


def test_few_samples_of_streams_far_apart_are_in_order_too() -> None:
    stream = np.array([10**15, 3, 10**15 - 1], np.int64)
    order, _ = order_of(np.zeros(3, np.int64), stream, np.zeros(3, np.uint8), np.zeros(3, np.uint64))
    assert order.tolist() == [1, 2, 0]


def test_a_stream_is_what_patient_signal_and_device_add_up_to() -> None:
    one, two = np.array([1, 0], np.int32), np.array([0, 1], np.int32)
    add = np.array([0, 6], np.int64), np.array([0, 3], np.int64), np.array([1, 2], np.int64)
    assert streams_of(one, two, two, *add).tolist() == [6 + 0 + 1, 0 + 3 + 2]


@settings(deadline=None, max_examples=80)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 2), st.sampled_from(Quality)), max_size=30
    ),
    computed=st.one_of(st.none(), st.lists(st.booleans(), min_size=4, max_size=4)),
)
def test_rows_are_the_known_signals_in_order_of_time(
    rows: list[tuple[int, int, int, Quality]], computed: list[bool] | None
) -> None:
    patients, signals = np.array([7, 4], np.int32), np.array([3, -1, 0], np.int16)
    batch = SampleBatch(
        patients=(PatientId("demo", "1"), PatientId("demo", "2")),
        patient_index=np.array([row[1] for row in rows], np.int32),
        signals=("a", "b", "c"),
        signal_index=np.array([row[2] for row in rows], np.int16),
        time_us=np.array([row[0] for row in rows], np.int64),
        value=np.arange(len(rows), dtype=np.float64),
        quality=np.array([row[3] for row in rows], np.uint8),
        period_us=np.array([10, 20, 30], np.int64),
    )
    found = rows_of(batch, patients, signals, None if computed is None else np.array(computed))
    expected = [
        (int(patients[patient]), int(signals[signal]), time, (signal + 1) * 10, number, quality)
        for number, (time, patient, signal, quality) in enumerate(rows)
        if signals[signal] >= 0
    ]
    expected.sort(key=lambda row: (row[2], computed is not None and computed[row[1]]))
    assert found.patient.tolist() == [row[0] for row in expected]
    assert found.signal.tolist() == [row[1] for row in expected]
    assert found.time_us.tolist() == [row[2] for row in expected]
    assert found.period_us.tolist() == [row[3] for row in expected]
    missing = [row[5] in (Quality.UNKNOWN, Quality.NOT_DONE) for row in expected]
    np.testing.assert_array_equal(found.value, np.where(missing, np.nan, [float(row[4]) for row in expected]))
