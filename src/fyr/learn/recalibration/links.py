"""The scales on which a risk is recalibrated: log odds, and the complementary log-log of a hazard."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Link", "linked", "log_shares", "unlinked"]

Link = Literal["logit", "cloglog"]
"""``logit``: log odds. ``cloglog``: log of the cumulative hazard, on which proportional hazards are a shift."""

_SMALLEST: Final = np.finfo(np.float64).tiny


def linked(risk: ArrayLike, link: Link) -> NDArray[np.float64]:
    """Return risks on the scale: minus infinity at 0, infinity at 1.

    >>> float(linked(0.5, "logit")), round(float(linked(1 - np.exp(-1), "cloglog")), 12)
    (0.0, 0.0)
    """
    chance = np.asarray(risk, dtype=np.float64)
    with np.errstate(divide="ignore"):
        if link == "logit":
            odds: NDArray[np.float64] = np.log(chance) - np.log1p(-chance)
            return odds
        hazard: NDArray[np.float64] = np.log(-np.log1p(-chance))
        return hazard


def unlinked(values: ArrayLike, link: Link) -> NDArray[np.float64]:
    """Return the risks of values on the scale."""
    line = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        if link == "logit":
            chances: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-line))
            return chances
        risks: NDArray[np.float64] = -np.expm1(-np.exp(line))
        return risks


def log_shares(values: NDArray[np.float64], link: Link) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the logarithms of the risk and of one minus the risk, exact near 0 and 1."""
    if link == "logit":
        return -np.logaddexp(0.0, -values), -np.logaddexp(0.0, values)
    hazard = np.exp(np.minimum(values, 700.0))
    return np.log(np.maximum(-np.expm1(-hazard), _SMALLEST)), -hazard
