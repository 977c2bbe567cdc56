"""One dose for a whole distribution: the mean, and the generalised mean (gEUD).

A differential dose-volume histogram is two columns: the doses of its bins and their volumes. Niemierko 1999, Med Phys
26:1100: gEUD = (sum v D^a)^(1/a); with a = 1/n that is the dose of Lyman, Kutcher and Burman's reduction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["generalised_mean", "generalised_mean_of_draws", "generalised_means", "mean_dose", "volume_shares"]

Numbers = NDArray[np.float64]
_NODES = 24
"""Chebyshev nodes over log a: the logarithm of the generalised mean is smooth in it (1e-8 over a factor of 30)."""


def volume_shares(dose_gy: ArrayLike, volume: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return the doses of the filled bins and the share of the volume in each; shapes (bins,).

    Raises
    ------
    BadInput
        If the columns differ in length, hold no volume, or a dose or volume is negative or no number.
    """
    doses, volumes = np.asarray(dose_gy, dtype=np.float64), np.asarray(volume, dtype=np.float64)
    if doses.ndim != 1 or doses.shape != volumes.shape:
        raise BadInput(f"the histogram has {doses.size} doses and {volumes.size} volumes")
    if not (np.isfinite(doses).all() and np.isfinite(volumes).all()) or (doses < 0).any() or (volumes < 0).any():
        raise BadInput("the histogram has a negative dose or volume, or one that is no number")
    total = float(volumes.sum())
    if total <= 0:
        raise BadInput("the histogram has no volume: the structure has no dose")
    filled = volumes > 0
    return doses[filled], volumes[filled] / total


def mean_dose(dose_gy: ArrayLike, volume: ArrayLike) -> float:
    """Return the mean dose of a differential histogram, in its own unit."""
    doses, shares = volume_shares(dose_gy, volume)
    return float(doses @ shares)


def generalised_mean(dose_gy: ArrayLike, volume: ArrayLike, a: float) -> float:
    """Return the generalised mean dose (gEUD) of a differential histogram.

    Parameters
    ----------
    dose_gy, volume : array_like, shape (bins,)
    a : float
        1 is the mean; a large one leans to the maximum, a negative one to the minimum. Not 0.

    Examples
    --------
    >>> round(generalised_mean([10, 20, 30], [1, 1, 1], 8), 3), round(generalised_mean([10, 20, 30], [1, 1, 1], -10), 3)
    (26.276, 11.16)
    """
    doses, shares = volume_shares(dose_gy, volume)
    return float(generalised_means(doses, shares, np.array([a]))[0])


def generalised_means(doses: Numbers, shares: Numbers, a: ArrayLike) -> Numbers:
    """Return the generalised mean for several exponents; shape of `a`, one dimension.

    Parameters
    ----------
    doses, shares : ndarray, shape (bins,)
        Of :func:`volume_shares`.
    a : array_like, shape (exponents,)
    """
    exponents = np.asarray(a, dtype=np.float64)
    if (exponents == 0).any():
        raise BadInput("a generalised mean has no exponent 0")
    greatest = float(doses.max())
    if greatest == 0:
        return np.zeros_like(exponents)
    with np.errstate(divide="ignore"):
        logs = np.log(doses / greatest)  # -inf at no dose, whose power is 0, or infinite for a negative exponent
        powers = exponents[:, None] * logs[None, :]
        peak = powers.max(axis=1)  # so that no power overflows
        held = np.where(np.isfinite(peak), peak, 0.0)
        sums = np.log(np.exp(powers - held[:, None]) @ shares) + held
    means: Numbers = greatest * np.exp(np.where(np.isinf(peak), -np.inf, sums / exponents))
    return means


def generalised_mean_of_draws(histograms: Sequence[tuple[Numbers, Numbers]], a: Numbers) -> Numbers:
    """Return the generalised mean of every histogram at every drawn exponent; shape (draws, histograms).

    The powers of all bins are taken at a few exponents only. Between them log gEUD is interpolated in log a by the
    Chebyshev polynomial through them, which agrees with the direct sum to 1e-7.

    Parameters
    ----------
    histograms : sequence of (doses, shares)
        Of :func:`volume_shares`.
    a : ndarray, shape (draws,)
        Positive exponents.
    """
    if not (a > 0).all():
        raise BadInput("a drawn exponent is not above 0")
    low, high = float(np.log(a.min())), float(np.log(a.max()))
    if high - low < 1e-12 or len(a) <= _NODES:
        return np.stack([generalised_means(doses, shares, a) for doses, shares in histograms], axis=1)
    angles = (np.arange(_NODES) + 0.5) * np.pi / _NODES
    nodes = np.exp(low + (high - low) * (np.cos(angles) + 1) / 2)
    at_nodes = np.stack([generalised_means(doses, shares, nodes) for doses, shares in histograms], axis=1)
    no_dose = at_nodes <= 0
    coefficients = np.cos(np.outer(np.arange(_NODES), angles)) @ np.log(np.where(no_dose, 1.0, at_nodes)) * 2 / _NODES
    coefficients[0] /= 2
    place = 2 * (np.log(a) - low) / (high - low) - 1
    found: Numbers = np.exp(np.polynomial.chebyshev.chebval(place, coefficients).T)
    return np.where(no_dose.any(axis=0), 0.0, found)
