"""The vital signs in memory: late samples, thinning that keeps every spike, gaps, sparks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.clock import DAY_US, MINUTE_US, SECOND_US
from fyr.record import PatientId, Quality, SampleBatch, Series
from fyr.serve.vitals_history import Trace, VitalsHistory, spark_values, thinned, with_gaps

ANNA = PatientId("demo", "1")
T0 = 1_700_000_000 * SECOND_US


def _batch(times: list[int], values: list[float], signal: str = "heart_rate") -> SampleBatch:
    value = np.array(values, np.float64)
    time_us = np.array(times, np.int64)
    quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    order = np.argsort(time_us, kind="stable")
    series = Series(ANNA, signal, "/min", time_us[order], value[order], quality[order], SECOND_US, "test")
    return SampleBatch.from_series([series])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 60), st.floats(0, 300)), min_size=1, max_size=12),
        min_size=1,
        max_size=8,
    )
)
def test_history_is_what_a_dictionary_of_times_would_be(batches: list[list[tuple[int, float]]]) -> None:
    history, expected = VitalsHistory(), {}
    for batch in batches:
        history.add(_batch([T0 + second * SECOND_US for second, _ in batch], [value for _, value in batch]))
        for second, value in sorted(batch, key=lambda one: one[0]):
            expected[T0 + second * SECOND_US] = value
    trace = history.trace(ANNA, "heart_rate", T0 + 10 * SECOND_US, T0 + 50 * SECOND_US)
    kept = {time: expected[time] for time in sorted(expected) if T0 + 10 * SECOND_US <= time < T0 + 50 * SECOND_US}
    assert trace.time_us.tolist() == list(kept)
    assert trace.value.tolist() == list(kept.values())


def test_unknown_values_are_missing_whatever_number_came_with_them() -> None:
    history = VitalsHistory()
    batch = _batch([T0, T0 + 1, T0 + 2], [70.0, float("nan"), 72.0])
    history.add(batch)
    implausible = SampleBatch(
        batch.patients,
        batch.patient_index[:1],
        batch.signals,
        batch.signal_index[:1],
        batch.time_us[:1] + 3,
        np.array([0.0]),
        np.array([Quality.NOT_DONE], np.uint8),
        batch.period_us,
    )
    history.add(implausible)
    values = history.trace(ANNA, "heart_rate", T0, T0 + 10).value
    assert np.isnan(values).tolist() == [False, True, False, True]


def test_what_is_old_is_dropped_and_memory_stays_bounded() -> None:
    history = VitalsHistory(keep_us=DAY_US // 24)
    for minute in range(600):
        times = [T0 + minute * MINUTE_US + second * SECOND_US for second in range(60)]
        history.add(_batch(times, [70.0] * 60))
    assert len(history.trace(ANNA, "heart_rate", T0 + 541 * MINUTE_US, T0 + 600 * MINUTE_US)) == 59 * 60
    column = history._columns[ANNA, "heart_rate"]
    assert len(column) <= 3600 + 256
    seen = history.trace(ANNA, "heart_rate", 0, 2**62)
    assert seen.time_us[-1] - seen.time_us[0] <= DAY_US // 24 + 256 * SECOND_US
    history.forget(ANNA)
    assert history.signals(ANNA) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 300), st.just(float("nan"))), min_size=1, max_size=3000), st.integers(4, 200))
def test_thinning_keeps_the_greatest_the_smallest_and_every_gap(values: list[float], most: int) -> None:
    value = np.array(values)
    trace = Trace(T0 + SECOND_US * np.arange(len(value), dtype=np.int64), value, SECOND_US)
    thin = thinned(trace, most)
    assert len(thin) <= max(len(trace) if len(trace) <= most else 0, most // 2 * 3 + 3)
    assert (np.diff(thin.time_us) > 0).all()
    if not np.isnan(value).all():
        assert np.nanmax(thin.value) == np.nanmax(value)
        assert np.nanmin(thin.value) == np.nanmin(value)
    assert np.isnan(thin.value).any() == np.isnan(value).any()
    place = (thin.time_us - T0) // SECOND_US
    np.testing.assert_array_equal(thin.value, value[place])


def test_a_line_never_crosses_a_silence() -> None:
    time_us = T0 + SECOND_US * np.array([0, 1, 2, 200, 201], np.int64)
    gapped = with_gaps(Trace(time_us, np.full(5, 70.0), SECOND_US), MINUTE_US)
    assert np.isnan(gapped.value).tolist() == [False, False, False, True, False, False]
    assert (np.diff(gapped.time_us) > 0).all()
    assert gapped.time_us[2] < gapped.time_us[3] < gapped.time_us[4]


def test_a_spark_is_the_median_of_each_step() -> None:
    time_us = T0 + SECOND_US * np.array([0, 20, 40, 60, 61, 180], np.int64)
    trace = Trace(time_us, np.array([70.0, 90.0, 72.0, np.nan, np.nan, 75.25]), SECOND_US)
    assert spark_values(trace, T0, MINUTE_US, 5) == [72.0, None, None, 75.2, None]
    empty = Trace(np.empty(0, np.int64), np.empty(0), SECOND_US)
    assert spark_values(empty, T0, MINUTE_US, 3) == [None, None, None]


def test_however_samples_wait_a_trace_has_them_all_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fyr.serve.vitals_history._MOST_LATE", 30)
    monkeypatch.setattr("fyr.serve.newest_samples.STRETCH", 40)
    monkeypatch.setattr("fyr.serve.vitals_history.STRETCH", 40)
    monkeypatch.setattr("fyr.serve.newest_samples._ROOM", 50)
    slow, at_once = VitalsHistory(), VitalsHistory()
    rng = np.random.default_rng(5)
    for number in range(200):
        times = [T0 + number * MINUTE_US + second * SECOND_US for second in rng.integers(-90, 60, 7).tolist()]
        batch = _batch(times, rng.normal(70, 5, 7).tolist())
        slow.add(batch)
        at_once.add(batch)
        at_once.put_in_place()
    for history in (slow, at_once):
        assert history.signals(ANNA) == ["heart_rate"]
    one = slow.trace(ANNA, "heart_rate", 0, 2**62)
    other = at_once.trace(ANNA, "heart_rate", 0, 2**62)
    np.testing.assert_array_equal(one.time_us, other.time_us)
    np.testing.assert_array_equal(one.value, other.value)


def test_samples_of_many_traces_go_to_their_own_and_patients_may_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fyr.serve.newest_samples._ROOM", 16)
    monkeypatch.setattr("fyr.serve.newest_samples.STRETCH", 12)
    monkeypatch.setattr("fyr.serve.vitals_history.STRETCH", 12)
    rng = np.random.default_rng(8)
    everybody = tuple(PatientId("demo", str(number)) for number in range(6))
    signals = ("heart_rate", "spo2", "heart_rate")  # one signal may come with two periods
    history, expected = VitalsHistory(), dict[tuple[PatientId, str], dict[int, float]]()
    for turn in range(120):
        patients = tuple(everybody[number] for number in rng.permutation(6)[: rng.integers(1, 6)])
        n = int(rng.integers(1, 90))
        time_us = T0 + turn * 20 * SECOND_US + rng.integers(-30, 20, n) * SECOND_US
        batch = SampleBatch(
            patients=patients,
            patient_index=rng.integers(0, len(patients), n).astype(np.int32),
            signals=signals,
            signal_index=rng.integers(0, 3, n).astype(np.int16),
            time_us=time_us if turn % 3 else np.sort(time_us),
            value=rng.normal(70, 5, n),
            quality=np.where(rng.random(n) < 0.1, Quality.NOT_DONE, Quality.IMPUTED).astype(np.uint8),
            period_us=np.array([SECOND_US, SECOND_US, MINUTE_US]),
        )
        history.add(batch)
        for i in range(n):
            name = (patients[batch.patient_index[i]], signals[batch.signal_index[i]])
            value = float(batch.value[i]) if batch.quality[i] == Quality.IMPUTED else float("nan")
            expected.setdefault(name, {})[int(batch.time_us[i])] = value
        if turn % 7 == 0:
            gone = everybody[int(rng.integers(6))]
            history.forget(gone)
            expected = {name: samples for name, samples in expected.items() if name[0] != gone}
        if turn % 5 == 0 and expected:
            patient, signal = next(iter(expected))
            assert len(history.trace(patient, signal, 0, 2**62)) == len(expected[patient, signal])
    for patient in everybody:
        assert set(history.signals(patient)) == {signal for whose, signal in expected if whose == patient}
    for (patient, signal), samples in expected.items():
        trace = history.trace(patient, signal, 0, 2**62)
        assert trace.time_us.tolist() == sorted(samples)
        np.testing.assert_array_equal(trace.value, [samples[time] for time in sorted(samples)])


def test_a_long_curve_of_one_signal_is_kept_whole() -> None:
    history, n = VitalsHistory(), 5000
    history.add(_batch([T0 + 2000 * number for number in range(n)], [float(number) for number in range(n)]))
    assert history.trace(ANNA, "heart_rate", T0, 2**62).value.tolist() == list(range(n))


def test_even_and_uneven_stretches_are_told_apart_and_both_are_kept_whole() -> None:
    history, rng = VitalsHistory(), np.random.default_rng(4)
    times = np.cumsum(np.where(rng.random(6000) < 0.002, 3, 1)) * SECOND_US + T0
    values = np.where(rng.random(6000) < 0.1, np.nan, rng.normal(70, 5, 6000))
    for begin in range(0, 6000, 20):
        history.add(_batch(times[begin : begin + 20].tolist(), values[begin : begin + 20].tolist()))
    stretches = history._columns[ANNA, "heart_rate"]._stretches
    assert {stretch.time_us is None for stretch in stretches} == {True, False}
    for begin, end in ((0, 6000), (100, 4321), (255, 257), (5990, 6000)):
        trace = history.trace(ANNA, "heart_rate", int(times[begin]), int(times[end - 1]) + 1)
        np.testing.assert_array_equal(trace.time_us, times[begin:end])
        np.testing.assert_array_equal(trace.value, values[begin:end])
    assert not len(history.trace(ANNA, "heart_rate", int(times[-1]) + 1, 2**62))
