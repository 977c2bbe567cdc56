"""Pauses are found to the sample, and no lead's dropout is a pause of the heart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.watch.rhythm.ecg import as_series, drawn_ecg, without_beats

from fyr.clock import MINUTE_US, SECOND_US
from fyr.errors import BadInput
from fyr.record import SIGNALS, Quality
from fyr.watch.rhythm.reading import read_rhythm


def paused(length_s: float) -> np.ndarray:
    """Beats at 75/min with one gap of exactly this length that begins with the beat at 60.5 s."""
    before = np.arange(0.5, 60.6, 0.8)
    return np.concatenate([before, np.arange(before[-1] + length_s, 239.0, 0.8)])


@pytest.mark.parametrize(
    ("length_s", "pauses", "asystoles"), [(2.8, 0, 0), (3.2, 1, 0), (3.8, 1, 0), (4.2, 1, 1), (9.0, 1, 1)]
)
def test_a_pause_is_as_long_as_it_was_drawn(length_s, pauses, asystoles):
    rhythm = read_rhythm([as_series(drawn_ecg(paused(length_s), 240.0))])
    assert len(rhythm.pauses) == pauses
    assert sum(pause.is_asystole for pause in rhythm.pauses) == asystoles
    for pause in rhythm.pauses:
        assert pause.seconds == pytest.approx(length_s, abs=0.05)
        assert not pause.open
    assert np.nanmax(rhythm.longest_pause.value) == pytest.approx(length_s, abs=0.05)


def test_a_beat_in_another_lead_ends_a_pause():
    value = drawn_ecg(np.arange(0.5, 239.0, 0.8), 240.0)
    hidden = without_beats(as_series(value), 60.0, 70.0, noise_mv=0.01)
    assert [pause.is_asystole for pause in read_rhythm([hidden]).pauses] == [True]
    both = read_rhythm([hidden, as_series(value, name="V5")])
    assert both.pauses == ()
    assert np.nanmax(both.longest_pause.value) < 1.2


def test_a_lead_that_fell_off_is_replaced_by_the_next_one():
    value = drawn_ecg(np.arange(0.5, 239.0, 0.8), 240.0)
    fallen = without_beats(as_series(value), 60.0, 120.0, noise_mv=0.0)
    alone = read_rhythm([fallen])
    assert alone.beats.assessable_s == pytest.approx(180.0, abs=1.0)
    assert alone.pauses == ()
    both = read_rhythm([fallen, without_beats(as_series(value, name="V5"), 200.0, 230.0, noise_mv=0.0)])
    assert both.beats.assessable_s == pytest.approx(240.0, abs=1.0)
    assert both.pauses == ()
    assert len(both.beats.time_us) == pytest.approx(299, abs=2)


def test_a_pause_that_runs_into_lost_signal_is_at_least_that_long():
    value = drawn_ecg(np.arange(0.5, 60.6, 0.8), 240.0)
    value[70 * 250 :] = np.nan
    (pause,) = read_rhythm([as_series(value)]).pauses
    assert pause.open
    assert pause.seconds == pytest.approx(9.5, abs=0.7)
    assert pause.is_asystole


class TestMinutes:
    """What the ward engine gets: one value at the end of every minute."""

    def test_the_grid_is_whole_minutes_and_the_signals_are_known(self):
        start_us = 7 * MINUTE_US + 13 * SECOND_US
        rhythm = read_rhythm([as_series(drawn_ecg(np.arange(0.5, 239.0, 0.8), 240.0), start_us=start_us)])
        for series in rhythm.series:
            assert series.signal in SIGNALS
            assert series.unit == SIGNALS[series.signal].unit
            assert SIGNALS[series.signal].loinc is None
            assert (series.time_us % MINUTE_US == 0).all()
            assert (np.diff(series.time_us) == MINUTE_US).all()
            assert series.time_us[0] == 8 * MINUTE_US
            assert series.time_us[-1] == 12 * MINUTE_US
            assert (np.isnan(series.value) == (series.quality == Quality.UNKNOWN)).all()

    def test_a_pause_counts_in_the_minute_in_which_it_is_known(self):
        """It begins at 57 s and ends at 63 s: 3 s of it are known when the first minute ends, all of it a minute on."""
        beats = np.concatenate([np.arange(0.2, 57.1, 0.8), np.arange(63.0, 239.0, 0.8)])
        last = beats[beats < 58][-1]
        value = read_rhythm([as_series(drawn_ecg(beats, 240.0))]).longest_pause.value
        assert value[0] == pytest.approx(60.0 - last, abs=0.05)
        assert value[1] == pytest.approx(63.0 - last, abs=0.05)
        assert (value[2:4] < 2.0).all()

    def test_a_lost_lead_is_unknown_and_not_zero(self):
        value = drawn_ecg(np.arange(0.5, 599.0, 0.8), 600.0)
        value[180 * 250 : 420 * 250] = np.nan
        rhythm = read_rhythm([as_series(value)])
        assert np.flatnonzero(np.isnan(rhythm.longest_pause.value)).tolist() == [3, 4, 5, 6]
        assert np.isnan(rhythm.irregularity.value[3:7]).all()
        assert rhythm.irregularity.value[2] == pytest.approx(0.0, abs=0.05)

    def test_fibrillation_from_waveform_to_episode(self):
        rng = np.random.default_rng(4)
        rr = np.concatenate([np.full(300, 0.8), np.clip(rng.normal(0.65, 0.15, 400), 0.32, 1.4), np.full(300, 0.8)])
        beats = 0.5 + np.cumsum(rr)
        rhythm = read_rhythm([as_series(drawn_ecg(beats, beats[-1] + 1))])
        (episode,) = rhythm.episodes
        assert beats[300] < episode.start_us / SECOND_US < beats[300 + 129]
        assert beats[700] - 5 < episode.end_us / SECOND_US < beats[700 + 129]


def test_no_ecg_is_refused():
    with pytest.raises(BadInput, match="no ECG lead, and a pulse wave alone gives no rhythm"):
        read_rhythm([as_series(np.zeros(1000), name="PLETH")])


@pytest.mark.real
def test_record_100_has_no_fibrillation_and_no_pause(record_100):
    """Its annotations hold sinus rhythm, 33 atrial premature beats and one ventricular one."""
    rhythm = read_rhythm(record_100.series)
    assert rhythm.episodes == ()
    assert rhythm.pauses == ()
    assert np.nanmax(rhythm.irregularity.value) < 0.639
    assert np.isfinite(rhythm.irregularity.value).sum() >= 29
