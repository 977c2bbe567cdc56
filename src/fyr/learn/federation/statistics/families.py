"""Log likelihoods of the generalised linear models that hospitals fit together, with slope and curvature.

McCullagh and Nelder 1989, *Generalized Linear Models*, section 2.2, with canonical links: for a row with weight w,
outcome y and linear predictor h

- linear: ``-w (y - h)^2 / 2`` (the residual variance is found afterwards),
- logistic: ``w (y h - log(1 + e^h))``,
- Poisson: ``w (y h - e^h - log y!)``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.logistic import probability

__all__ = ["FAMILIES", "OUTCOME_KINDS", "bends", "likelihood"]

Floats = NDArray[np.float64]

OUTCOME_KINDS: Final = {"linear": "number", "logistic": "binary", "poisson": "not_negative"}
"""What the outcome of each family may be."""

FAMILIES: Final = tuple(OUTCOME_KINDS)


def likelihood(
    family: str, design: Floats, outcome: Floats, weight: Floats, offset: Floats, beta: Floats
) -> tuple[float, Floats, Floats]:
    """Return the log likelihood, its slope and minus its curvature; infinite numbers where it overflows.

    Parameters
    ----------
    family : {"linear", "logistic", "poisson"}
    design : ndarray of float64, shape (rows, columns)
    outcome, weight, offset : ndarray of float64, shape (rows,)
    beta : ndarray of float64, shape (columns,)
    """
    from scipy.special import gammaln

    eta = design @ beta + offset
    if family == "linear":
        mean, bend = eta, np.ones_like(eta)
        value = -float(weight @ (outcome - eta) ** 2) / 2
    elif family == "logistic":
        mean = probability(eta)
        bend = mean * (1 - mean)
        value = float(weight @ (outcome * eta - np.logaddexp(0.0, eta)))
    else:
        with np.errstate(over="ignore"):
            mean = bend = np.exp(eta)
        if not bool(np.isfinite(mean).all()):
            return -np.inf, np.zeros(design.shape[1]), np.zeros((design.shape[1],) * 2)
        value = float(weight @ (outcome * eta - mean - gammaln(outcome + 1)))
    return value, design.T @ (weight * (outcome - mean)), (design * (weight * bend)[:, None]).T @ design


def bends(family: str, eta: Floats) -> Floats:
    """Return by how much each row bends the log likelihood, up to a common factor, so that nothing overflows.

    Examples
    --------
    >>> bends("logistic", np.array([0.0, 900.0])).tolist()
    [1.0, 0.0]
    """
    if family == "linear" or not len(eta):
        return np.ones_like(eta)
    log = eta if family == "poisson" else -np.abs(eta) - 2 * np.log1p(np.exp(-np.abs(eta)))
    found: Floats = np.exp(log - log.max())
    return found
