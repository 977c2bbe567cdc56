"""What a learner leaves behind: a score of a design's rows, and what each column added to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["LinearScore", "Score", "TreeScore", "score_from_dict"]

Floats = NDArray[np.float64]


class Score(Protocol):
    """A log hazard ratio or log odds of each row of a design."""

    def of(self, design: Floats) -> Floats:
        """Return the score of each row, shape (rows,)."""

    def added(self, design: Floats) -> tuple[Floats, float]:
        """Return what each column added to each row's score, shape (rows, columns), and the base they add to."""

    def as_dict(self) -> dict[str, Any]:
        """Return the score as JSON-able values."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearScore:
    """A weighted sum of standardised columns.

    Parameters
    ----------
    weights, mean, spread : ndarray of float64, shape (columns,)
    intercept : float
        The score of the mean row.
    """

    weights: Floats
    mean: Floats
    spread: Floats
    intercept: float = 0.0

    def of(self, design: Floats) -> Floats:
        """Return the score of each row, shape (rows,)."""
        score: Floats = self.intercept + ((design - self.mean) / self.spread) @ self.weights
        return score

    def added(self, design: Floats) -> tuple[Floats, float]:
        """Return Shapley values against the training rows: exact (Lundberg and Lee 2017, corollary 1)."""
        added: Floats = (design - self.mean) / self.spread * self.weights
        return added, self.intercept

    def as_dict(self) -> dict[str, Any]:
        """Return the score as JSON-able values."""
        return {
            "form": "linear",
            "weights": self.weights.tolist(),
            "mean": self.mean.tolist(),
            "spread": self.spread.tolist(),
            "intercept": self.intercept,
        }


@dataclass(frozen=True, eq=False)
class TreeScore:
    """Boosted trees, as LightGBM writes them in text.

    Parameters
    ----------
    text : str
    trees : int
        How many of them count, from the first.
    shift : float
        Added to their sum.
    """

    text: str
    trees: int
    shift: float = 0.0

    def of(self, design: Floats) -> Floats:
        """Return the score of each row, shape (rows,)."""
        score: Floats = self._booster.predict(design, raw_score=True, num_iteration=self.trees, num_threads=1)
        return score + self.shift

    def added(self, design: Floats) -> tuple[Floats, float]:
        """Return Shapley values of the trees, path-dependent (Lundberg 2020, Nat Mach Intell 2:56), by LightGBM."""
        values = np.asarray(self._booster.predict(design, pred_contrib=True, num_iteration=self.trees, num_threads=1))
        return values[:, :-1], float(values[0, -1]) + self.shift if len(values) else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the score as JSON-able values."""
        return {"form": "lightgbm", "text": self.text, "trees": self.trees, "shift": self.shift}

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        try:
            return lightgbm.Booster(model_str=self.text)
        except lightgbm.basic.LightGBMError as problem:
            raise BadInput(f"LightGBM does not read these trees: {problem}") from None


def score_from_dict(document: Mapping[str, Any]) -> Score:
    """Return the score that its `as_dict` described."""
    if document["form"] == "lightgbm":
        return TreeScore(str(document["text"]), int(document["trees"]), float(document["shift"]))
    if document["form"] != "linear":
        raise BadInput(f"'{document['form']}' is no form of a score that this version of Fyr reads")
    weights, mean, spread = (np.array(document[key], dtype=np.float64) for key in ("weights", "mean", "spread"))
    if not len(weights) == len(mean) == len(spread):
        raise BadInput("weights, means and spreads differ in number")
    return LinearScore(weights, mean, spread, float(document["intercept"]))
