"""Packed traces: exact to the bit, and small where samples are regular."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fyr.serve.packed_trace import pack_times, pack_values, unpack_times, unpack_values

TENTHS = st.integers(-40_000, 40_000).map(lambda tenths: tenths / 10)
FLOATS = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
NARROW = st.floats(width=32)


@given(st.lists(st.one_of(st.just(1_000_000), st.integers(1, 2**40)), max_size=60), st.sampled_from([0, 1_000_000]))
def test_times_come_back_whatever_their_steps(steps: list[int], usual_us: int) -> None:
    times = np.cumsum(np.array([1_700_000_000_000_000, *steps], np.int64))[: len(steps)]
    assert unpack_times(pack_times(times, usual_us)).tolist() == times.tolist()


@given(st.one_of(*(st.lists(st.one_of(some, st.just(float("nan")))) for some in (TENTHS, FLOATS, NARROW))))
def test_values_come_back_to_the_bit_with_every_nan_and_minus_nought(values: list[float]) -> None:
    column = np.array([*values, -0.0][: len(values)], np.float64)
    assert unpack_values(pack_values(column)).tobytes() == column.tobytes()


def test_a_day_of_regular_tenths_takes_two_bytes_a_sample() -> None:
    times = 1_700_000_000_000_000 + np.arange(86_400) * 1_000_000
    values = np.round(np.random.default_rng(1).normal(80, 5, 86_400), 1)
    values[1000:1100] = np.nan
    *_, places, others = pack_times(np.delete(times, [5, 6, 7]), 1_000_000)
    assert (len(places), len(others)) == (1, 1)
    assert pack_values(values)[1].nbytes == 2 * 86_400
    assert pack_values(np.array([-0.0, 1.0]))[0] == 0
