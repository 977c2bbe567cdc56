"""Clipped lines: the sum by hand, monotone if signed, exact from JSON, and contributions that add up."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.clipped_lines import ClippedLines
from fyr.watch.risk.ensemble import Ensemble


def lines() -> ClippedLines:
    return ClippedLines.from_dict(
        {
            "features": 3,
            "base": -2.0,
            "feature": [0, 2, 0],
            "logarithm": [False, True, False],
            "low": [0.0, 0.0, 6.0],
            "high": [6.0, 3.0, 18.0],
            "centre": [2.0, 1.0, 7.0],
            "weight": [0.5, -1.5, 0.25],
        }
    )


def trees() -> BoostedTrees:
    document = {
        "features": 3,
        "tree_start": [0, 1],
        "leaf_start": [0, 2],
        "feature": [1],
        "threshold": [0.5],
        "missing": [1],
        "left": [-1],
        "right": [-2],
        "cover": [4.0],
        "leaf_value": [-0.1, 0.3],
        "leaf_cover": [3.0, 1.0],
    }
    return BoostedTrees.from_dict(document)


def test_the_sum_by_hand():
    rows = np.array([[10.0, 0.0, math.e - 1], [-5.0, 0.0, -3.0], [np.nan, 0.0, np.nan]])
    by_hand = [
        -2 + 0.5 * (6 - 2) - 1.5 * (1 - 1) + 0.25 * (10 - 7),
        -2 + 0.5 * (0 - 2) - 1.5 * (0 - 1) + 0.25 * (6 - 7),
        -2,
    ]
    assert lines().score(rows) == pytest.approx(by_hand)


def test_a_row_alone_has_the_score_that_it_has_among_many():
    rows = np.random.default_rng(1).normal(5, 5, size=(5000, 3))
    together = lines().score(rows)
    assert [lines().score(row[None])[0] for row in rows[::250]] == together[::250].tolist()


def test_weights_of_one_sign_make_it_monotone():
    rows = np.full((50, 3), 1.0)
    rows[:, 0] = np.linspace(-5, 30, 50)
    assert (np.diff(lines().score(rows)) >= 0).all()
    rows[:, 0], rows[:, 2] = 1.0, np.linspace(-5, 30, 50)
    assert (np.diff(lines().score(rows)) <= 0).all()


def test_contributions_of_the_ensemble_add_up_and_are_shapleys():
    """Trees ask of one feature, lines of the others: each adds what it adds alone."""
    both = Ensemble.weighted([(0.5, trees())], [(2.0, lines())])
    rows = np.array([[10.0, 0.7, 4.0], [3.0, np.nan, np.nan]])
    added, base = both.contributions(rows)
    assert added.sum(axis=1) + base == pytest.approx(both.score(rows), abs=1e-12)
    assert base == pytest.approx(2 * -2 + 0.5 * (0.75 * -0.1 + 0.25 * 0.3))
    assert added[0, 1] == pytest.approx(0.5 * 0.3 - 0.5 * (0.75 * -0.1 + 0.25 * 0.3))
    assert added[1, 2] == 0


def test_an_ensemble_comes_back_from_json_exactly():
    both = Ensemble.weighted([(1 / 3, trees())], [(1 / 7, lines())]).rounded()
    again = Ensemble.from_dict(json.loads(json.dumps(both.as_dict(), allow_nan=False)))
    rows = np.random.default_rng(2).normal(3, 5, size=(200, 3))
    assert np.array_equal(again.score(rows), both.score(rows))


def test_trees_over_wider_rows_ask_of_the_same_values():
    wide = trees().over(5, [4, 2, 0])
    rows = np.random.default_rng(3).normal(size=(50, 5))
    assert np.array_equal(wide.score(rows), trees().score(rows[:, [4, 2, 0]]))


@pytest.mark.parametrize(("name", "value"), [("feature", 3), ("low", 99.0), ("weight", float("nan"))])
def test_what_is_no_line_is_refused(name, value):
    document = lines().as_dict()
    document[name][0] = value
    with pytest.raises(BadInput, match="do not describe lines"):
        ClippedLines.from_dict(document)
