"""Ridge Cox regression where predictors outnumber patients: the same coefficients, found among the patients.

With a ridge penalty the coefficients lie in the space that the rows span, whatever the number of columns (Hastie and
Tibshirani 2004, Biostatistics 5:329). So the design is turned once into its principal directions, at most as many as
rows, and Newton steps are taken there; the curvature over rows is exact, and needs no sum over columns: for rows ``i``
and ``j`` it is the risks' product times the sum of ``d/S0²`` up to the earlier of their times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_kernel_cox", "principal_directions"]

Floats = NDArray[np.float64]

_STEPS = 50
_ENOUGH = 1e-9
_RANK = 1e-9


def principal_directions(design: Floats) -> tuple[Floats, Floats]:
    """Return rows in their principal directions, and how to come back.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)

    Returns
    -------
    places : ndarray of float64, shape (rows, rank)
        ``design @ back``; an inner product of two rows is the same in both.
    back : ndarray of float64, shape (columns, rank)
        Orthonormal: coefficients of the columns are ``back @`` those of the directions.
    """
    rows, columns = design.shape
    if columns <= rows:
        values, vectors = np.linalg.eigh(design.T @ design)
        kept = values > _RANK * max(values[-1], 1e-300)
        back = vectors[:, kept]
        return design @ back, back
    values, vectors = np.linalg.eigh(design @ design.T)
    kept = values > _RANK * max(values[-1], 1e-300)
    size = np.sqrt(values[kept])
    return vectors[:, kept] * size, design.T @ (vectors[:, kept] / size)


def fit_kernel_cox(design: Floats, years: Floats, event: NDArray[np.bool_], ridges: Sequence[float]) -> list[Floats]:
    """Fit one ridge Cox regression for each penalty, ties after Breslow.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)
        Standardised; complete.
    years : ndarray of float64, shape (rows,)
    event : ndarray of bool, shape (rows,)
    ridges : sequence of float
        Half of a penalty times the squared coefficients is taken from the log partial likelihood; above 0.

    Returns
    -------
    list of ndarray of float64, shape (columns,)
        The coefficients for each penalty.
    """
    order = np.argsort(years, kind="stable")
    places, back = principal_directions(design[order])
    times, happened = years[order], event[order]
    distinct, first = np.unique(times, return_index=True)
    deaths = np.bincount(np.searchsorted(distinct, times), weights=happened, minlength=len(distinct))
    of_row = np.searchsorted(distinct, times)
    found: dict[float, Floats] = {}
    beta = np.zeros(places.shape[1])
    for ridge in sorted(set(ridges), reverse=True):  # from the strongest, each the start of the next
        beta = _climb(places, happened, deaths, first, of_row, ridge, beta)
        found[ridge] = back @ beta
    return [found[ridge] for ridge in ridges]


def _climb(
    places: Floats,
    happened: NDArray[np.bool_],
    deaths: NDArray[Any],
    first: NDArray[np.intp],
    of_row: NDArray[np.intp],
    ridge: float,
    start: Floats,
) -> Floats:
    from scipy.linalg import solve

    beta = start
    value = _value(places @ beta, happened, deaths, first) - ridge * float(beta @ beta) / 2
    for _ in range(_STEPS):
        score = places @ beta
        risk = np.exp(score - score.max())
        at_risk = np.cumsum(risk[::-1])[::-1][first]
        exposed = np.cumsum(deaths / at_risk)[of_row]
        squared = np.cumsum(deaths / at_risk**2)[of_row]
        slope = places.T @ (happened - risk * exposed) - ridge * beta
        weighted = places * risk[:, None]
        # rows are in time order and `squared` never falls, so its value at the earlier of two times is the smaller
        bend = weighted.T @ (places * exposed[:, None]) - weighted.T @ (np.minimum.outer(squared, squared) @ weighted)
        bend[np.diag_indices_from(bend)] += ridge
        step = solve(bend, slope, assume_a="pos", check_finite=False, overwrite_a=True)
        size = 1.0
        while size > 1e-6:
            tried = beta + size * step
            reached = _value(places @ tried, happened, deaths, first) - ridge * float(tried @ tried) / 2
            if reached >= value - 1e-12:
                break
            size /= 2
        else:
            break
        gained, beta, value = reached - value, tried, reached
        if gained <= _ENOUGH * (1.0 + abs(value)) and size == 1.0:
            break
    return beta


def _value(score: Floats, happened: NDArray[np.bool_], deaths: NDArray[Any], first: NDArray[np.intp]) -> float:
    top = float(score.max())
    at_risk = np.cumsum(np.exp(score - top)[::-1])[::-1][first]
    some = deaths > 0
    return float(score[happened].sum() - (deaths[some] * (np.log(at_risk[some]) + top)).sum())


def fit_small_cox(design: Floats, years: Floats, event: NDArray[np.bool_], ridge: float) -> Floats:
    """Fit a ridge Cox regression of few columns; the same as :func:`fit_kernel_cox`, without rows by rows.

    Returns
    -------
    ndarray of float64, shape (columns,)
    """
    from fyr.learn.survival.cox import fit_cox

    places, back = principal_directions(design)
    coefficients: Floats = fit_cox(places, years, event, ridge=ridge, ridge_on="raw").coefficients
    return back @ coefficients
