"""Control and complications together: complication-free control, and which of two plans is better.

Källman, Ågren & Brahme 1992, Int J Radiat Biol 62:249: P+ = P(control) - P(injury) + delta (1 - P(control))
P(injury), with
delta the share of patients in whom control and injury are independent: 1 gives P(control) (1 - P(injury)). UTCP is that
product over organs, each complication weighed by how much it matters (Langer 1998's uncomplicated control).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["complication_free_control", "injury", "probability_lower", "uncomplicated_control"]

Probability = NDArray[np.float64]


def injury(ntcp: ArrayLike) -> Probability:
    """Return the probability of any complication, the organs independent: 1 - product (1 - NTCP).

    Parameters
    ----------
    ntcp : array_like, shape (..., organs)
    """
    found: Probability = 1 - np.prod(1 - _probabilities(ntcp), axis=-1)
    return found


def complication_free_control(tcp: ArrayLike, any_injury: ArrayLike, delta: float = 1.0) -> Probability:
    """Return P+.

    Parameters
    ----------
    tcp, any_injury : array_like
        `any_injury` of :func:`injury`.
    delta : float
        0 to 1: the share of patients in whom control and injury are independent.

    Raises
    ------
    BadInput
        If a probability or delta is not between 0 and 1.

    Examples
    --------
    >>> round(float(complication_free_control(0.8, 0.1)), 3), round(float(complication_free_control(0.8, 0.1, 0.2)), 3)
    (0.72, 0.704)
    """
    control, harm = _probabilities(tcp), _probabilities(any_injury)
    if not 0 <= delta <= 1:
        raise BadInput(f"delta is {delta}, not between 0 and 1")
    found: Probability = control - harm + delta * (1 - control) * harm
    return np.maximum(found, 0.0)


def uncomplicated_control(tcp: ArrayLike, ntcp: ArrayLike, weights: ArrayLike | None = None) -> Probability:
    """Return UTCP: TCP times the product over organs of 1 - weight NTCP.

    Parameters
    ----------
    tcp : array_like
    ntcp : array_like, shape (..., organs)
    weights : array_like, shape (organs,), optional
        0 to 1, how much each complication matters; 1 if not given.
    """
    harm = _probabilities(ntcp)
    weighed = harm if weights is None else harm * _probabilities(weights)
    found: Probability = _probabilities(tcp) * np.prod(1 - weighed, axis=-1)
    return found


def probability_lower(first: ArrayLike, second: ArrayLike) -> float:
    """Return the probability that the first plan has the lower risk, from draws of the same parameters.

    Ties count half, so that a plan against itself is 0.5.

    Parameters
    ----------
    first, second : array_like, shape (draws,)
        Of :meth:`fyr.treat.outcome.OrganOutcome.draws`.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.size < 2:
        raise BadInput(f"there are {one.size} and {other.size} draws, which cannot be compared one by one")
    return float((one < other).mean() + (one == other).mean() / 2)


def _probabilities(given: ArrayLike) -> Probability:
    found = np.asarray(given, dtype=np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise BadInput("a probability is not between 0 and 1")
    return found
