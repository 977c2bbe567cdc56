from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from fyr.learn.cohort import Cohort
from fyr.learn.training.recipe import Recipe, train
from fyr.learn.training.stacking import StackedPart, part_from_dict


def test_both_learners_are_weighed_and_never_below_0(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(500, noise=2)
    recipe = Recipe({"all": tuple(cohort.columns)}, ("cox", "boosted"), (2.0,), stack=True)
    trained, told = train(recipe, cohort)
    part = trained.event.parts["all"]

    assert isinstance(part, StackedPart)
    assert [one.setting.learner for one in part.plain] == ["cox", "boosted"]
    assert (part.weights >= 0).all()
    assert part.weights[0] > part.weights[1]  # effects are plain in this cohort
    assert told["all"]["chosen"]["learner"] == "stacked"
    assert told["all"]["chosen"]["cox"]["weight"] == part.weights[0]


def test_a_stack_is_the_sum_that_it_says_and_the_same_after_json(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(300, missing=0.2)
    trained, _ = train(Recipe({"all": ("age", "stage", "size")}, ("cox", "boosted"), (2.0,), stack=True), cohort)
    part = trained.event.parts["all"]
    assert isinstance(part, StackedPart)
    parts = [one.of(cohort.columns) - centre for one, centre in zip(part.plain, part.centre, strict=True)]
    added, base = part.added(cohort.columns)

    expected = sum(weight * score for weight, score in zip(part.weights, parts, strict=True))
    assert np.allclose(part.of(cohort.columns), part.intercept + expected)
    assert np.allclose(base + sum(added.values()), part.of(cohort.columns))
    again = part_from_dict(json.loads(json.dumps(part.as_dict())))
    assert (again.of(cohort.columns) == part.of(cohort.columns)).all()


def test_too_few_events_to_weigh_choose_one_learner(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(40, effect=0.0)
    few = cohort.take(np.flatnonzero(np.cumsum(cohort.outcome.event) <= 8))
    trained, _ = train(Recipe({"all": ("age", "size")}, ("cox", "boosted"), (0.5,), stack=True, inner=2), few)

    assert len(trained.event.parts["all"].plain) == 1
