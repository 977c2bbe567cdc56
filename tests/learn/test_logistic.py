"""Logistic regression against closed forms and the conditions that a maximum must meet."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.learn.logistic import calibration, fit_logistic, log_odds, probability


def test_two_groups_have_the_closed_form():
    """With one binary column the maximum-likelihood odds are the observed odds of each group."""
    rows = np.repeat([[0.0], [1.0]], [40, 60], axis=0)
    event = np.concatenate([np.arange(40) < 10, np.arange(60) < 45])
    fitted = fit_logistic(rows, event, ridge=1e-9)
    assert probability(fitted.log_odds([[0.0], [1.0]])) == pytest.approx([10 / 40, 45 / 60], abs=1e-7)


def test_a_ridge_fit_has_no_slope_left():
    """At the maximum the gradient, penalty included, is zero."""
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(500, 6)) * [1, 10, 0.1, 1, 1, 5]
    event = generator.random(500) < probability(rows[:, 0] - rows[:, 1] / 10)
    fitted = fit_logistic(rows, event, ridge=2.0)
    standard = (rows - fitted.mean) / fitted.spread
    residual = event - probability(fitted.log_odds(rows))
    assert standard.T @ residual - 2.0 * fitted.weights == pytest.approx(np.zeros(6), abs=1e-5)
    assert residual.sum() == pytest.approx(0, abs=1e-5)


def test_calibration_recovers_a_distortion():
    """Predictions made too extreme by 2 and shifted by 1 have slope 1/2 and the intercept that undoes the shift."""
    generator = np.random.default_rng(5)
    true = generator.normal(-1, 1.5, 400_000)
    event = generator.random(400_000) < probability(true)
    found = calibration(event, probability(2 * true + 1))
    assert found.slope == pytest.approx(0.5, abs=0.01)
    assert found.intercept == pytest.approx(-0.5, abs=0.02)


def test_calibration_in_the_large_balances_expected_and_observed():
    generator = np.random.default_rng(6)
    predicted = generator.uniform(0.05, 0.6, 1000)
    event = generator.random(1000) < 0.2
    shift = calibration(event, predicted).in_the_large
    assert probability(log_odds(predicted) + shift).sum() == pytest.approx(event.sum(), abs=1e-6)


def test_without_an_event_there_is_no_calibration():
    found = calibration([False, False], [0.1, 0.2])
    assert np.isnan([found.slope, found.intercept, found.in_the_large]).all()


def test_a_missing_value_counts_as_the_mean():
    rows = np.array([[0.0], [2.0], [np.nan], [4.0], [1.0], [3.0]])
    fitted = fit_logistic(rows, [False, True, False, True, False, True])
    assert fitted.log_odds([[np.nan]]) == pytest.approx(fitted.log_odds([[2.0]]))
