"""Newton steps with halving to the top of a log likelihood less a ridge penalty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.learn.survival.risk_sets import Derivatives

__all__ = ["Top", "climb"]

Floats = NDArray[np.float64]

_STEPS = 60
_ENOUGH = 1e-12
_SMALLEST = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """Where the steps ended.

    Parameters
    ----------
    start, end : Derivatives
        With all coefficients at 0, and at `beta`.
    beta : ndarray of float64, shape (columns,)
    steps : int
    settled : bool
        Whether a further step would gain nothing.
    last : ndarray of float64, shape (columns,)
        The last step.
    """

    start: Derivatives
    end: Derivatives
    beta: Floats
    steps: int
    settled: bool
    last: Floats


def climb(
    derivatives: Callable[[Floats], Derivatives],
    penalty: Floats,
    *,
    check: Callable[[Derivatives], None] | None = None,
) -> Top:
    """Climb from 0.

    Parameters
    ----------
    derivatives : callable
        Of coefficients: the log likelihood, its slope and its curvature.
    penalty : ndarray of float64, shape (columns,)
        Half of it times the squared coefficient is taken from the log likelihood.
    check : callable, optional
        Told of the start; may refuse to go on.

    Returns
    -------
    Top
    """
    beta = np.zeros(len(penalty))
    start = here = derivatives(beta)
    if check is not None:
        check(start)
    last: Floats = beta
    value, settled, steps = here.log_likelihood, False, 0
    while steps < _STEPS and not settled:
        curvature = here.information + np.diag(penalty)
        slope = here.gradient - penalty * beta
        try:
            last = np.asarray(np.linalg.solve(curvature, slope), dtype=np.float64)
        except np.linalg.LinAlgError:
            break
        # Newton's decrement: twice what the quadratic through this place still promises.
        settled = bool(abs(slope @ last) <= _ENOUGH * (1.0 + abs(value)))
        size = 1.0
        while size >= _SMALLEST:
            tried = beta + size * last
            there = derivatives(tried)
            reached = there.log_likelihood - float(penalty @ tried**2) / 2
            if reached >= value - 1e-12 * (1.0 + abs(value)):
                break
            size /= 2
        if size < _SMALLEST:
            break
        beta, here, value = tried, there, reached
        steps += 1
    return Top(start, here, beta, steps, settled, last)
