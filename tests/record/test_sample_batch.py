"""Batches of samples: merged by time, and written as bytes that come back bit for bit or not at all."""

from __future__ import annotations

import base64
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.record.first_version import as_first_version

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.sample_batch import SampleBatch
from fyr.record.series import Series

ANNA, BO = PatientId("demo", "1"), PatientId("other", "1")

FIRST_VERSION = base64.b64decode(
    "RllSUwEAahXMdXoAAAB7InBhdGllbnRzIjpbWyJkZW1vIiwiMSJdLFsib3RoZXIiLCIxIl1dLCJzaWduYWxzIjpbImhlYXJ0X3JhdGUiLCJzcG8y"
    "Il0sInBlcmlvZF91cyI6WzEwMDAwMDAsMTAwMDAwMF0sInNvdXJjZSI6ImdhdGV3YXkifQUAAAAAAAAAAAAAAAAAAAABAAEAAQEAAAAAAAAAAAEA"
    "AAEBAAHgEBgkCgYABP9fDQD/Xw0AP6IcAAAAAAB/5CsAAAAAAAAAAAABAAEAAAMIAAAAAAAAUkAAAAAAAAD4fwAAAAAAYFhAmpmZmZmZuT8AAAAA"
    "AAAAgA=="
)
"""What the Fyr before version 2 of the bytes wrote of :func:`_of_the_first_version`."""


def _of_the_first_version() -> SampleBatch:
    return SampleBatch(
        (ANNA, BO),
        np.array([0, 1, 0, 1, 1], np.int32),
        ("heart_rate", "spo2"),
        np.array([0, 0, 1, 1, 0], np.int16),
        1_700_000_000_000_000 + np.array([0, 0, 1_000_000, -876_543, 2_000_000], np.int64),
        np.array([72.0, np.nan, 97.5, 0.1, -0.0]),
        np.array([0, 1, 0, 0, 3], np.uint8),
        np.array([1_000_000, 1_000_000], np.int64),
        "gateway",
    )


def _series(patient: PatientId, signal: str, time_us: list[int], value: list[float], period_us: int = 1) -> Series:
    return Series(
        patient=patient,
        signal=signal,
        unit="/min",
        time_us=np.array(time_us, np.int64),
        value=np.array(value, np.float64),
        quality=np.zeros(len(value), np.uint8),
        period_us=period_us,
        source="test",
    )


@st.composite
def _batches(draw: st.DrawFn) -> SampleBatch:
    n = draw(st.integers(0, 40))
    names = st.text(st.characters(exclude_characters="/", exclude_categories=["Z", "C"]), min_size=1, max_size=6)
    patients = draw(st.lists(st.builds(PatientId, names, names), min_size=1, max_size=5, unique=True))
    signals = draw(st.lists(names, min_size=1, max_size=5, unique=True))

    def column(dtype: type, elements: st.SearchStrategy[int]) -> np.ndarray:
        return draw(arrays.arrays(dtype, n, elements=elements))

    return SampleBatch(
        patients=tuple(patients),
        patient_index=column(np.int32, st.integers(0, len(patients) - 1)),
        signals=tuple(signals),
        signal_index=column(np.int16, st.integers(0, len(signals) - 1)),
        time_us=column(np.int64, st.integers(-(2**63), 2**63 - 1)),
        value=draw(arrays.arrays(np.uint64, n)).view(np.float64),
        quality=column(np.uint8, st.integers(0, 255)),
        period_us=draw(arrays.arrays(np.int64, len(signals), elements=st.integers(0, 2**63 - 1))),
        source=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=10)),
    )


_VALUES = st.one_of(
    st.integers(-400, 4000).map(float),
    st.integers(-4000, 40_000).map(lambda tenths: tenths / 10),
    st.integers(-40_000, 400_000).map(lambda thousandths: thousandths / 1000),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 2.0**31, 2.0**31 + 1, 2.0**53 + 2, 5e-324]),
    st.floats(width=32),
    st.floats(),
)


@st.composite
def _gateways(draw: st.DrawFn) -> SampleBatch:
    """What a gateway sends, or nearly: everyone, again and again, but for some that are missing or put in."""
    n_patients, n_signals, steps = draw(st.integers(1, 7)), draw(st.integers(1, 4)), draw(st.integers(0, 12))
    rows = n_patients * n_signals
    patient_index = np.tile(np.repeat(np.arange(n_patients, dtype=np.int32), n_signals), steps)
    signal_index = np.tile(np.arange(n_signals, dtype=np.int16), n_patients * steps)
    step_us = draw(st.sampled_from([1, 7, 1000, 40_000, 1_000_000, 2**40]))
    begin_us = draw(st.sampled_from([0, -(2**63), 1_700_000_000_000_000, 1_700_000_000_123_457]))
    time_us = begin_us + np.repeat(np.arange(steps, dtype=np.int64) * step_us, rows)
    one = draw(_VALUES)
    kinds = [draw(st.sampled_from([_VALUES, st.integers(60, 80).map(float), st.just(one)])) for _ in range(n_signals)]
    value = np.array([draw(kinds[signal]) for signal in signal_index.tolist()], np.float64)
    quality = np.zeros(rows * steps, np.uint8)
    order = np.arange(rows * steps)
    if draw(st.booleans()):
        order = np.lexsort((time_us, signal_index, patient_index))
    some = draw(st.one_of(st.none(), st.lists(st.booleans(), min_size=len(order), max_size=len(order))))
    if some is not None:
        order = order[np.array(some, np.bool_)]
    time_us, quality = time_us[order], quality[order]
    if len(order) and draw(st.booleans()):
        odd = draw(st.integers(0, len(order) - 1))
        time_us[odd : odd + 1] += draw(st.sampled_from([1, -1, 500_000, 2**62]))  # may wrap
        quality[odd] = draw(st.integers(0, 255))
    return SampleBatch(
        patients=tuple(PatientId("demo" if number % 3 else "other", str(number)) for number in range(n_patients)),
        patient_index=patient_index[order],
        signals=tuple(f"signal{number}" for number in range(n_signals)),
        signal_index=signal_index[order],
        time_us=time_us,
        value=value[order],
        quality=quality,
        period_us=np.full(n_signals, step_us, np.int64),
        source="gateway",
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.one_of(_batches(), _gateways()))
def test_what_was_encoded_is_decoded_bit_for_bit(batch: SampleBatch) -> None:
    back = SampleBatch.decode(batch.encode())
    assert (back.patients, back.signals, back.source) == (batch.patients, batch.signals, batch.source)
    for name in ("patient_index", "signal_index", "time_us", "quality", "period_us"):
        column, expected = getattr(back, name), getattr(batch, name)
        assert column.dtype == expected.dtype
        assert column.tolist() == expected.tolist()
    assert back.value.dtype == np.float64
    assert back.value.view(np.uint64).tolist() == batch.value.view(np.uint64).tolist(), "NaN payloads included"
    assert back == batch


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.one_of(_batches(), _gateways()), data=st.data())
def test_a_changed_or_missing_byte_is_refused(batch: SampleBatch, data: st.DataObject) -> None:
    encoded = batch.encode()
    place = data.draw(st.integers(0, len(encoded) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = encoded[:place] + bytes([encoded[place] ^ flip]) + encoded[place + 1 :]
    for damaged in (changed, encoded[:place], encoded + b"\0"):
        with pytest.raises(BadInput):
            SampleBatch.decode(damaged)


def test_series_are_merged_by_time_and_ties_keep_their_order() -> None:
    batch = SampleBatch.from_series(
        [
            _series(ANNA, "heart_rate", [0, 2, 4], [60, 62, 64]),
            _series(BO, "heart_rate", [1, 2], [71, 72]),
            _series(ANNA, "spo2", [2], [98]),
        ]
    )
    told = [
        (str(batch.patients[p]), batch.signals[s], t, v)
        for p, s, t, v in zip(batch.patient_index, batch.signal_index, batch.time_us, batch.value, strict=True)
    ]
    assert told == [
        ("demo/1", "heart_rate", 0, 60),
        ("other/1", "heart_rate", 1, 71),
        ("demo/1", "heart_rate", 2, 62),
        ("other/1", "heart_rate", 2, 72),
        ("demo/1", "spo2", 2, 98),
        ("demo/1", "heart_rate", 4, 64),
    ]
    assert batch.source == "test"


def test_one_patient_can_be_selected() -> None:
    batch = SampleBatch.from_series([_series(ANNA, "spo2", [1, 2], [97, 98]), _series(BO, "spo2", [1], [90])])
    assert batch.select(BO).value.tolist() == [90]
    assert batch.select(BO).patients == (BO,)
    assert len(batch.select(PatientId("demo", "unknown"))) == 0


def test_no_series_make_an_empty_batch() -> None:
    assert len(SampleBatch.from_series([])) == 0


def test_one_signal_with_two_periods_is_named_with_each() -> None:
    slow, fast = _series(ANNA, "spo2", [1], [97]), _series(BO, "spo2", [2], [90], period_us=60)
    batch = SampleBatch.decode(SampleBatch.from_series([slow, fast]).encode())
    assert batch.signals == ("spo2", "spo2")
    assert batch.period_us[batch.signal_index].tolist() == [slow.period_us, 60]


def test_an_index_past_the_names_is_refused() -> None:
    with pytest.raises(BadInput, match="patient 1 of 1"):
        SampleBatch(
            patients=(ANNA,),
            patient_index=np.array([1], np.int32),
            signals=("spo2",),
            signal_index=np.array([0], np.int16),
            time_us=np.array([0], np.int64),
            value=np.array([97.0]),
            quality=np.zeros(1, np.uint8),
            period_us=np.array([1], np.int64),
        )


def test_what_an_earlier_fyr_wrote_is_read_bit_for_bit() -> None:
    back, expected = SampleBatch.decode(FIRST_VERSION), _of_the_first_version()
    assert back == expected
    assert back.value.view(np.uint64).tolist() == expected.value.view(np.uint64).tolist()
    assert back.patients == (ANNA, BO)
    damaged = bytearray(FIRST_VERSION)
    damaged[-3] ^= 1
    with pytest.raises(BadInput, match="checksum"):
        SampleBatch.decode(bytes(damaged))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.one_of(_batches(), _gateways()))
def test_every_batch_of_the_first_version_is_read_bit_for_bit(batch: SampleBatch) -> None:
    assert SampleBatch.decode(as_first_version(batch)) == batch
    assert as_first_version(_of_the_first_version()) == FIRST_VERSION


def _minute(value: np.ndarray, beds: int = 24) -> SampleBatch:
    """A minute of five signals of some beds, a sample a second, as a gateway sends it."""
    rows, seconds = beds * 5, 60
    return SampleBatch(
        patients=tuple(PatientId("demo", str(bed)) for bed in range(beds)),
        patient_index=np.tile(np.repeat(np.arange(beds, dtype=np.int32), 5), seconds),
        signals=("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "temperature"),
        signal_index=np.tile(np.arange(5, dtype=np.int16), beds * seconds),
        time_us=1_700_000_000_000_000 + np.repeat(np.arange(seconds) * 1_000_000, rows),
        value=np.resize(value, rows * seconds),
        quality=np.zeros(rows * seconds, np.uint8),
        period_us=np.full(5, 1_000_000, np.int64),
    )


@pytest.mark.parametrize(
    ("noise", "most"), [(0, 1.2), (1, 1.2), (3, 2.2), (7, 8.2)], ids=["usual", "whole", "thousandths", "any"]
)
def test_a_minute_of_a_ward_takes_as_many_bytes_a_sample_as_its_values_need(noise: int, most: float) -> None:
    rng = np.random.default_rng(3)
    usual = np.tile([72.0, 15.0, 97.0, 125.0, 36.6], 24 * 60)
    value = usual + (rng.integers(-9, 9, len(usual)) if noise == 1 else np.round(rng.normal(0, 3, len(usual)), noise))
    value[::50] = np.nan if noise else value[::50]
    value = np.round(value, max(noise, 1))
    batch = _minute(value)
    encoded = batch.encode()
    assert len(encoded) < most * len(batch) + 700
    assert SampleBatch.decode(encoded) == batch


def test_a_few_samples_are_written_and_read_without_a_compiler() -> None:
    program = (
        "import sys, numpy as np\n"
        "from fyr.record import PatientId, SampleBatch, Series\n"
        "quality = np.zeros(16, np.uint8)\n"
        "some = Series(PatientId('a', 'b'), 'spo2', '%', np.arange(16), np.full(16, 97.0), quality, 1, '')\n"
        "batch = SampleBatch.from_series([some])\n"
        "assert SampleBatch.decode(batch.encode()) == batch\n"
        "print('numba' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["False"]


def test_values_of_odd_bits_are_kept_as_they_are() -> None:
    payload = np.array([0x7FF8000000000001], np.uint64).view(np.float64)[0]
    for odd in (payload, -0.0, float("inf"), 0.1 + 0.2, 1e-3 + 1e-9):
        value = np.tile([72.0, 15.0, 97.0, 125.0, 36.6], 24 * 60)
        value[777] = odd
        back = SampleBatch.decode(_minute(value).encode())
        assert back.value.view(np.uint64).tolist() == value.view(np.uint64).tolist()


def test_a_newer_version_says_so() -> None:
    encoded = bytearray(SampleBatch.from_series([]).encode())
    encoded[4] = 9
    with pytest.raises(BadInput, match="version 9"):
        SampleBatch.decode(bytes(encoded))
