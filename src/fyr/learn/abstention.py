"""Leaving out the patients of whom the model is least sure: Chow's rule, and how much the error falls on the others.

A probability near one half is nearly sure to be wrong half of the time, so those are left out first (Chow 1970, IEEE
Transactions on Information Theory 16:41-46). How the error falls with the share that is left out is the risk-coverage
curve (El-Yaniv and Wiener 2010, JMLR 11:1605-1641). The error is that of saying "event" from one half on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Abstention", "error_of", "fit_abstention"]


@dataclass(frozen=True, slots=True)
class Abstention:
    """A rule that leaves out risks nearer than `distance` to one half.

    Parameters
    ----------
    share : float
        What was to be left out.
    distance : float
    """

    share: float
    distance: float

    def leaves_out(self, risk: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which recalibrated risks are left out, shape (rows,)."""
        out: NDArray[np.bool_] = np.abs(risk - 0.5) < self.distance
        return out

    def as_dict(self) -> dict[str, float]:
        """Return the rule as JSON-able values."""
        return {"share": self.share, "distance": self.distance}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Abstention:
        """Read what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it is no such document.
        """
        try:
            return cls(float(document["share"]), float(document["distance"]))
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is not a rule of abstention: {problem}") from None


def fit_abstention(risk: NDArray[np.float64], share: float) -> Abstention:
    """Find the rule that leaves out a share of rows like these; risks that are alike stay together, and are answered.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
        Recalibrated risks.
    share : float

    Raises
    ------
    BadInput
        If the share is not from 0 to below 1.
    """
    if not 0 <= share < 1:
        raise BadInput(f"a share of {share:g} to leave out is not from 0 to below 1", mend="for example 0.2")
    if share == 0:
        return Abstention(share, 0.0)
    distance = np.sort(np.abs(risk - 0.5))
    return Abstention(share, float(distance[int(np.floor(share * len(risk)))]))


def error_of(risk: NDArray[np.float64], happened: NDArray[np.bool_], weight: NDArray[np.float64]) -> float | None:
    """Return the weighted share of rows on the wrong side of one half; ``None`` where no row counts."""
    counted = weight > 0
    if not counted.any():
        return None
    wrong = (risk[counted] >= 0.5) != happened[counted]
    return float((weight[counted] * wrong).sum() / weight[counted].sum())
