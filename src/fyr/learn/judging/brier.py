"""The mean squared error of predicted probabilities, censoring allowed for.

Graf et al. (1999, Stat Med 18:2529): the mean over all patients of w (D - p)^2, D whether the event came by the
horizon, w the inverse probability of censoring weight (0 where D is not known). With competing events D is the event
of interest (Schoop et al. 2011, Biom J 53:88). The scaled score, 1 - Brier / Brier of a model that gives everyone the
observed risk, is the index of prediction accuracy (Kattan & Gerds 2018): 1 perfect, 0 no better than the average.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["brier_score", "scaled_brier_score"]

Floats = NDArray[np.float64]


def brier_score(risk: Floats | float, had: NDArray[np.bool_], known: Floats, total: float) -> float:
    """Return the Brier score.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,), or float
    had : ndarray of bool, shape (rows,)
    known : ndarray of float64, shape (rows,)
        Each row's weight times its censoring weight; 0 where its state is not known.
    total : float
        Sum of the rows' weights, those of unknown state with them.
    """
    return float((known * (had - risk) ** 2).sum() / total)


def scaled_brier_score(brier: float, observed: float, had: NDArray[np.bool_], known: Floats, total: float) -> float:
    """Return 1 - Brier / the Brier score of the observed risk; NaN where that is 0."""
    plain = brier_score(observed, had, known, total)
    return 1 - brier / plain if plain > 0 else float("nan")
