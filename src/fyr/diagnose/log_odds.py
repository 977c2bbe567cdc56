"""From log-odds to a probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["probability"]


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)), element by element.

    >>> probability(np.array([0.0]))
    array([0.5])
    """
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
