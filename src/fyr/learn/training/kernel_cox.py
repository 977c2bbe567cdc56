"""Ridge Cox regression where predictors outnumber patients: the same coefficients, found among the patients.

With a ridge penalty the coefficients lie in the space that the rows span, whatever the number of columns (Hastie and
Tibshirani 2004, Biostatistics 5:329). So the design is turned once into its principal directions, at most as many as
rows. There the curvature is nearly diagonal, so that steps which never form it settle in a few dozen walks over the
rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_kernel_cox", "principal_directions"]

Floats = NDArray[np.float64]

_STEPS = 500
_ENOUGH = 1e-13
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
    return vectors[:, kept] * size, np.asarray(design.T @ (vectors[:, kept] / size))


def fit_kernel_cox(places: Floats, years: Floats, event: NDArray[np.bool_], ridges: Sequence[float]) -> list[Floats]:
    """Fit one ridge Cox regression for each penalty, ties after Breslow.

    Parameters
    ----------
    places : ndarray of float64, shape (rows, directions)
        Rows in their principal directions.
    years : ndarray of float64, shape (rows,)
    event : ndarray of bool, shape (rows,)
    ridges : sequence of float
        Half of a penalty times the squared coefficients is taken from the log partial likelihood; above 0.

    Returns
    -------
    list of ndarray of float64, shape (directions,)
        The coefficients for each penalty.
    """
    order = np.argsort(years, kind="stable")
    times, happened = years[order], event[order]
    distinct, first = np.unique(times, return_index=True)
    of_row = np.searchsorted(distinct, times)
    deaths = np.bincount(of_row, weights=happened, minlength=len(distinct))
    loss = _Loss(places[order], happened, deaths, first, of_row)
    found: dict[float, Floats] = {}
    beta = np.zeros(places.shape[1])
    for ridge in sorted(set(ridges), reverse=True):  # from the strongest, each the start of the next
        beta = _settled(loss, ridge, beta)
        found[ridge] = beta
    return [found[ridge] for ridge in ridges]


@dataclass(frozen=True, slots=True, eq=False)
class _Loss:
    """The negative log partial likelihood of rows in the order of time."""

    places: Floats
    happened: NDArray[np.bool_]
    deaths: NDArray[Any]
    first: NDArray[np.intp]
    of_row: NDArray[np.intp]

    def at(self, beta: Floats) -> tuple[float, Floats]:
        """Return the loss and its slope."""
        score = self.places @ beta
        top = float(score.max())
        risk = np.exp(score - top)
        at_risk = np.cumsum(risk[::-1])[::-1][self.first]
        some = self.deaths > 0
        loss = float((self.deaths[some] * (np.log(at_risk[some]) + top)).sum() - score[self.happened].sum())
        exposed = np.cumsum(self.deaths / at_risk)[self.of_row]
        return loss, self.places.T @ (risk * exposed - self.happened)


def _settled(loss: _Loss, ridge: float, start: Floats) -> Floats:
    """Minimise by L-BFGS (Liu and Nocedal 1989), each direction on the scale that its curvature is near 1."""
    from scipy.optimize import minimize

    information = loss.happened.mean() * (loss.places**2).sum(axis=0)
    scale = 1 / np.sqrt(information + ridge)

    def penalised(scaled: Floats) -> tuple[float, Floats]:
        beta = scaled * scale
        value, slope = loss.at(beta)
        return value + ridge * float(beta @ beta) / 2, (slope + ridge * beta) * scale

    found = minimize(
        penalised,
        start / scale,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _STEPS, "ftol": _ENOUGH, "gtol": 1e-7, "maxcor": 20},
    )
    settled: Floats = np.asarray(found.x, dtype=np.float64) * scale
    return settled
