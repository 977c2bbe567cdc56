"""From dose to the probability of harm or of control: every form that the published parameter sets use.

All functions broadcast: draws of parameters of shape (draws, 1) against doses of shape (structures,) give (draws,
structures). Doses are what the parameters were fitted to (EQD2, or physical dose at the fitted fraction size).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = [
    "linear_predictor_logistic",
    "logistic_by_ratio",
    "logistic_by_slope",
    "lyman",
    "poisson_control",
    "relative_seriality",
    "surviving_share",
]

Probability = NDArray[np.float64]
_E: Final = float(np.e)
_SPAN: Final = 9.0
"""Standard deviations of alpha that are integrated over: less than 1e-18 lies beyond."""
_POINTS: Final = 129
"""Points in each piece of the integral over alpha, before it is halved until it does not change."""


def lyman(dose_gy: ArrayLike, td50_gy: ArrayLike, m: ArrayLike) -> Probability:
    """Return the probability of Lyman's model, Φ((D - TD50) / (m TD50)).

    Lyman 1985, Radiat Res 104:S13; with the generalised mean dose for D, Kutcher and Burman's reduction.

    Examples
    --------
    >>> round(float(lyman(20, 30.8, 0.37)), 4), round(float(lyman(26, 39.9, 0.40)), 4)
    (0.1716, 0.1919)
    """
    from scipy.special import ndtr

    dose, td50, slope = _numbers(dose_gy, td50_gy, m)
    found: Probability = ndtr((dose - td50) / (slope * td50))
    return found


def logistic_by_slope(dose_gy: ArrayLike, d50_gy: ArrayLike, gamma50: ArrayLike) -> Probability:
    """Return 1 / (1 + exp(4 gamma50 (1 - D/D50))): gamma50 is the normalised slope at D50 (Bentzen & Tucker 1997)."""
    from scipy.special import expit

    dose, d50, gamma = _numbers(dose_gy, d50_gy, gamma50)
    found: Probability = expit(4 * gamma * (dose / d50 - 1))
    return found


def logistic_by_ratio(dose_gy: ArrayLike, d50_gy: ArrayLike, k: ArrayLike) -> Probability:
    """Return 1 / (1 + (D50/D)^k), logistic in log dose; k = 4 gamma50 (Schultheiss 1983; Niemierko 1999)."""
    from scipy.special import expit

    dose, d50, power = _numbers(dose_gy, d50_gy, k)
    with np.errstate(divide="ignore"):
        found: Probability = expit(power * np.log(dose / d50))
    return found


def linear_predictor_logistic(predictor: ArrayLike) -> Probability:
    """Return 1 / (1 + exp(-predictor)).

    >>> round(float(linear_predictor_logistic(-3.87 + 0.126 * 20)), 4)
    0.2059
    """
    from scipy.special import expit

    found: Probability = expit(np.asarray(predictor, dtype=np.float64))
    return found


def relative_seriality(
    doses: ArrayLike, shares: ArrayLike, d50_gy: ArrayLike, gamma: ArrayLike, s: ArrayLike
) -> Probability:
    """Return the probability of the relative seriality model.

    Källman, Ågren & Brahme 1992, Int J Radiat Biol 62:249: P = (1 - product (1 - P(D)^s)^v)^(1/s), with P(D) =
    2^(-exp(e gamma (1 - D/D50))) of a uniformly irradiated organ.

    Parameters
    ----------
    doses, shares : array_like, shape (bins,)
        Of one structure.
    d50_gy, gamma, s : array_like, shape (draws,) or a number
        `gamma` is the greatest normalised slope.

    Returns
    -------
    ndarray of the shape of the parameters

    Examples
    --------
    >>> round(float(relative_seriality([30.0, 60.0], [0.5, 0.5], 52.3, 1.28, 1.0)), 4)
    0.4309
    """
    dose, share = _numbers(doses, shares)
    d50, slope, seriality = (one[..., None] for one in np.broadcast_arrays(*_numbers(d50_gy, gamma, s)))
    whole = -np.exp(_E * slope * (1 - dose / d50)) * np.log(2)  # log P(D)
    with np.errstate(divide="ignore"):
        kept = (np.log(-np.expm1(seriality * whole)) * share).sum(axis=-1)
        found: Probability = np.exp(np.log(-np.expm1(kept)) / seriality[..., 0])
    return found


def surviving_share(
    doses: ArrayLike, shares: ArrayLike, fractions: float, alpha: ArrayLike, alpha_beta_gy: float
) -> Probability:
    """Return the share of clonogens that survive a distribution of doses; shape of `alpha`.

    sum v exp(-alpha D (1 + d/(alpha/beta))), every bin with a fraction dose of its own.
    """
    dose, share = _numbers(doses, shares)
    if not alpha_beta_gy > 0 or not fractions > 0:
        raise BadInput("alpha/beta or the number of fractions is not above 0")
    effective = dose * (1 + dose / fractions / alpha_beta_gy)
    surviving: Probability = np.exp(-np.asarray(alpha, dtype=np.float64)[..., None] * effective) @ share
    return surviving


def poisson_control(
    doses: ArrayLike,
    shares: ArrayLike,
    *,
    clonogens: float,
    fractions: float,
    alpha_per_gy: float,
    alpha_beta_gy: float,
    alpha_sd_per_gy: float = 0.0,
    regrowth: float = 1.0,
) -> float:
    """Return the probability that no clonogen survives, over patients whose alpha varies.

    Poisson-LQ (Munro & Gilbert 1961; Webb & Nahum 1993, Phys Med Biol 38:653), alpha normally distributed between
    patients and cut off at 0 (Nahum & Sanchez-Nieto 2001), integrated numerically until it does not change by 1e-9.

    Parameters
    ----------
    doses, shares : array_like, shape (bins,)
        Of the tumour.
    clonogens : float
        In the whole tumour.
    fractions : float
    alpha_per_gy, alpha_sd_per_gy : float
        Mean and standard deviation between patients.
    alpha_beta_gy : float
        The same for all patients.
    regrowth : float
        How many times the clonogens multiply during the course: exp(ln 2 (T - kick-off) / doubling time).

    Raises
    ------
    BadInput
        If a number is missing or not above 0.
    """
    if not (clonogens > 0 and alpha_per_gy > 0 and alpha_sd_per_gy >= 0 and regrowth > 0):
        raise BadInput("clonogens, alpha and regrowth must be above 0, and the spread of alpha not below")
    start = float(clonogens) * float(regrowth)

    def control(alpha: NDArray[np.float64]) -> NDArray[np.float64]:
        surviving = surviving_share(doses, shares, fractions, alpha, alpha_beta_gy)
        found: NDArray[np.float64] = np.exp(-start * surviving)
        return found

    if alpha_sd_per_gy == 0:
        return float(control(np.array([alpha_per_gy]))[0])
    low = max(0.0, alpha_per_gy - _SPAN * alpha_sd_per_gy)
    high = alpha_per_gy + _SPAN * alpha_sd_per_gy
    before, points = np.inf, _POINTS
    while True:
        alpha = np.linspace(low, high, points)
        weight = np.exp(-0.5 * ((alpha - alpha_per_gy) / alpha_sd_per_gy) ** 2)
        found = _simpson(control(alpha) * weight) / _simpson(weight)
        if abs(found - before) < 1e-9 or points > 400_000:
            return float(found)
        before, points = found, 2 * points - 1


def _simpson(values: NDArray[np.float64]) -> float:
    """Sum at an odd number of even points by Simpson's rule, in units of a third of the step."""
    return float(values[0] + values[-1] + 4 * values[1:-1:2].sum() + 2 * values[2:-1:2].sum())


def _numbers(*given: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(one, dtype=np.float64) for one in given)
