"""Whether what a hospital answers round by round can be one log likelihood: what is broken or made up is named.

The log likelihoods of generalised linear models with these links, and Cox's partial likelihood, are concave. So for any
two places b and c that a hospital was asked about (Boyd and Vandenberghe 2004, *Convex Optimization*, section 3.1.3)

    l(c) <= l(b) + g(b)'(c - b)    and    l(b) <= l(c) + g(c)'(b - c),

the information is positive semidefinite and, for a linear or logistic regression, at most X'WX or a quarter of it; and
between close places the gradient changes as the information says. A gradient that is ten times too large, a sign that
is turned, numbers that are none break one of these. What agrees with them all may still be made up: this finds faults,
not a careful liar.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Said", "Watch", "doubt_one", "doubt_two"]

Floats = NDArray[np.float64]

_SLACK = 1e-8
_NEAR = 0.05
_CLOSE = 0.05
_FARTHEST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a hospital said of one place.

    Parameters
    ----------
    beta : ndarray of float64, shape (columns,)
    log_likelihood : float
    gradient : ndarray of float64, shape (columns,)
    information : ndarray of float64, shape (columns, columns)
    """

    beta: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats


def doubt_one(said: Said, bound: Floats | None = None) -> str | None:
    """Return what is wrong with one answer, or None.

    Parameters
    ----------
    said : Said
    bound : ndarray of float64, shape (columns, columns) or (columns,), optional
        What the information, or its diagonal, cannot exceed: X'WX for a linear, a quarter of it for a logistic
        regression.
    """
    parts = (np.array(said.log_likelihood), said.gradient, said.information)
    if not all(bool(np.isfinite(one).all()) for one in parts):
        return "a sum is no finite number"
    # Columns are standardised, so what a difference of large sums leaves behind is far below 1.
    size = float(np.abs(said.information).max(initial=0.0)) + abs(said.log_likelihood) + 1.0
    if float(np.abs(said.information - said.information.T).max(initial=0.0)) > _SLACK * size:
        return "the information is not symmetric"
    if len(said.beta) and float(np.linalg.eigvalsh(said.information)[0]) < -_SLACK * size:
        return "the information is not positive semidefinite"
    if bound is not None:
        left = bound - np.diag(said.information) if bound.ndim == 1 else np.linalg.eigvalsh(bound - said.information)
        if float(left.min(initial=0.0)) < -_SLACK * (size + float(np.abs(bound).max(initial=0.0))):
            return "the information is larger than these rows can give"
    return None


def doubt_two(one: Said, two: Said) -> str | None:
    """Return what is wrong with two answers of one hospital, or None."""
    way = two.beta - one.beta
    scale = 1.0 + abs(one.log_likelihood) + abs(two.log_likelihood)
    first, second = float(one.gradient @ way), float(two.gradient @ way)
    slack = _SLACK * (scale + abs(first) + abs(second))
    risen = two.log_likelihood - one.log_likelihood
    if risen > first + slack or -risen > -second + slack:
        return "the log likelihood and its gradient do not belong to one concave function"
    curved_one, curved_two = float(way @ one.information @ way), float(way @ two.information @ way)
    # Between close places the trapezium rule holds; where the curvature itself changes much, nothing is said.
    steady = abs(curved_one - curved_two) <= _NEAR * max(curved_one, curved_two)
    if steady and float(np.abs(way).sum()) <= _CLOSE:
        fallen = one.gradient - two.gradient
        expected = (one.information + two.information) @ way / 2
        spread = np.sqrt(np.maximum(np.diag(one.information), 0.0) * max(curved_one, curved_two))
        if bool((np.abs(fallen - expected) > _FARTHEST * spread + slack).any()):
            return "the gradient does not change as the information says"
    return None


@dataclass(slots=True, eq=False)
class Watch:
    """What each hospital has said so far.

    Parameters
    ----------
    bounds : dict of str to ndarray
        By hospital, what its information (or the diagonal) cannot exceed.
    """

    bounds: dict[str, Floats] = field(default_factory=dict)
    said: dict[str, list[Said]] = field(default_factory=dict)

    def hear(self, site: str, said: Said) -> str | None:
        """Return what is wrong with an answer, alone or beside those before; remember it if nothing is."""
        doubt = doubt_one(said, self.bounds.get(site))
        before = self.said.setdefault(site, [])
        for one in before:
            doubt = doubt or doubt_two(one, said)
        if doubt is None:
            before.append(said)
        return doubt
