"""The linear-quadratic effect of a course: fraction size, repair between and during fractions, repopulation.

BED = D (1 + (1 + h) g d / (alpha/beta)) - loss by repopulation. Fowler 1989, Br J Radiol 62:679, for the form; Thames
1985, Int J Radiat Biol 47:319, for h of fractions that follow before repair is complete; Lea & Catcheside 1942 and Dale
1985, Br J Radiol 58:515, for g of a dose that takes time; Travis & Tucker 1987 for the loss from a kick-off time on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = [
    "biologically_effective_dose",
    "equivalent_dose",
    "incomplete_repair_factor",
    "protraction_factor",
    "repopulation_loss",
]

Doses = NDArray[np.float64]
_LN2 = float(np.log(2))


def biologically_effective_dose(
    dose_gy: ArrayLike,
    fractions: ArrayLike,
    alpha_beta_gy: ArrayLike,
    *,
    incomplete_repair: ArrayLike = 0.0,
    protraction: ArrayLike = 1.0,
    loss_gy: ArrayLike = 0.0,
) -> Doses:
    """Return the biologically effective dose in Gy.

    Parameters
    ----------
    dose_gy : array_like
        Total doses.
    fractions : array_like
        Numbers of equal fractions; broadcast against the doses, as is everything below.
    alpha_beta_gy : array_like
    incomplete_repair : array_like
        h of :func:`incomplete_repair_factor`; 0 where repair is complete between fractions.
    protraction : array_like
        g of :func:`protraction_factor`; 1 for a dose given in no time.
    loss_gy : array_like
        What repopulation takes, of :func:`repopulation_loss`.

    Raises
    ------
    BadInput
        If a dose is negative, or there is no fraction, or alpha/beta is not above 0.

    Examples
    --------
    >>> float(biologically_effective_dose(60, 30, 10))
    72.0
    """
    dose, number, ratio = _checked(dose_gy, fractions, alpha_beta_gy)
    fraction_dose = dose / number
    quadratic = (1 + np.asarray(incomplete_repair)) * np.asarray(protraction) * fraction_dose / ratio
    effective: Doses = dose * (1 + quadratic) - np.asarray(loss_gy)
    return np.maximum(effective, 0.0)


def equivalent_dose(
    dose_gy: ArrayLike,
    fractions: ArrayLike,
    alpha_beta_gy: ArrayLike,
    *,
    in_fractions_of_gy: float = 2.0,
    **course: Any,
) -> Doses:
    """Return the dose in Gy that does the same in fractions of another size: EQD2 for 2 Gy.

    Withers, Thames & Peters 1983, Radiother Oncol 1:187. Every dose of a distribution is given its own fraction dose.

    Parameters
    ----------
    dose_gy, fractions, alpha_beta_gy : array_like
        As :func:`biologically_effective_dose` takes them, and so are the words of `course`.
    in_fractions_of_gy : float

    Examples
    --------
    >>> float(equivalent_dose(54, 3, 10)), float(equivalent_dose(54, 3, 3))
    (126.0, 226.8)
    """
    ratio = np.asarray(alpha_beta_gy, dtype=np.float64)
    return biologically_effective_dose(dose_gy, fractions, ratio, **course) / (1 + in_fractions_of_gy / ratio)


def incomplete_repair_factor(per_day: ArrayLike, interval_h: ArrayLike, half_time_h: ArrayLike) -> Doses:
    """Return h: how much unrepaired damage adds to the quadratic term where fractions follow within a day.

    Thames 1985, with full repair overnight: h = (2/m) (x/(1-x)) (m - (1-x^m)/(1-x)) with x = exp(-ln 2 interval /
    half-time).

    Parameters
    ----------
    per_day : array_like
        Fractions a day, m.
    interval_h : array_like
        Hours between them.
    half_time_h : array_like
        Half-time of repair in hours.
    """
    number, interval, half = (np.asarray(one, dtype=np.float64) for one in (per_day, interval_h, half_time_h))
    if (number < 1).any() or (interval <= 0).any() or (half <= 0).any():
        raise BadInput("the number of fractions a day, the interval and the half-time of repair must be above 0")
    left = np.exp(-_LN2 * interval / half)
    factor: Doses = 2 / number * left / (1 - left) * (number - (1 - left**number) / (1 - left))
    return factor


def protraction_factor(duration_h: ArrayLike, half_time_h: ArrayLike) -> Doses:
    """Return g: how much less the quadratic term is for a dose that is given at a constant rate over some time.

    Lea & Catcheside 1942; Dale 1985: g = 2 (x - 1 + exp(-x)) / x², x = ln 2 duration / half-time; 1 for no time at all.

    Parameters
    ----------
    duration_h, half_time_h : array_like
        Hours.
    """
    duration, half = (np.asarray(one, dtype=np.float64) for one in (duration_h, half_time_h))
    if (duration < 0).any() or (half <= 0).any():
        raise BadInput("a duration is negative, or the half-time of repair is not above 0")
    x = _LN2 * duration / half
    near = x < 1e-3  # the closed form loses its digits here; the series is exact to x³/60 < 2e-11
    safe = np.where(near, 1.0, x)
    factor: Doses = np.where(near, 1 - x / 3 + x**2 / 12, 2 * (safe + np.expm1(-safe)) / safe**2)
    return factor


def repopulation_loss(days: ArrayLike, kick_off_days: ArrayLike, loss_gy_per_day: ArrayLike) -> Doses:
    """Return the BED in Gy that repopulation takes: from a kick-off time on, so much a day.

    Parameters
    ----------
    days : array_like
        Length of the whole course.
    kick_off_days : array_like
        When accelerated repopulation begins.
    loss_gy_per_day : array_like
        ln 2 / (alpha · doubling time); in BED, with the alpha/beta of that BED.
    """
    beyond: Doses = np.maximum(np.asarray(days, dtype=np.float64) - np.asarray(kick_off_days), 0.0)
    lost: Doses = beyond * np.asarray(loss_gy_per_day, dtype=np.float64)
    return lost


def _checked(dose: ArrayLike, fractions: ArrayLike, ratio: ArrayLike) -> tuple[Doses, Doses, Doses]:
    doses, number, ratios = (np.asarray(one, dtype=np.float64) for one in (dose, fractions, ratio))
    if not (doses >= 0).all():
        raise BadInput("a dose is negative or missing")
    if not (number > 0).all():
        raise BadInput("the number of fractions is not above 0")
    if not (ratios > 0).all():
        raise BadInput(
            "alpha/beta is missing or not above 0", mend="give the alpha/beta of the tissue and endpoint in Gy"
        )
    return doses, number, ratios
