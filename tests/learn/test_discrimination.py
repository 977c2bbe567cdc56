"""Areas under curves against their definitions, pair by pair, and under resampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.bootstrap import group_resamples
from fyr.learn.discrimination import Ranking, area_under_precision_recall, area_under_roc

ROWS = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=30)


def by_pairs(event: np.ndarray, score: np.ndarray) -> float:
    """The Mann-Whitney definition: how often an event scores above a non-event, ties half."""
    difference = score[event][:, None] - score[~event][None, :]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_area_under_roc_is_the_share_of_pairs_in_order(rows):
    event, score = np.array([one for one, _ in rows]), np.array([float(two) for _, two in rows])
    if event.all() or not event.any():
        assert np.isnan(area_under_roc(event, score))
    else:
        assert area_under_roc(event, score) == pytest.approx(by_pairs(event, score), abs=1e-12)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_average_precision_is_the_sum_over_thresholds(rows):
    event, score = np.array([one for one, _ in rows]), np.array([float(two) for _, two in rows])
    if not event.any():
        assert np.isnan(area_under_precision_recall(event, score))
        return
    total, before = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        alarms = score >= threshold
        recall = event[alarms].sum() / event.sum()
        total += (recall - before) * event[alarms].mean()
        before = recall
    assert area_under_precision_recall(event, score) == pytest.approx(total, abs=1e-12)


@given(ROWS, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_weights_are_repeated_rows(rows, seed):
    event, score = np.array([one for one, _ in rows]), np.array([float(two) for _, two in rows])
    counts = np.random.default_rng(seed).integers(0, 4, len(event))
    ranking = Ranking.of(event, score)
    again = Ranking.of(np.repeat(event, counts), np.repeat(score, counts))
    assert ranking.area_under_roc(counts) == pytest.approx(again.area_under_roc(), abs=1e-12, nan_ok=True)
    expected = again.area_under_precision_recall()
    assert ranking.area_under_precision_recall(counts) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(BadInput, match="not a finite number"):
        area_under_roc([True, False], [1.0, np.nan])


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    groups = np.repeat([7, 3, 9, 1], [1, 2, 3, 4])
    for counts in group_resamples(groups, np.random.default_rng(0), 50):
        of_group = [set(counts[groups == one].tolist()) for one in (7, 3, 9, 1)]
        assert all(len(one) == 1 for one in of_group)
        assert sum(one.pop() for one in of_group) == 4
