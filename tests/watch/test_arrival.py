"""Late, double and reordered samples of several devices: the same stream, nothing lost and nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.clock import MINUTE_US, SECOND_US
from fyr.errors import BadInput
from fyr.record import PatientId, SampleBatch
from fyr.watch.arrival import Arrival, ArrivalCounts, ClockState

NOON = 10**15
LATENESS = 60 * SECOND_US
PATIENTS = (PatientId("here", "1"), PatientId("here", "2"), PatientId("there", "1"))
SIGNALS = ("spo2", "heart_rate")
PERIODS = (SECOND_US, MINUTE_US)

Sample = tuple[str, int, int, int, float, int]
"""Device, patient, signal, time, value, period."""


def _batch(samples: list[Sample]) -> SampleBatch:
    columns = list(zip(*samples, strict=True))
    names = [(signal, period) for signal in range(len(SIGNALS)) for period in PERIODS]
    return SampleBatch(
        patients=PATIENTS,
        patient_index=np.array(columns[1], np.int32),
        signals=tuple(SIGNALS[signal] for signal, _ in names),
        signal_index=np.array([names.index((s[2], s[5])) for s in samples], np.int16),
        time_us=np.array(columns[3], np.int64),
        value=np.array(columns[4], np.float64),
        quality=np.zeros(len(samples), np.uint8),
        period_us=np.array([period for _, period in names], np.int64),
        source=samples[0][0],
    )


Row = tuple[int, str, str, int, str]
"""Time, patient, signal, period, value in full (NaN equals NaN)."""


def _read(batch: SampleBatch) -> list[Row]:
    return [
        (time, str(batch.patients[patient]), batch.signals[signal], int(batch.period_us[signal]), repr(value))
        for patient, signal, time, value in zip(
            batch.patient_index.tolist(),
            batch.signal_index.tolist(),
            batch.time_us.tolist(),
            batch.value.tolist(),
            strict=True,
        )
    ]


def _stated(samples: set[tuple[str, int, int, int, str, int]]) -> list[Row]:
    """What must come out: each sample once, in order of time, patient, signal and so on."""
    rows = [
        (time, str(PATIENTS[patient]), SIGNALS[signal], device, period, value)
        for device, patient, signal, time, value, period in samples
    ]
    rows.sort(key=lambda row: (*row[:5], np.inf if row[5] == "nan" else float(row[5])))
    return [(time, patient, signal, period, value) for time, patient, signal, _, period, value in rows]


samples = st.tuples(
    st.sampled_from(["belt", "cuff", "wrist"]),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(0, 40).map(lambda tick: NOON + tick * 10 * SECOND_US),
    st.sampled_from([80.0, 81.0, 97.5, float("nan")]),
    st.sampled_from(PERIODS),
)
arrivals = st.lists(
    st.tuples(samples, st.lists(st.integers(0, LATENESS), min_size=1, max_size=3)), min_size=1, max_size=40
)
"""Samples, each with the delays of its first sending and of its repetitions."""


@given(arrivals, st.sampled_from([0, 7 * SECOND_US, MINUTE_US]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_order_within_the_lateness_releases_what_sorting_gives(
    sent: list[tuple[Sample, list[int]]], silence_us: int, asks_often: bool
) -> None:
    arrival = Arrival(LATENESS, silence_us=silence_us)
    deliveries = sorted(
        (sample[3] + delay, number, sample) for number, (sample, delays) in enumerate(sent) for delay in delays
    )
    released = []
    for arrived_us, _, sample in deliveries:
        arrival.take(_batch([sample]), arrived_us)
        if asks_often:
            released += _read(arrival.release(arrived_us))
    released += _read(arrival.release(deliveries[-1][0] + LATENESS + silence_us + 1))
    assert released == _stated({(*sample[:4], repr(sample[4]), sample[5]) for sample, _ in sent})
    assert arrival.held == 0
    counts = arrival.devices.values()
    assert sum(c.late for c in counts) == 0
    assert sum(c.released for c in counts) == len(released)
    assert sum(c.released + c.duplicate for c in counts) == sum(c.arrived for c in counts) == len(deliveries)


def _spo2(device: str, time_us: int, value: float = 97.0, patient: int = 0) -> Sample:
    return (device, patient, 0, time_us, value, MINUTE_US)


@given(
    st.lists(st.tuples(samples, st.integers(0, 20 * MINUTE_US)), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=5),
)
@settings(max_examples=200, deadline=None)
def test_whatever_happens_the_stream_is_in_order_and_all_are_accounted_for(
    sent: list[tuple[Sample, int]], asks: list[int]
) -> None:
    arrival = Arrival(LATENESS)
    deliveries = sorted((sample[3] + delay, number, sample) for number, (sample, delay) in enumerate(sent))
    released = []
    for place, (arrived_us, _, sample) in enumerate(deliveries):
        arrival.take(_batch([sample]), arrived_us)
        if place in asks:
            released += _read(arrival.release(arrived_us))
    held = arrival.held
    last = arrival.release(deliveries[-1][0] + 60 * MINUTE_US)
    released += _read(last)
    assert [row[:3] for row in released] == sorted(row[:3] for row in released)
    counts = arrival.devices.values()
    assert sum(c.arrived for c in counts) == len(sent)
    assert sum(c.released for c in counts) == len(released)
    assert sum(c.released + c.late + c.duplicate for c in counts) == len(sent)
    assert len(last) <= held
    assert arrival.held == 0


def test_a_sample_later_than_the_lateness_allows_is_dropped_and_counted() -> None:
    arrival = Arrival(LATENESS, silence_us=0)
    arrival.take(_batch([_spo2("wrist", NOON)]), NOON)
    arrival.take(_batch([_spo2("wrist", NOON - LATENESS), _spo2("wrist", NOON - LATENESS - 1)]), NOON)
    assert arrival.devices["wrist"] == ArrivalCounts(arrived=3, late=1)
    assert [row[0] for row in _read(arrival.release(NOON + LATENESS + 1))] == [NOON - LATENESS, NOON]


def test_the_slowest_device_is_waited_for_until_it_has_been_silent_for_too_long() -> None:
    arrival = Arrival(0, silence_us=30 * SECOND_US)
    arrival.take(_batch([_spo2("belt", NOON)]), NOON)
    for second in range(1, 32):
        arrival.take(_batch([_spo2("wrist", NOON + second * SECOND_US)]), NOON + second * SECOND_US)
    times = [row[0] for row in _read(arrival.release(NOON + 31 * SECOND_US))]
    assert times == [NOON]
    assert arrival.complete_us == NOON + SECOND_US
    arrival.take(_batch([_spo2("belt", NOON + 31 * SECOND_US)]), NOON + 31 * SECOND_US)
    times = [row[0] for row in _read(arrival.release(NOON + 31 * SECOND_US))]
    assert times == [NOON + second * SECOND_US for second in range(1, 31)]


def test_a_clock_that_is_ahead_is_reported_once_and_moves_no_watermark() -> None:
    arrival = Arrival(0, silence_us=MINUTE_US, skew_us=5 * SECOND_US)
    arrival.take(_batch([_spo2("wrist", NOON + 5 * SECOND_US)]), NOON)
    assert arrival.take_clock_events() == []
    for second in range(1, 3):
        arrival.take(_batch([_spo2("wrist", NOON + second * SECOND_US + MINUTE_US)]), NOON + second * SECOND_US)
    (event,) = arrival.take_clock_events()
    assert (event.device, event.state, event.ahead_us) == ("wrist", ClockState.AHEAD, MINUTE_US)
    assert arrival.complete_us == NOON + 2 * SECOND_US
    arrival.take(_batch([_spo2("wrist", NOON + 3 * SECOND_US)]), NOON + 3 * SECOND_US)
    assert [event.state for event in arrival.take_clock_events()] == [ClockState.IN_STEP]
    assert arrival.devices["wrist"].ahead == 2
    times = [row[0] for row in _read(arrival.release(NOON + 3 * MINUTE_US))]
    assert times == [NOON + second * SECOND_US for second in (3, 5, 61, 62)]


def test_an_offset_is_corrected_only_where_it_was_stated() -> None:
    ahead = _batch([_spo2("wrist", NOON + 10 * MINUTE_US)])
    told, untold = Arrival(LATENESS, offsets_us={"wrist": -10 * MINUTE_US}), Arrival(LATENESS)
    for arrival in (told, untold):
        arrival.take(ahead, NOON)
    assert told.take_clock_events() == []
    assert [event.ahead_us for event in untold.take_clock_events()] == [10 * MINUTE_US]
    assert [row[0] for row in _read(told.release(NOON + 2 * MINUTE_US))] == [NOON]
    assert len(untold.release(NOON + 2 * MINUTE_US)) == 0


def test_arrival_must_be_told_in_its_own_order() -> None:
    arrival = Arrival(LATENESS)
    arrival.release(NOON)
    with pytest.raises(BadInput, match="before others"):
        arrival.take(_batch([_spo2("wrist", NOON)]), NOON - 1)
    with pytest.raises(BadInput, match="skew"):
        Arrival(LATENESS, skew_us=-1)
