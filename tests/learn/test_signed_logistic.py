"""Signed logistic regression: the minimum of its own loss, found by another optimiser, and never the wrong sign."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from fyr.errors import BadInput
from fyr.learn.logistic import fit_logistic
from fyr.learn.signed_logistic import fit_signed_logistic


def drawn(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    shared = generator.normal(size=(count, 1))
    rows = generator.normal(size=(count, 6)) + 0.8 * shared
    odds = 1.2 * rows[:, 0] - rows[:, 1] + 0.5 * rows[:, 2] - 1
    return rows, generator.random(count) < 1 / (1 + np.exp(-odds)), generator.uniform(0.2, 2, count)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_the_minimum_that_another_optimiser_finds(seed):
    rows, event, weight = drawn(seed)
    directions = [1, 1, -1, -1, 0, 1]

    def loss(beta):
        odds = beta[0] + rows @ beta[1:]
        error = weight * (1 / (1 + np.exp(-odds)) - event)
        value = (weight * (np.logaddexp(0, odds) - event * odds)).sum() + 2.5 * (beta[1:] ** 2).sum()
        return value, np.append(error.sum(), rows.T @ error + 5 * beta[1:])

    bounds = [(None, None), (0, None), (0, None), (None, 0), (None, 0), (None, None), (0, None)]
    peer = minimize(
        loss, np.zeros(7), jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9}
    )
    intercept, weights = fit_signed_logistic(rows, event, directions, ridge=5.0, weight=weight)
    assert loss(np.append(intercept, weights))[0] <= peer.fun + 1e-9
    assert np.append(intercept, weights) == pytest.approx(peer.x, abs=2e-5)
    assert weights[1] == 0  # it lowers the risk, and may only raise it
    assert (weights * directions >= 0).all()


def test_without_bounds_it_is_the_plain_regression():
    rows, event, _ = drawn(4)
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    plain = fit_logistic(standard, event, ridge=3.0)
    intercept, weights = fit_signed_logistic(standard, event, np.zeros(6), ridge=3.0)
    assert intercept == pytest.approx(plain.intercept, abs=1e-6)
    assert weights == pytest.approx(plain.weights, abs=1e-6)


def test_rows_with_gaps_or_without_an_event_are_refused():
    rows, event, _ = drawn(5)
    with pytest.raises(BadInput, match="none"):
        fit_signed_logistic(rows, np.zeros(len(rows)), np.ones(6), ridge=1.0)
    rows[3, 2] = np.nan
    with pytest.raises(BadInput, match="not complete"):
        fit_signed_logistic(rows, event, np.ones(6), ridge=1.0)
