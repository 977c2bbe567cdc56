"""What a published risk factor does to a risk: odds ratios and relative rates, applied as they were estimated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["absolute_risk", "with_odds_ratio"]


def with_odds_ratio(probability: ArrayLike, odds_ratio: ArrayLike) -> NDArray[np.float64]:
    """Return a probability whose odds are multiplied.

    The same as Appelt's shift of D50 and gamma50 for a logistic dose response (Appelt 2014, Acta Oncol 53:605).

    >>> round(float(with_odds_ratio(0.2, 2.27)), 4)
    0.362
    """
    p, ratio = np.asarray(probability, dtype=np.float64), np.asarray(odds_ratio, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all() or not (ratio > 0).all():
        raise BadInput("a probability is not between 0 and 1, or an odds ratio is not above 0")
    found: NDArray[np.float64] = p * ratio / (1 - p + p * ratio)
    return found


def absolute_risk(baseline: ArrayLike, relative_rate: ArrayLike) -> NDArray[np.float64]:
    """Return the risk over a time whose risk without the dose is `baseline`, the rate being multiplied throughout.

    1 - (1 - baseline)^rate: that of proportional rates.

    >>> round(float(absolute_risk(0.04, 1.37)), 4)
    0.0544
    """
    p, rate = np.asarray(baseline, dtype=np.float64), np.asarray(relative_rate, dtype=np.float64)
    if not ((p >= 0) & (p < 1)).all() or not (rate > 0).all():
        raise BadInput("a baseline risk is not between 0 and 1, or a rate is not above 0")
    found: NDArray[np.float64] = 1 - (1 - p) ** rate
    return found
