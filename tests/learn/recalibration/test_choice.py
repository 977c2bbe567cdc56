"""Which method is chosen: the simplest that the data do not contradict."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.recalibration.distorted import binary, survival

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import status_at
from fyr.learn.logistic import log_odds, probability
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration import by_closed_testing, by_cross_validation, choose
from fyr.learn.recalibration.folds import patient_folds


@pytest.mark.parametrize(
    ("shift", "slope", "method"), [(0.0, 1.0, "none"), (-0.7, 1.0, "intercept"), (-0.7, 0.5, "slope")]
)
def test_closed_testing_takes_what_the_distortion_needs(shift, slope, method):
    risk, outcome = binary(3000, seed=4, shift=shift, slope=slope)
    choice = choose(risk, outcome, horizon_years=None, patient=np.arange(3000), generator=np.random.default_rng(1))
    assert (choice.how, choice.method) == ("closed testing", method)


def test_closed_testing_leaves_a_right_model_alone_as_often_as_it_says():
    """A right model is changed in 5 of 100 cohorts; 2 to 22 of 200 are within chance (binomial, 99.9 %)."""
    changed = 0
    for seed in range(200):
        risk, outcome = binary(600, seed=seed, shift=0.0, slope=1.0)
        changed += by_closed_testing(risk, status_at(outcome, None)).method != "none"
    assert 2 <= changed <= 22


def test_the_likelihood_ratio_is_that_of_scikit_learns_log_loss():
    from scipy.stats import chi2

    metrics = pytest.importorskip("sklearn.metrics")
    linear_model = pytest.importorskip("sklearn.linear_model")
    risk, outcome = binary(800, seed=9, shift=0.1, slope=0.9)
    line = log_odds(risk)[:, None]
    fitted = linear_model.LogisticRegression(C=np.inf, tol=1e-10).fit(line, outcome.event).predict_proba(line)[:, 1]
    gain = 800 * (metrics.log_loss(outcome.event, risk) - metrics.log_loss(outcome.event, fitted))
    found = by_closed_testing(risk, status_at(outcome, None)).scores["slope against none, p"]
    assert found == pytest.approx(chi2.sf(2 * gain, 2), rel=1e-4)


def test_with_censoring_or_several_rows_a_patient_it_is_cross_validation():
    generator = np.random.default_rng(1)
    risk, outcome = survival(3000)
    assert (
        choose(risk, outcome, horizon_years=10.0, patient=np.arange(3000), generator=generator).how
        == "cross-validation"
    )
    risk, outcome = binary(3000)
    twice = choose(risk, outcome, horizon_years=None, patient=np.arange(3000) // 2, generator=generator)
    assert twice.how == "cross-validation"
    assert twice.left_out == {"baseline": "baseline needs an outcome with times"}


def test_cross_validation_takes_the_simplest_that_is_as_good():
    risk, outcome = survival(4000, factor=0.5)
    found = by_cross_validation(
        risk, outcome, horizon_years=10.0, patient=np.arange(4000), generator=np.random.default_rng(1)
    )
    assert found.method == "intercept"
    assert found.scores["intercept"] < found.scores["none"]
    right, alone = survival(4000, factor=1.0)
    found = by_cross_validation(
        right, alone, horizon_years=10.0, patient=np.arange(4000), generator=np.random.default_rng(1)
    )
    assert found.method == "none"


def test_cross_validation_finds_a_bend_that_no_line_mends():
    generator = np.random.default_rng(5)
    risk = generator.uniform(0.05, 0.95, 6000)
    outcome = Outcome(generator.random(6000) < np.where(risk < 0.5, 0.1, 0.8))
    found = by_cross_validation(
        risk, outcome, horizon_years=None, patient=np.arange(6000), generator=np.random.default_rng(1)
    )
    assert found.method == "isotonic"


def test_methods_for_which_there_are_too_few_are_left_out_with_the_reason():
    generator = np.random.default_rng(2)
    risk = probability(generator.normal(-1.0, 1.0, 220))
    outcome = Outcome(generator.random(220) < risk)
    found = choose(risk, outcome, horizon_years=None, patient=np.arange(220), generator=generator)
    assert found.how == "cross-validation"
    assert {"slope", "isotonic"} <= set(found.left_out)
    assert "needs 200 rows" in found.left_out["isotonic"]


def test_folds_keep_patients_together_and_share_the_strata():
    generator = np.random.default_rng(3)
    patient = np.repeat(np.arange(200), 3)
    strata = np.repeat(np.arange(200) < 40, 3)
    fold = patient_folds(patient, strata, 5, generator)
    assert all(len(set(fold[patient == one].tolist())) == 1 for one in range(200))
    assert np.bincount(fold[::3]).tolist() == [40] * 5
    assert np.bincount(fold[::3][strata[::3]]).tolist() == [8] * 5
    with pytest.raises(BadInput, match="3 patients cannot be dealt into 5 folds"):
        patient_folds(np.arange(3), np.zeros(3), 5, generator)


def test_too_few_for_every_method_are_refused():
    risk = np.linspace(0.2, 0.8, 46)
    with pytest.raises(Refused, match="too few patients for any recalibration: intercept needs 25 rows"):
        choose(
            risk,
            Outcome(np.arange(46) > 2),
            horizon_years=None,
            patient=np.arange(46),
            generator=np.random.default_rng(1),
        )
