"""Our own predictor against lightgbm's: the same score, the same Shapley values, and refusal of what is no tree."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.watch.risk.boosted_trees import BoostedTrees

lightgbm = pytest.importorskip("lightgbm")


def rows_with_gaps(generator: np.random.Generator, count: int) -> np.ndarray:
    rows = generator.normal(size=(count, 8))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    rows[:, 2] = np.nan_to_num(rows[:, 2])  # a column without gaps, for which lightgbm learns no direction
    rows[:, 5] = np.where(np.isnan(rows[:, 5]), np.nan, 1.0)  # all that it tells is whether it was measured
    return rows


@pytest.fixture(scope="module")
def grown():
    generator = np.random.default_rng(11)
    rows = rows_with_gaps(generator, 3000)
    signal = np.nan_to_num(rows[:, 0]) * rows[:, 2] + np.isnan(rows[:, 5]) + generator.normal(size=3000)
    settings = {"objective": "binary", "num_leaves": 12, "verbose": -1, "num_threads": 1, "seed": 1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, (signal > 0).astype(float)), 80)


@pytest.fixture(scope="module")
def trees(grown):
    return BoostedTrees.of_lightgbm(grown.model_to_string())


def unseen() -> np.ndarray:
    rows = rows_with_gaps(np.random.default_rng(12), 700)
    rows[::5, 2] = np.nan  # missing where training saw none missing
    rows[3] = np.nan
    rows[4] = 0.0
    return rows


def test_the_score_is_lightgbms(grown, trees):
    rows = unseen()
    assert np.abs(trees.score(rows) - grown.predict(rows, raw_score=True)).max() <= 1e-12


def test_the_score_is_the_same_for_one_row_and_for_many(trees):
    rows = np.tile(unseen(), (40, 1))
    assert len(rows) > 20_000
    assert np.array_equal(trees.score(rows)[:700], [trees.score(row[None])[0] for row in unseen()])


def test_contributions_are_lightgbms_and_add_up(grown, trees):
    rows = unseen()
    added, base = trees.contributions(rows)
    peer = grown.predict(rows, pred_contrib=True)
    assert np.abs(added - peer[:, :-1]).max() < 1e-10
    assert base == pytest.approx(peer[0, -1], abs=1e-10)
    assert np.abs(added.sum(axis=1) + base - trees.score(rows)).max() < 1e-10


def test_contributions_are_shapleys_by_definition():
    """A tree of three splits on two features, against the sum over all orders."""
    trees = BoostedTrees.from_dict(
        {
            "features": 2,
            "tree_start": [0, 3],
            "leaf_start": [0, 4],
            "feature": [0, 1, 0],
            "threshold": [0.0, 1.0, -2.0],
            "missing": [0, 0, 0],
            "left": [2, -2, -1],
            "right": [1, -3, -4],
            "cover": [10.0, 4.0, 6.0],
            "leaf_value": [5.0, -1.0, 3.0, 0.5],
            "leaf_cover": [2.0, 1.0, 3.0, 4.0],
        }
    )

    def expected(row: list[float], known: set[int]) -> float:
        def share(feature: int, goes_left: bool, left: float) -> tuple[float, float]:
            return (float(goes_left), float(not goes_left)) if feature in known else (left, 1 - left)

        low, high = share(0, row[0] <= 0, 0.6)
        lower, middle = share(0, row[0] <= -2, 2 / 6)
        second, third = share(1, row[1] <= 1, 0.25)
        return low * (lower * 5.0 + middle * 0.5) + high * (second * -1.0 + third * 3.0)

    for row in ([-3.0, 0.0], [-1.0, 2.0], [1.0, 0.5], [1.0, 4.0]):
        added, base = trees.contributions(np.array([row]))
        assert base == pytest.approx(expected(row, set()))
        for feature in (0, 1):
            gains = []
            for order in itertools.permutations((0, 1)):
                before = set(order[: order.index(feature)])
                gains.append(expected(row, before | {feature}) - expected(row, before))
            assert added[0, feature] == pytest.approx(math.fsum(gains) / len(gains))


def test_trees_come_back_from_json_exactly(trees):
    again = BoostedTrees.from_dict(json.loads(json.dumps(trees.as_dict(), allow_nan=False)))
    assert np.array_equal(again.score(unseen()), trees.score(unseen()))


def test_several_models_together_score_their_sum(trees):
    both = BoostedTrees.together([trees.scaled(0.5), trees.scaled(0.25)])
    assert both.score(unseen()) == pytest.approx(trees.score(unseen()) * 0.75, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("left", 0, 0),  # a split that is its own child would never end
        ("right", 0, -9999),  # a leaf that is not there
        ("feature", 1, 8),  # a column that is not there
        ("threshold", 0, float("nan")),
    ],
)
def test_what_is_no_tree_is_refused(trees, name, place, value):
    document = trees.as_dict()
    document[name][place] = value
    with pytest.raises(BadInput, match="do not describe trees"):
        BoostedTrees.from_dict(document)


def test_rows_of_another_width_are_refused(trees):
    with pytest.raises(BadInput, match="for trees over 8 features"):
        trees.score(np.zeros((2, 7)))
