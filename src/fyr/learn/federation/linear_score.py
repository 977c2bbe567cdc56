"""The coefficients of a regression over hospitals as something that scores rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.statistics.coefficients import INTERCEPT
from fyr.learn.federation.study import Study

__all__ = ["REGRESSIONS", "LinearScore", "kept_coefficients"]

Floats = NDArray[np.float64]

REGRESSIONS: Final[Mapping[str, str]] = {
    "logistic": "logistic",
    "linear": "squared_error",
    "poisson": "poisson",
    "cox": "cox",
}
"""The methods whose coefficients can be kept, and the objective that each has."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearScore:
    """An intercept and a coefficient for each feature.

    Parameters
    ----------
    features : tuple of str
    intercept : float
    coefficients : ndarray of float64, shape (features,)
    """

    features: tuple[str, ...]
    intercept: float
    coefficients: Floats

    def score(self, rows: Floats) -> Floats:
        """Return the score of each row; rows of shape (rows, features)."""
        return self.intercept + rows @ self.coefficients

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> LinearScore:
        """Return what a model's document describes.

        Raises
        ------
        BadInput
            If it describes none.
        """
        features = tuple(map(str, document["features"]))
        coefficients = np.array(document["coefficients"], dtype=np.float64)
        intercept = float(document["intercept"])
        sound = coefficients.shape == (len(features),) and np.isfinite([intercept, *coefficients]).all()
        if not sound or len(set(features)) != len(features):
            raise BadInput("the coefficients do not fit the features")
        return cls(features, intercept, coefficients)


def kept_coefficients(study: Study, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of a regression's result, as :meth:`LinearScore.from_dict` reads it.

    Raises
    ------
    BadInput
        If a coefficient is not that of a column of numbers, or the score needs more than the features.
    """
    found = dict(result["coefficients"])
    intercept = float(found.pop(INTERCEPT, 0.0))
    features = [str(name) for name in study.options.get("features", ())]
    other = [name for name in found if name not in features]
    if other:
        raise BadInput(
            f"'{other[0]}' is no column of numbers, and only those are kept",
            where=study.name,
            mend="make columns of 0 and 1 of its levels",
        )
    if study.options.get("offset"):
        raise BadInput("a regression with an offset cannot be kept as a folder", where=study.name)
    return {
        "form": "coefficients",
        "objective": REGRESSIONS[study.method],
        "features": list(found),
        "intercept": intercept,
        "coefficients": [float(one) for one in found.values()],
    }
