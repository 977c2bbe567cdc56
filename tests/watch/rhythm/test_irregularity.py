"""Irregularity is the published formula, and tells fibrillation from rhythms that are merely not quite regular."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from fyr.clock import MINUTE_US, SECOND_US
from fyr.watch.rhythm.irregularity import THRESHOLD, fibrillation_episodes, irregularity


def of(rr_s) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    beats = np.concatenate([[0], np.cumsum(np.rint(np.asarray(rr_s) * SECOND_US).astype(np.int64))])
    return beats[:-1].copy(), beats[1:].copy(), irregularity(beats[:-1], beats[1:])


def by_hand(rr_s) -> list[float]:
    """The paper's equations, word by word, without any bookkeeping."""
    symbols = [63 if 60 / rr >= 315 else math.floor(60 / rr / 5) for rr in rr_s]
    words = [tuple(symbols[n - 2 : n + 1]) for n in range(2, len(symbols))]
    answer = []
    for last in range(127, len(words) + 1):
        counts = Counter(words[last - 127 : last])
        entropy = -sum(count / 127 * math.log2(count / 127) for count in counts.values())
        answer.append(len(counts) / (127 * math.log2(127)) * entropy)
    return answer


def fibrillation(beats: int, seed: int) -> np.ndarray:
    """Intervals without memory, as a fibrillating atrium gives them: mean 0.7 s, standard deviation 0.17 s."""
    return np.clip(np.random.default_rng(seed).normal(0.7, 0.17, beats), 0.3, 1.6)


def sinus(beats: int, seed: int) -> np.ndarray:
    """Breathing (0.25 Hz) and slow waves, 2 % noise."""
    rng = np.random.default_rng(seed)
    beat = np.arange(beats)
    return (
        0.8
        + 0.04 * np.sin(2 * np.pi * beat / 5.1)
        + 0.03 * np.sin(2 * np.pi * beat / 40)
        + 0.008 * rng.standard_normal(beats)
    )


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_published_formula(seed):
    rr = np.rint(fibrillation(300, seed) * 1000) / 1000
    _, _, value = of(rr)
    assert np.isnan(value[:128]).all()
    assert value[128:] == pytest.approx(by_hand(rr), abs=1e-12)


def test_a_metronome_is_0_and_127_different_words_are_1():
    _, _, value = of(np.full(200, 0.8))
    assert np.nanmax(value) == 0.0
    rates = [7.5 + 5 * symbol for symbol in (*range(8, 63), *range(61, 8, -1), *range(8, 63, 2))][:129]
    _, _, value = of([60 / rate for rate in rates])
    assert value[128] == pytest.approx(1.0)


def test_above_315_a_minute_is_one_symbol():
    _, _, value = of(np.tile([0.10, 0.15, 0.12, 0.19], 50))
    assert np.nanmax(value) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_fibrillation_is_found_and_sinus_rhythm_is_not(seed):
    _, end_us, value = of(fibrillation(400, seed))
    assert len(fibrillation_episodes(end_us, value)) == 1
    _, end_us, value = of(sinus(2000, seed))
    assert fibrillation_episodes(end_us, value) == []
    assert np.nanmax(value) < 0.5


@pytest.mark.parametrize(
    "pattern", [[0.8, 0.5, 1.1], [0.8, 0.8, 0.5, 1.1], [0.55, 1.05]], ids=["trigeminy", "quadrigeminy", "bigeminy"]
)
def test_ectopic_beats_in_a_pattern_are_not_fibrillation(pattern):
    rng = np.random.default_rng(3)
    rr = np.tile(pattern, 200) * (1 + 0.01 * rng.standard_normal(200 * len(pattern)))
    _, end_us, value = of(rr)
    assert fibrillation_episodes(end_us, value) == []


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_a_few_ectopic_or_missed_beats_are_not_fibrillation(share):
    rng = np.random.default_rng(5)
    rr = sinus(2000, 6)
    ectopic = rng.random(2000) < share
    rr[ectopic] *= 0.65
    rr[np.roll(ectopic, 1)] *= 1.3
    missed = rng.random(2000) < share / 2
    rr[missed] *= 2
    _, end_us, value = of(rr)
    assert fibrillation_episodes(end_us, value) == []


def test_an_episode_lies_where_the_fibrillation_was_within_the_window():
    rr = np.concatenate([sinus(600, 1), fibrillation(600, 2), sinus(600, 3)])
    _, end_us, value = of(rr)
    (episode,) = fibrillation_episodes(end_us, value)
    assert 0 < np.searchsorted(end_us, episode.start_us) - 600 <= 127
    assert 0 < np.searchsorted(end_us, episode.end_us) - 1200 <= 127
    assert episode.highest >= THRESHOLD


def test_less_than_30_s_is_no_episode():
    time_us = np.arange(40) * SECOND_US
    value = np.where(time_us < 29 * SECOND_US, 0.9, 0.1)
    assert fibrillation_episodes(time_us, value) == []
    assert len(fibrillation_episodes(time_us, np.where(time_us <= 30 * SECOND_US, 0.9, 0.1))) == 1


def test_no_word_crosses_a_place_where_beats_are_unknown():
    """Two metronomes of different pace: with the step between them unknown, there are two words and not four."""
    start_us, end_us, whole = of(np.concatenate([np.full(200, 0.8), np.full(200, 0.5)]))
    start_us[200:] += SECOND_US
    end_us[200:] += SECOND_US
    value = irregularity(start_us, end_us)
    assert not np.isnan(value[128:]).any()
    two = 2 / (127 * math.log2(127)) * (math.log2(127) - (64 * 6 + 63 * math.log2(63)) / 127)
    assert np.nanmax(value) == pytest.approx(two)
    assert np.nanmax(whole) > 1.9 * two


def test_words_older_than_five_minutes_do_not_count():
    start_us, end_us, _ = of(np.full(400, 0.5))
    start_us[200:] += 6 * MINUTE_US
    end_us[200:] += 6 * MINUTE_US
    value = irregularity(start_us, end_us)
    assert np.isnan(value[200 : 200 + 128]).all()
    assert not np.isnan(value[200 + 128 :]).any()


def test_no_beats_are_no_irregularity():
    nothing = np.zeros(0, np.int64)
    assert irregularity(nothing, nothing).size == 0
    assert fibrillation_episodes(nothing, np.zeros(0)) == []
