from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fyr.learn.cohort import Cohort
from fyr.learn.survival.cox import fit_cox
from fyr.learn.training.kernel_cox import principal_directions
from fyr.learn.training.learners import Part, Setting, _penalties, fit_parts, settings_of
from fyr.learn.training.truth import Truth, truth_of


def test_ridge_logistic_regression_is_that_of_scikit_learn(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(timed=False, noise=5)
    truth = truth_of(cohort.outcome)
    predictors = tuple(cohort.columns)
    setting = Setting("logistic", freedom=3.0)
    (part,) = fit_parts(cohort.columns, predictors, truth, [setting])
    design = part.preparation.design(cohort.columns)
    standard = (design - design.mean(axis=0)) / design.std(axis=0)
    share = truth.event.mean()
    (ridge,) = _penalties(principal_directions(standard)[0], share * (1 - share), [setting])

    peer = LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=10_000).fit(standard, truth.event)

    assert np.allclose(part.of(cohort.columns), peer.decision_function(standard), atol=1e-5)


def test_ridge_cox_regression_is_the_exact_fit_at_its_penalty(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(noise=4)
    truth = truth_of(cohort.outcome)
    assert truth.years is not None
    setting = Setting("cox", freedom=4.0)
    (part,) = fit_parts(cohort.columns, tuple(cohort.columns), truth, [setting])
    design = part.preparation.design(cohort.columns)
    standard = (design - design.mean(axis=0)) / design.std(axis=0)
    (ridge,) = _penalties(principal_directions(standard)[0], truth.events / len(cohort), [setting])

    exact = fit_cox(design, truth.years, truth.event, ridge=ridge)

    assert np.allclose(part.of(cohort.columns), exact.linear_predictor(design), atol=1e-6)


def test_a_penalty_leaves_the_freedom_that_is_asked_for() -> None:
    places = np.random.default_rng(1).normal(size=(100, 12)) * np.linspace(1, 5, 12)
    sizes = (places**2).sum(axis=0) * 0.3

    for freedom, ridge in zip(
        (1.0, 6.0), _penalties(places, 0.3, [Setting("cox", f) for f in (1.0, 6.0)]), strict=True
    ):
        assert np.isclose((sizes / (sizes + ridge)).sum(), freedom, atol=1e-6)


@pytest.mark.parametrize("learner", ["cox", "logistic", "boosted"])
def test_a_part_is_the_same_after_json_and_its_shapley_values_add_up(
    drawn: Callable[..., Cohort], learner: str
) -> None:
    cohort = drawn(missing=0.2, timed=learner != "logistic")
    truth = truth_of(cohort.outcome)
    settings = [one for one in settings_of(learner, 3, truth) if (one.trees or 50) <= 50]  # type: ignore[arg-type]
    part = fit_parts(cohort.columns, ("age", "stage", "size"), truth, settings)[-1]
    again = Part.from_dict(json.loads(json.dumps(part.as_dict())))
    added, base = part.added(cohort.columns)

    assert (again.of(cohort.columns) == part.of(cohort.columns)).all()
    assert set(added) == {"age", "stage", "size"}
    assert np.allclose(base + sum(added.values()), part.of(cohort.columns), atol=1e-9)


def test_shapley_values_of_a_linear_score_are_those_of_its_definition(drawn: Callable[..., Cohort]) -> None:
    """Lundberg and Lee 2017, equation 8: the average over orders of what knowing a column adds, others at the mean."""
    cohort = drawn(40)
    (part,) = fit_parts(cohort.columns, ("age", "size"), truth_of(cohort.outcome), [Setting("cox", freedom=1.5)])
    mean = {name: np.full(40, cohort.columns[name].mean()) for name in ("age", "size")}
    nothing = part.of(mean)
    only_age = part.of({**mean, "age": cohort.columns["age"]})
    only_size = part.of({**mean, "size": cohort.columns["size"]})
    both = part.of(cohort.columns)

    added, base = part.added(cohort.columns)

    assert np.allclose(added["age"], ((only_age - nothing) + (both - only_size)) / 2)
    assert np.allclose(nothing, base)


def test_screening_keeps_what_matters_and_no_more(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(400, noise=150)
    predictors = tuple(cohort.columns)

    (part,) = fit_parts(cohort.columns, predictors, truth_of(cohort.outcome), [Setting("cox", freedom=8.0, keep=10)])

    assert len(part.preparation.predictors) == 10
    assert {"age", "stage"} <= set(part.preparation.predictors)


def test_fewer_events_allow_less(drawn: Callable[..., Cohort]) -> None:
    few = Truth(np.arange(100) < 10, np.ones(100), np.ones(100))
    many = Truth(np.arange(1000) < 500, np.ones(1000), np.ones(1000))

    assert max(one.freedom or 0 for one in settings_of("cox", 500, few)) <= 10 / 3
    assert max(one.freedom or 0 for one in settings_of("cox", 500, many)) == 64
    assert {one.keep for one in settings_of("cox", 500, many)} == {None, 200, 50}


def test_boosting_is_the_same_for_the_same_seed(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn()
    truth = truth_of(cohort.outcome)
    setting = Setting("boosted", trees=30, leaves=3)
    texts = [fit_parts(cohort.columns, ("age", "size"), truth, [setting], seed=seed)[0].as_dict() for seed in (1, 1, 2)]

    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
