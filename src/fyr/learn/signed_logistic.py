"""Logistic regression in which a weight may push only one way: a strong prior where events are few.

The loss with a ridge penalty is convex and the bounds are a cone, so there is one minimum; it is found by Newton steps
in the columns that are not held at zero, each projected back on the cone (Bertsekas, SIAM J Control Optim
1982;20:221-246).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.logistic import probability

__all__ = ["fit_signed_logistic"]

_STEPS = 200
_ENOUGH = 1e-13
_SMALLEST = 1e-9


def fit_signed_logistic(
    rows: ArrayLike, event: ArrayLike, directions: ArrayLike, *, ridge: float, weight: ArrayLike | None = None
) -> tuple[float, NDArray[np.float64]]:
    """Fit intercept and weights by projected Newton steps.

    Parameters
    ----------
    rows : array of float, shape (rows, columns)
        Complete and of similar spread: nothing is standardised here.
    event : array of bool, shape (rows,)
    directions : array of int, shape (columns,)
        1 where a weight may not be below 0, -1 where it may not be above, 0 where it is free.
    ridge : float
        Penalty on half the squared weights; the intercept is free.
    weight : array of float, shape (rows,), optional

    Returns
    -------
    intercept : float
    weights : ndarray of float64, shape (columns,)
        Exactly 0 where a column would have to push the wrong way.

    Raises
    ------
    BadInput
        If a row is not complete, or all rows have the event, or none.
    """
    signs = np.asarray(directions, dtype=np.float64)
    table = np.asarray(rows, dtype=np.float64) * np.where(signs < 0, -1.0, 1.0)
    happened = np.asarray(event, dtype=np.float64)
    counts = np.ones(len(happened)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not np.isfinite(table).all():
        raise BadInput("a row is not complete", where="signed logistic regression", mend="fill in what is missing")
    share = float((counts * happened).sum() / counts.sum())
    if not 0 < share < 1:
        raise BadInput("all rows have the event, or none", where="signed logistic regression")
    design = np.column_stack([np.ones(len(table)), table])
    penalty = np.append(0.0, np.full(table.shape[1], ridge))
    bounded = np.append(False, signs != 0)
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(share / (1 - share))
    loss = _loss(design, happened, counts, penalty, beta)
    for _ in range(_STEPS):
        chance = probability(design @ beta)
        slope = design.T @ (counts * (chance - happened)) + penalty * beta
        free = ~(bounded & (beta <= 0) & (slope >= 0))
        part = design[:, free]
        curvature = (part * (counts * chance * (1 - chance))[:, None]).T @ part + np.diag(penalty[free] + 1e-12)
        step = np.zeros(len(beta))
        step[free] = np.linalg.solve(curvature, -slope[free])
        before, size = loss, 1.0
        while size > _SMALLEST:
            tried = beta + size * step
            tried = np.where(bounded, np.maximum(tried, 0.0), tried)
            loss = _loss(design, happened, counts, penalty, tried)
            if loss <= before:
                break
            size /= 2
        if size <= _SMALLEST:
            break
        beta = tried
        if before - loss <= _ENOUGH * (1.0 + abs(loss)):
            break
    return float(beta[0]), beta[1:] * np.where(signs < 0, -1.0, 1.0)


def _loss(
    design: NDArray[np.float64],
    happened: NDArray[np.float64],
    counts: NDArray[np.float64],
    penalty: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> float:
    odds = design @ beta
    return float((counts * (np.logaddexp(0.0, odds) - happened * odds)).sum() + (penalty * beta**2).sum() / 2)
