from __future__ import annotations

import json

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.training.preparation import Preparation, prepare

COLUMNS = {
    "age": np.array([50.0, 60.0, np.nan, 70.0, np.nan, np.nan, np.nan, np.nan, 55.0, 65.0] * 6),
    "constant": np.ones(60),
    "grade": np.array(["low", "high", "low", "low", "high", "", "low", "", "", "low"] * 6, dtype=object),
    "site": np.array(["a"] * 40 + ["b"] * 15 + ["c"] * 3 + ["d"] * 2, dtype=object),
}


def test_missing_is_a_value_and_constants_are_left_out() -> None:
    made = prepare(COLUMNS, tuple(COLUMNS))
    design = dict(zip(made.names, made.design(COLUMNS).T, strict=True))

    assert made.predictors == ("age", "grade", "site")
    assert set(design["age"][np.isnan(COLUMNS["age"])].tolist()) == {60.0}
    assert (design["age missing"] == np.isnan(COLUMNS["age"])).all()
    assert (design["grade = missing"] == (COLUMNS["grade"] == "")).all()
    assert (design["grade = high"] == (COLUMNS["grade"] == "high")).all()
    assert "grade = low" not in design  # the most frequent is what the others are told from


def test_rare_categories_are_pooled_and_so_is_one_never_seen() -> None:
    many = {"site": np.array(["a"] * 40 + ["b"] * 15 + ["c"] * 6 + ["d"] * 6, dtype=object)}
    made = prepare(many, ("site",))

    assert made.names == ("site = b", "site = (rare)")
    given = {"site": np.array(["a", "b", "c", "d", "never seen"], dtype=object)}
    assert made.design(given).tolist() == [[0, 0], [1, 0], [0, 1], [0, 1], [0, 1]]


def test_a_number_beyond_training_counts_as_the_nearest_that_was_seen() -> None:
    made = prepare({"age": np.array([50.0, 60.0, 70.0])}, ("age",))

    assert made.design({"age": np.array([10.0, 65.0, 200.0])})[:, 0].tolist() == [50.0, 65.0, 70.0]


def test_trees_see_what_is_missing() -> None:
    made = prepare(COLUMNS, ("age",), for_trees=True)

    assert made.names == ("age",)
    assert (np.isnan(made.design(COLUMNS)[:, 0]) == np.isnan(COLUMNS["age"])).all()


def test_a_spline_is_straight_beyond_its_outer_knots_and_bends_between() -> None:
    age = {"age": np.linspace(0.0, 100.0, 101)}
    made = prepare(age, ("age",), splines=("age",))
    bend = made.design(age)[:, made.names.index("age bend")]
    low, _, high = made.knots["age"]
    second = np.diff(bend, 2)
    middle = age["age"][1:-1]

    assert np.allclose(bend[age["age"] <= low], 0.0)
    assert np.allclose(second[middle > high + 1], 0.0, atol=1e-9)
    assert (second[(middle > low + 1) & (middle < 49)] > 0).all()


def test_it_is_the_same_after_json_and_keeps_what_it_is_told_to() -> None:
    made = prepare(COLUMNS, tuple(COLUMNS), splines=("age",))
    again = Preparation.from_dict(json.loads(json.dumps(made.as_dict())))

    assert again.names == made.names
    assert (again.design(COLUMNS) == made.design(COLUMNS)).all()
    kept = made.keep(np.array([made.names.index("age missing")]))
    assert kept.predictors == ("age",)
    assert kept.names == ("age", "age missing", "age bend")


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(BadInput, match="no predictor has two values"):
        prepare(COLUMNS, ("constant",))
