"""How often the patient with the higher risk has the event first: Harrell's and Uno's concordance.

A pair of patients can be compared if the event of one is seen while the other is known to be free of it: the other's
time is later, or the same without an event. Pairs of equal risk count half. (The same pairs as R's
``survival::concordance``, which calls pairs with two events at one time tied in time, and leaves them out.)

A patient with a *competing* event will never have the event, and so can be compared with everyone whose event is seen,
even earlier than the competing one (Wolbers et al. 2009, Epidemiology 20:555; weighted: Wolbers et al. 2014,
Biostatistics 15:526).

Rows are sorted once (:class:`Pairs`), and may then be weighed many times: a bootstrap resample is a vector of counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.censoring import observed_just_before
from fyr.learn.survival.risk_table import checked_weight

__all__ = ["Pairs", "concordance", "uno_concordance"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows in the order of time, with the rank of their risk, ready to be weighed many times.

    Parameters
    ----------
    order : ndarray of int64, shape (rows,)
        Rows from the earliest time on; at the same time, events before the censored.
    years : ndarray of float64, shape (rows,)
        In that order.
    cause : ndarray of int8, shape (rows,)
        0 censored, 1 event, 2 competing event; in that order.
    rank : ndarray of int64, shape (rows,)
        Place of each row's risk among the distinct risks, from 1 for the lowest; in that order.
    """

    order: NDArray[np.int64]
    years: Floats
    cause: NDArray[np.int8]
    rank: NDArray[np.int64]

    @classmethod
    def of(cls, years: ArrayLike, event: ArrayLike, risk: ArrayLike, competing: ArrayLike | None = None) -> Pairs:
        """Sort rows.

        Parameters
        ----------
        years : array of float, shape (rows,)
        event : array of bool, shape (rows,)
        risk : array of float, shape (rows,)
            Any scale; higher means earlier.
        competing : array of bool, shape (rows,), optional

        Raises
        ------
        BadInput
            If the columns differ in length, or a time or risk is not finite.
        """
        time, score = np.asarray(years, dtype=np.float64), np.asarray(risk, dtype=np.float64)
        cause = np.asarray(event, dtype=np.bool_).astype(np.int8)
        if time.ndim != 1 or not time.shape == score.shape == cause.shape:
            raise BadInput(f"{time.size} times, {cause.size} events and {score.size} risks do not belong together")
        if not bool(np.isfinite(time).all() and np.isfinite(score).all()):
            raise BadInput("a time or a risk is not a finite number", mend="leave such rows out, and say how many")
        if competing is not None:
            cause[np.asarray(competing, dtype=np.bool_)] = 2
        events_first = np.argsort(cause == 0, kind="stable")
        order = events_first[np.argsort(time[events_first], kind="stable")]
        by_risk = np.argsort(score)
        ranked = score[by_risk]
        rank = np.empty(len(score), dtype=np.int64)
        rank[by_risk] = np.cumsum(np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)])
        return cls(order, time[order], cause[order], rank[order])

    def harrell(self, weight: NDArray[Any] | None = None) -> float:
        """Return Harrell's concordance; NaN where no pair can be compared.

        Parameters
        ----------
        weight : array of float, shape (rows,), optional
            In the order that the rows were given in.
        """
        return self.harrell_ordered(self._ordered(weight))

    def harrell_ordered(self, weight: Floats) -> float:
        """Return Harrell's concordance for weights in the order of time."""
        return _share(self.years, self.cause, self.rank, weight, weight, weight, np.inf)

    def uno(self, horizon: float, weight: NDArray[Any] | None = None) -> float:
        """Return Uno's concordance up to a horizon; NaN where no pair can be compared.

        Parameters
        ----------
        horizon : float
            Events after it are left out.
        weight : array of float, shape (rows,), optional
            In the order that the rows were given in.
        """
        ordered = self._ordered(weight)
        return self.uno_ordered(horizon, ordered, observed_just_before(self.years, self.cause, self.years, ordered))

    def uno_ordered(self, horizon: float, weight: Floats, just_before: Floats) -> float:
        """Return Uno's concordance for weights, and G(t-) of each row, in the order of time."""
        inverse = np.divide(1.0, just_before, out=np.zeros(len(just_before)), where=just_before > 0)
        once = weight * inverse
        return _share(self.years, self.cause, self.rank, weight, once * inverse, once, horizon)

    def _ordered(self, weight: NDArray[Any] | None) -> Floats:
        return checked_weight(weight, len(self.order))[self.order]


def concordance(
    years: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    competing: ArrayLike | None = None,
) -> float:
    """Return Harrell's concordance (Harrell et al. 1982, JAMA 247:2543) in O(rows log rows).

    It depends on how long patients were followed: what is compared are the pairs that censoring left over.

    Parameters
    ----------
    years : array of float, shape (rows,)
    event : array of bool, shape (rows,)
    risk : array of float, shape (rows,)
        Any scale; higher means earlier.
    weight : array of float, shape (rows,), optional
        How often each row counts; a pair counts as often as the product.
    competing : array of bool, shape (rows,), optional

    Returns
    -------
    float
        0.5 for a risk that says nothing, 1 for the perfect order, NaN where no pair can be compared.

    Raises
    ------
    BadInput
        If the columns differ in length, or a time, risk or weight is not finite.

    Examples
    --------
    >>> concordance([1.0, 2.0, 3.0, 4.0], [True, True, False, True], [0.9, 0.2, 0.5, 0.2])
    0.7
    """
    return Pairs.of(years, event, risk, competing).harrell(None if weight is None else np.asarray(weight))


def uno_concordance(
    years: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    weight: ArrayLike | None = None,
    *,
    competing: ArrayLike | None = None,
) -> float:
    """Return Uno's concordance up to a horizon (Uno et al. 2011, Stat Med 30:1105) in O(rows log rows).

    Each pair is weighed by one over the chance that censoring left it to be seen, 1 / G(t-)^2 at the earlier time t, so
    that the result does not depend on how long patients were followed. A pair with a competing event before t weighs
    1 / (G(t-) G(s-)), s the time of that event (Wolbers et al. 2014).

    Parameters
    ----------
    years : array of float, shape (rows,)
    event : array of bool, shape (rows,)
    risk : array of float, shape (rows,)
        Any scale; higher means earlier.
    horizon : float
        Years; events at or before it count.
    weight : array of float, shape (rows,), optional
        How often each row counts, also when G is estimated.
    competing : array of bool, shape (rows,), optional

    Returns
    -------
    float
        NaN where no pair can be compared.

    Raises
    ------
    BadInput
        If the columns differ in length, or a time, risk or weight is not finite.

    Notes
    -----
    scikit-survival and survC1 take events strictly before the horizon; scikit-survival takes G(t) where Uno takes
    G(t-). They differ where a patient is censored at the very time of another's event.
    """
    return Pairs.of(years, event, risk, competing).uno(horizon, None if weight is None else np.asarray(weight))


@njit(cache=True, nogil=True)
def _add(tree: Floats, at: Floats, rank: int, weight: float) -> None:  # pragma: no cover (compiled)
    """Add to one rank (from 1) of a Fenwick tree; `at` keeps the weight of each rank, and their sum at 0."""
    at[rank] += weight
    at[0] += weight
    while rank < len(tree):
        tree[rank] += weight
        rank += rank & -rank


@njit(cache=True, nogil=True)
def _lower(tree: Floats, at: Floats, rank: int) -> float:  # pragma: no cover (compiled)
    """Return the weight of lower ranks, and half of that of the same rank."""
    total = at[rank] / 2
    rank -= 1
    while rank > 0:
        total += tree[rank]
        rank -= rank & -rank
    return float(total)


@njit(cache=True, nogil=True)
def _share(
    years: Floats,
    cause: NDArray[np.int8],
    rank: NDArray[np.int64],
    weight: Floats,
    as_first: Floats,
    with_competing: Floats,
    horizon: float,
) -> float:  # pragma: no cover (compiled)
    """Return the weighted share of comparable pairs in order.

    An event weighs `as_first` times `weight` against those who stay longer, and `with_competing` times
    `with_competing` against those whose competing event came before it. Times run backwards: one tree holds who stays
    longer, the other who has a competing event before.
    """
    ranks = 0
    for row in range(len(years)):
        ranks = max(ranks, rank[row])
    later, later_at = np.zeros(ranks + 1), np.zeros(ranks + 1)
    gone, gone_at = np.zeros(ranks + 1), np.zeros(ranks + 1)
    for row in range(len(years)):
        if cause[row] == 2:
            _add(gone, gone_at, rank[row], with_competing[row])
    pairs, in_order = 0.0, 0.0
    end = len(years)
    while end > 0:
        start = end - 1
        while start > 0 and years[start - 1] == years[end - 1]:
            start -= 1
        for row in range(start, end):
            if cause[row] != 1:
                _add(later, later_at, rank[row], weight[row])
            if cause[row] == 2:
                _add(gone, gone_at, rank[row], -with_competing[row])
        for row in range(start, end):
            if cause[row] == 1 and years[row] <= horizon:
                pairs += as_first[row] * later_at[0] + with_competing[row] * gone_at[0]
                in_order += as_first[row] * _lower(later, later_at, rank[row])
                in_order += with_competing[row] * _lower(gone, gone_at, rank[row])
        for row in range(start, end):
            if cause[row] == 1:
                _add(later, later_at, rank[row], weight[row])
        end = start
    rounding = 1e-14 * later_at[0] ** 2
    return float(in_order / pairs) if pairs > rounding else np.nan
