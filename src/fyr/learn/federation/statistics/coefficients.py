"""From coefficients of standardised columns to what is handed back: the scale of the columns, errors, intervals, p."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.statistics.plan import Plan

__all__ = ["INTERCEPT", "described", "penalty_of", "raw_scale", "refuse_collinear"]

Floats = NDArray[np.float64]

INTERCEPT = "(intercept)"

_NOTHING = 1e-9


def raw_scale(beta: Floats, covariance: Floats, plan: Plan, *, intercept: bool) -> tuple[Floats, Floats]:
    """Return coefficients and covariance on the scale of the columns.

    Parameters
    ----------
    beta : ndarray of float64, shape (columns,) or (1 + columns,)
        Of ``(x - mean) / spread``.
    covariance : ndarray of float64, two such axes
    plan : Plan
        Of which mean and spread are taken.
    intercept : bool
        Whether the first coefficient is the intercept.
    """
    turn = np.diag(1.0 / plan.spread) if len(plan.spread) else np.zeros((0, 0))
    if intercept:
        whole = np.zeros((len(beta), len(beta)))
        whole[0, 0] = 1.0
        whole[1:, 1:] = turn
        if len(turn):
            whole[0, 1:] = -plan.mean / plan.spread
        turn = whole
    return turn @ beta, turn @ covariance @ turn.T


def penalty_of(plan: Plan, l2: float, scale: str, *, intercept: bool) -> Floats:
    """Return the penalty on each coefficient of a standardised column.

    Parameters
    ----------
    plan : Plan
    l2 : float
        ``l2 / 2`` times the sum of squares is taken from the log likelihood.
    scale : {"raw", "standardised"}
        Whether the squares are of coefficients of the columns as they are, or per standard deviation.
    intercept : bool
        Whether a free intercept comes first.
    """
    found = np.full(len(plan.names), l2) if scale == "standardised" else l2 / plan.spread**2
    return np.append(0.0, found) if intercept else found


def described(
    names: Sequence[str], beta: Floats, covariance: Floats, level: float, freedom: float | None = None
) -> dict[str, Any]:
    """Return coefficients with standard errors, intervals and p values, each by name.

    Parameters
    ----------
    names : sequence of str
    beta, covariance : ndarray of float64
    level : float
        Of the intervals.
    freedom : float, optional
        Degrees of freedom of Student's distribution; the normal distribution where there are none.
    """
    from scipy.stats import norm, t

    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    law = norm if freedom is None else t(freedom)
    far = float(law.ppf((1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * law.sf(np.abs(beta / errors))

    def by_name(values: Floats) -> dict[str, float | None]:
        return {name: float(one) if np.isfinite(one) else None for name, one in zip(names, values, strict=True)}

    return {
        "coefficients": by_name(beta),
        "standard_errors": by_name(errors),
        "confidence_intervals": {
            name: [float(one - far * error), float(one + far * error)]
            for name, one, error in zip(names, beta, errors, strict=True)
        },
        "p_values": by_name(p),
        "confidence_level": level,
    }


def refuse_collinear(information: Floats, names: Sequence[str], where: str) -> None:
    """Refuse a column that only says what columns before it say, over all hospitals together.

    Parameters
    ----------
    information : ndarray of float64, shape (columns, columns)
        Of standardised columns.
    names : sequence of str
    where : str

    Raises
    ------
    BadInput
        Naming the column, and those that it is made of.
    """
    left, diagonal = information.copy(), np.diag(information).copy()
    largest = float(diagonal.max(initial=0.0))
    for place, name in enumerate(names):
        if diagonal[place] <= _NOTHING * largest or diagonal[place] <= 0:
            raise BadInput(
                f"column '{name}' says nothing at any hospital", where=where, mend="leave it out, or set l2 above 0"
            )
        if left[place, place] <= _NOTHING * diagonal[place]:
            parts = np.linalg.lstsq(information[:place, :place], information[:place, place], rcond=None)[0]
            others = [f"'{names[int(one)]}'" for one in np.flatnonzero(np.abs(parts) > 1e-4)]
            raise BadInput(
                f"column '{name}' is a combination of {' and '.join(others)} at all hospitals together: their "
                "coefficients cannot be told apart",
                where=where,
                mend=f"leave '{name}' out, or set l2 above 0",
            )
        pivot = left[place] / left[place, place]
        left -= np.outer(left[:, place], pivot)
