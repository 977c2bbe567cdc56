"""Batches of samples: merged by time, and written as bytes that come back bit for bit or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.sample_batch import SampleBatch
from fyr.record.series import Series

ANNA, BO = PatientId("demo", "1"), PatientId("other", "1")


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


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=_batches())
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
@given(batch=_batches(), data=st.data())
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


def test_a_minute_of_a_ward_takes_about_ten_bytes_a_sample() -> None:
    seconds, beds = 60, 24
    patients = [PatientId("demo", str(bed)) for bed in range(beds)]
    times = [second * 1_000_000 for second in range(seconds)]
    batch = SampleBatch.from_series([_series(p, "heart_rate", times, [70.0] * seconds) for p in patients])
    assert len(batch.encode()) < 10 * len(batch) + 1000


def test_a_newer_version_says_so() -> None:
    encoded = bytearray(SampleBatch.from_series([]).encode())
    encoded[4] = 9
    with pytest.raises(BadInput, match="version 9"):
        SampleBatch.decode(bytes(encoded))
