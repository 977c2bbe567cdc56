"""Logistic regression with a ridge penalty, by Newton's method: the plain model that a clever one must beat.

Also the calibration line: the logistic regression of what happened on what was predicted (Cox 1958; Van Calster et al.
2019, BMC Medicine 17:230). Slope 1 and intercept 0 is perfect; a slope below 1 means predictions that are too extreme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Calibration", "LogisticRegression", "calibration", "fit_logistic", "log_odds", "probability"]

_FLOOR = 1e-12


def probability(log_odds: ArrayLike) -> NDArray[np.float64]:
    """Return probabilities of log odds, without overflow."""
    values = np.asarray(log_odds, dtype=np.float64)
    smaller = np.exp(-np.abs(values))
    chances: NDArray[np.float64] = np.where(values >= 0, 1.0, smaller) / (1.0 + smaller)
    return chances


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    """Return log odds of probabilities, held 1e-12 away from 0 and 1."""
    chance = np.clip(np.asarray(probability, dtype=np.float64), _FLOOR, 1 - _FLOOR)
    odds: NDArray[np.float64] = np.log(chance) - np.log1p(-chance)
    return odds


@dataclass(frozen=True, slots=True, eq=False)
class LogisticRegression:
    """A fitted model: columns are standardised, and a missing value counts as the column's mean.

    Parameters
    ----------
    intercept : float
    weights, mean, spread : ndarray of float64, shape (columns,)
    """

    intercept: float
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def log_odds(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Return the log odds of each row.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)
        """
        standard = _standardised(np.asarray(rows, dtype=np.float64), self.mean, self.spread)
        odds: NDArray[np.float64] = self.intercept + standard @ self.weights
        return odds


def fit_logistic(
    rows: ArrayLike, event: ArrayLike, *, ridge: float = 1.0, weight: ArrayLike | None = None
) -> LogisticRegression:
    """Fit by Newton's method with halved steps.

    Parameters
    ----------
    rows : array of float, shape (rows, columns)
        NaN where missing.
    event : array of bool, shape (rows,)
    ridge : float
        Penalty on the squared weights of the standardised columns; the intercept is free.
    weight : array of float, shape (rows,), optional

    Returns
    -------
    LogisticRegression
    """
    table = np.asarray(rows, dtype=np.float64)
    happened = np.asarray(event, dtype=np.float64)
    weights = np.ones(len(happened)) if weight is None else np.asarray(weight, dtype=np.float64)
    present = np.isfinite(table)
    counts = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, table, 0.0).sum(axis=0) / counts
    spread = np.sqrt(np.where(present, (table - mean) ** 2, 0.0).sum(axis=0) / counts)
    spread[spread < 1e-12] = 1.0
    design = np.column_stack([np.ones(len(table)), _standardised(table, mean, spread)])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-9
    beta = _newton(design, happened, weights, penalty)
    return LogisticRegression(float(beta[0]), beta[1:], mean, spread)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The line from predicted to observed log odds.

    Parameters
    ----------
    slope, intercept : float
        Of the joint fit; NaN where there are no events, or nothing but events.
    in_the_large : float
        The intercept with the slope held at 1: whether predictions are too high (below 0) or too low on the whole.
    """

    slope: float
    intercept: float
    in_the_large: float


def calibration(event: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> Calibration:
    """Return calibration slope and intercept of predicted probabilities.

    Parameters
    ----------
    event : array of bool, shape (rows,)
    predicted : array of float, shape (rows,)
        Probabilities.
    weight : array of float, shape (rows,), optional
    """
    happened = np.asarray(event, dtype=np.float64)
    weights = np.ones(len(happened)) if weight is None else np.asarray(weight, dtype=np.float64)
    total, events = weights.sum(), (weights * happened).sum()
    if not 0 < events < total:
        return Calibration(float("nan"), float("nan"), float("nan"))
    odds = log_odds(predicted)
    design = np.column_stack([np.ones(len(odds)), odds])
    intercept, slope = _newton(design, happened, weights, np.full(2, 1e-9)).tolist()
    return Calibration(slope, intercept, _offset(happened, odds, weights))


def _offset(happened: NDArray[np.float64], odds: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Solve for the intercept that makes as many events expected as observed; the sum is monotone, so bisect."""
    low, high, observed = -60.0, 60.0, (weights * happened).sum()
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if (weights * probability(odds + middle)).sum() < observed else (low, middle)
    return (low + high) / 2


def _standardised(
    rows: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    standard: NDArray[np.float64] = np.where(np.isfinite(rows), (rows - mean) / spread, 0.0)
    return standard


def _newton(
    design: NDArray[np.float64],
    happened: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> NDArray[np.float64]:
    beta = np.zeros(design.shape[1])
    loss = _loss(design, happened, weights, penalty, beta)
    for _ in range(100):
        chance = probability(design @ beta)
        gradient = design.T @ (weights * (happened - chance)) - penalty * beta
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty + 1e-12)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-6 and not (
            (tried := _loss(design, happened, weights, penalty, beta + size * step)) <= loss + 1e-12
        ):
            size /= 2
        beta = beta + size * step
        gained, loss = loss - tried, tried
        if gained <= 1e-12 * (1.0 + abs(loss)):  # Newton's last step is far more exact than its gain
            break
    return beta


def _loss(
    design: NDArray[np.float64],
    happened: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> float:
    odds = design @ beta
    return float((weights * (np.logaddexp(0.0, odds) - happened * odds)).sum() + (penalty * beta**2).sum() / 2)
