"""Series on disk: every sample back, by range, once, whatever was imported before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.record import PatientId, Quality, Record, Series

ANNA, BO = PatientId("demo", "1"), PatientId("other", "1")


def _series(
    times: list[int], values: list[float] | None = None, *, source: str = "monitor", signal: str = "heart_rate"
) -> Series:
    column = np.array(times if values is None else values, np.float64)
    return Series(
        patient=ANNA,
        signal=signal,
        unit="/min",
        time_us=np.array(times, np.int64),
        value=column,
        quality=np.where(np.isnan(column), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
        period_us=1,
        source=source,
    )


def _told(series: Series) -> list[tuple[int, str, int]]:
    return [
        (int(t), repr(float(v)), int(q)) for t, v, q in zip(series.time_us, series.value, series.quality, strict=True)
    ]


def test_the_same_file_twice_adds_nothing(record: Record, files: Path) -> None:
    assert record.add_series(_series([1, 2, 3])) == 3
    before = sorted(path for path in files.rglob("*") if path.is_file() and "fyr.db" not in path.name)
    assert record.add_series(_series([1, 2, 3])) == 0
    assert sorted(path for path in files.rglob("*") if path.is_file() and "fyr.db" not in path.name) == before
    (found,) = record.series(ANNA, "heart_rate")
    assert _told(found) == _told(_series([1, 2, 3]))


def test_a_file_that_grew_adds_its_new_samples(record: Record) -> None:
    record.add_series(_series([1, 2, 3]))
    assert record.add_series(_series([0, 1, 2, 3, 4])) == 2
    (found,) = record.series(ANNA, "heart_rate")
    assert found.time_us.tolist() == [0, 1, 2, 3, 4]


def test_a_corrected_value_stands_beside_the_first(record: Record) -> None:
    record.add_series(_series([1, 2], [70.0, 71.0]))
    assert record.add_series(_series([1, 2], [70.0, 99.0])) == 1
    (found,) = record.series(ANNA, "heart_rate")
    assert found.value.tolist() == [70.0, 71.0, 99.0]


def test_sources_stay_apart(record: Record) -> None:
    record.add_series(_series([1, 2]))
    assert record.add_series(_series([1, 2], source="patch")) == 2
    assert [found.source for found in record.series(ANNA, "heart_rate")] == ["monitor", "patch"]
    assert [(one.source, one.samples, one.start_us, one.end_us) for one in record.signals(ANNA)] == [
        ("monitor", 2, 1, 2),
        ("patch", 2, 1, 2),
    ]
    assert record.signals(BO) == []


def test_missing_samples_come_back_as_missing(record: Record) -> None:
    series = _series([1, 2, 3], [70.0, float("nan"), 72.0])
    record.add_series(series)
    assert record.add_series(series) == 0, "NaN is the same as NaN"
    (found,) = record.series(ANNA, "heart_rate")
    assert np.isnan(found.value).tolist() == [False, True, False]
    assert found.quality.tolist() == [Quality.PRESENT, Quality.UNKNOWN, Quality.PRESENT]
    assert (found.unit, found.period_us) == ("/min", 1)


def test_a_range_begins_with_its_start_and_ends_before_its_end(record: Record) -> None:
    record.add_series(_series([10, 20, 30]))
    record.add_series(_series([40, 50]))
    (found,) = record.series(ANNA, "heart_rate", 20, 50)
    assert found.time_us.tolist() == [20, 30, 40]
    assert record.series(ANNA, "heart_rate", 51) == []
    assert record.series(ANNA, "heart_rate", 31, 40) == []
    assert record.series(ANNA, "spo2") == []


def test_no_samples_are_none(record: Record) -> None:
    assert record.add_series(_series([])) == 0
    assert record.signals(ANNA) == []


def test_a_short_range_of_a_long_recording(record: Record) -> None:
    n = 300_000
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.integers(1, 10, n))
    series = _series([0])
    long = Series(ANNA, "waveform:ecg", "mV", times, rng.normal(size=n), np.zeros(n, np.uint8), 5, series.source)
    assert record.add_series(long) == n
    start, end = int(times[123_456]), int(times[123_999])
    (found,) = record.series(ANNA, "waveform:ecg", start, end)
    assert found.time_us.tolist() == times[123_456:123_999].tolist()
    assert found.value.tolist() == long.value[123_456:123_999].tolist()
    (whole,) = record.series(ANNA, "waveform:ecg")
    assert np.array_equal(whole.value, long.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(
    parts=st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1.0, 2.0, float("nan")])), max_size=12), max_size=4
    ),
    start=st.integers(0, 30),
    length=st.integers(0, 30),
)
def test_adding_is_a_union_and_reading_a_cut(
    record: Record, parts: list[list[tuple[int, float]]], start: int, length: int
) -> None:
    source = f"run after entry {record.audit.head().sequence}"
    expected: set[tuple[int, str, int]] = set()
    for part in parts:
        in_order = sorted(set(_pairs(part)))
        series = _series([time for time, _ in in_order], [float(value) for _, value in in_order], source=source)
        added = record.add_series(series)
        assert added == len(set(_told(series)) - expected)
        expected |= set(_told(series))
    found = [one for one in record.series(ANNA, "heart_rate", start, start + length) if one.source == source]
    back = [sample for one in found for sample in _told(one)]
    assert sorted(back) == sorted(sample for sample in expected if start <= sample[0] < start + length)
    assert [time for time, _, _ in back] == sorted(time for time, _, _ in back)


def _pairs(part: list[tuple[int, float]]) -> list[tuple[int, str]]:
    return [(time, repr(value)) for time, value in part]


def test_a_damaged_or_lost_file_is_named(record: Record, files: Path) -> None:
    record.add_series(_series([1, 2, 3]))
    (file,) = (files / "series").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:40])
    for range_ in ((None, None), (2, None)):
        with pytest.raises(BadInput, match=f"{file}.*damaged"):
            record.series(ANNA, "heart_rate", *range_)
    file.unlink()
    for range_ in ((None, None), (2, None)):
        with pytest.raises(BadInput, match="is gone"):
            record.series(ANNA, "heart_rate", *range_)
