"""Beats agree with those of cardiologists, chunk seams leave no trace, and what cannot be judged is said."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from tests.watch.rhythm.ecg import as_series, drawn_ecg, drawn_pulse, matched, without_beats

from fyr.clock import SECOND_US
from fyr.errors import BadInput
from fyr.watch.rhythm.assessability import Fault
from fyr.watch.rhythm.beats import find_beats
from fyr.watch.rhythm.channels import Channel, ChannelKind, as_channel, channels_of

REGULAR = np.arange(0.5, 119.5, 0.8)


def ecg(value, **how):
    channel = as_channel(as_series(value, **how))
    assert channel is not None
    return channel


def faults(beats) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for one in beats.unusable:
        seconds[one.fault.name] = seconds.get(one.fault.name, 0.0) + (one.end_us - one.start_us) / SECOND_US
    return seconds


@pytest.mark.real
def test_the_beats_of_record_100_are_the_cardiologists(record_100, reference_beats_us, capsys):
    assert len(reference_beats_us) == 2273
    channel = channels_of(record_100.series)[0]
    began = time.perf_counter()
    beats = find_beats(channel)
    took_s = time.perf_counter() - began
    sensitivity, positive = matched(reference_beats_us, beats.time_us)
    with capsys.disabled():
        speed = len(channel.series) / 360.0 / took_s
        sys.stdout.write(f"\n  MIT-BIH 100: Se {sensitivity:.4f}, PPV {positive:.4f}, {speed:.0f} x real time\n")
    assert sensitivity >= 0.998
    assert positive >= 0.998
    assert beats.assessable_s >= 0.99 * 1805.6


@pytest.mark.real
def test_the_second_lead_of_record_100_shows_them_too(record_100, reference_beats_us):
    beats = find_beats(channels_of(record_100.series)[1])
    sensitivity, positive = matched(reference_beats_us, beats.time_us)
    assert sensitivity >= 0.998
    assert positive >= 0.998


def test_seams_between_chunks_neither_double_nor_lose_a_beat():
    drawn = np.arange(0.5, 1199.0, 0.77)
    beats = find_beats(ecg(drawn_ecg(drawn, 1200.0)))
    assert matched((drawn * SECOND_US).astype(np.int64), beats.time_us, 50_000) == (1.0, 1.0)
    assert beats.assessable_us.tolist() == [[0, 1200 * SECOND_US]]


def test_a_unit_of_microvolt_is_no_louder():
    value = drawn_ecg(REGULAR, 120.0)
    one, other = find_beats(ecg(value)), find_beats(ecg(value * 1000, unit="uV"))
    assert one.time_us.tolist() == other.time_us.tolist()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda part: np.full_like(part, np.nan), Fault.MISSING),
        (lambda part: np.full_like(part, 0.2), Fault.FLAT),
        (lambda part: np.where(np.arange(len(part)) % 250 < 150, 5.0, part), Fault.SATURATED),
        (lambda part: part + 0.6 * np.random.default_rng(1).standard_normal(len(part)), Fault.NOISE),
    ],
)
def test_a_damaged_stretch_cannot_be_judged(damage, fault):
    value = drawn_ecg(REGULAR, 120.0)
    value[60 * 250 : 75 * 250] = damage(value[60 * 250 : 75 * 250])
    beats = find_beats(ecg(value))
    seconds = faults(beats)
    assert seconds[fault.name] >= 14.0
    assert not beats.is_assessable(60 * SECOND_US, 75 * SECOND_US)
    assert beats.is_assessable(5 * SECOND_US, 45 * SECOND_US)
    assert sum(seconds.values()) + beats.assessable_s == pytest.approx(120.0)


def test_an_arrested_heart_is_assessable_and_a_lead_that_fell_off_is_not():
    """Between beats an amplifier is never quite still; without an electrode it is."""
    value = drawn_ecg(REGULAR, 120.0)
    series = as_series(value)
    arrested = find_beats(Channel("II", ChannelKind.ECG, without_beats(series, 60.0, 70.0, noise_mv=0.01)))
    fallen = find_beats(Channel("II", ChannelKind.ECG, without_beats(series, 60.0, 70.0, noise_mv=0.0)))
    assert arrested.is_assessable(60 * SECOND_US, 70 * SECOND_US)
    assert arrested.within(60 * SECOND_US, 70 * SECOND_US).size == 0
    assert not fallen.is_assessable(60 * SECOND_US, 70 * SECOND_US)
    assert faults(fallen)["FLAT"] >= 9.0


def test_bigeminy_is_no_noise():
    """Half of the beats have another shape: they are beats all the same."""
    normal, wide = np.arange(0.5, 119.0, 1.6), np.arange(1.0, 119.0, 1.6)
    time_s = np.arange(120 * 250) / 250.0
    value = 0.01 * np.random.default_rng(0).standard_normal(len(time_s))
    for beats_s, bumps in (
        (normal, ((0.0, 1.0, 0.018), (0.03, -0.2, 0.012), (0.25, 0.25, 0.05))),
        (wide, ((0.0, -1.3, 0.035), (0.28, 0.5, 0.06))),
    ):
        for beat in beats_s:
            for offset, height, width in bumps:
                value += height * np.exp(-0.5 * ((time_s - beat - offset) / width) ** 2)
    beats = find_beats(ecg(value))
    everything = np.sort(np.concatenate([normal, wide]))
    sensitivity, _ = matched((everything * SECOND_US).astype(np.int64), beats.time_us)
    assert sensitivity >= 0.98
    assert beats.assessable_s >= 118.0


def test_a_gap_in_the_recording_is_not_signal():
    one, other = as_series(drawn_ecg(REGULAR, 120.0)), as_series(drawn_ecg(REGULAR, 120.0), start_us=300 * SECOND_US)
    joined = as_series(np.concatenate([one.value, other.value]))
    joined.time_us[:] = np.concatenate([one.time_us, other.time_us])
    beats = find_beats(Channel("II", ChannelKind.ECG, joined))
    assert beats.assessable_us.tolist() == [[0, 120 * SECOND_US], [300 * SECOND_US, 420 * SECOND_US]]
    assert len(beats.time_us) == 2 * len(REGULAR)


@pytest.mark.parametrize(
    "value", [np.zeros(0), np.full(250 * 20, np.nan), np.full(250 * 20, 1.5), drawn_ecg(np.array([0.5]), 2.0)]
)
def test_nothing_usable_is_no_beats_and_nothing_judged(value):
    beats = find_beats(ecg(value))
    assert beats.time_us.size == 0
    assert beats.assessable_s == 0.0


def test_pulses_are_found_where_they_were_drawn():
    series = as_series(drawn_pulse(REGULAR, 120.0), name="PLETH", unit="{NU}")
    beats = find_beats(channels_of([series])[0])
    sensitivity, positive = matched(((REGULAR + 0.2) * SECOND_US).astype(np.int64), beats.time_us, 60_000)
    assert sensitivity >= 0.98
    assert positive >= 0.98


def test_names_tell_leads_and_pulse_waves_from_the_rest():
    kinds = {
        name: as_channel(as_series(np.zeros(2), name=name))
        for name in ("MLII", "V5", "aVF", "ECG1", "PLETH", "ABP", "RESP")
    }
    assert {name: one and one.kind.value for name, one in kinds.items()} == {
        "MLII": "ecg", "V5": "ecg", "aVF": "ecg", "ECG1": "ecg", "PLETH": "pulse", "ABP": None, "RESP": None,
    }  # fmt: skip
    with pytest.raises(BadInput, match="no ECG lead and no pulse wave among waveform:RESP"):
        channels_of([as_series(np.zeros(2), name="RESP")])
