"""The score of an early-warning model: boosted trees and clipped lines, added in log odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.clipped_lines import ClippedLines

__all__ = ["Ensemble"]

_DIGITS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """Trees and lines over the same features.

    Parameters
    ----------
    trees : BoostedTrees
    lines : ClippedLines

    Raises
    ------
    BadInput
        If the two are over different features.
    """

    trees: BoostedTrees
    lines: ClippedLines

    def __post_init__(self) -> None:
        if self.trees.features != self.lines.features:
            raise BadInput(f"trees over {self.trees.features} features, lines over {self.lines.features}")

    @property
    def features(self) -> int:
        """How many columns a row has."""
        return self.trees.features

    def score(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of each row, shape (rows,); NaN in `rows` where missing."""
        return self.trees.score(rows) + self.lines.score(rows)

    def contributions(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return what each feature added to each row, and the score to which it was added.

        Shapley values of a sum are the sums of the Shapley values: path-dependent ones of the trees, and of the lines
        those against a row in which nothing is known.
        """
        of_trees, base_of_trees = self.trees.contributions(rows)
        of_lines, base_of_lines = self.lines.contributions(rows)
        return of_trees + of_lines, base_of_trees + base_of_lines

    def rounded(self) -> Ensemble:
        """Return the same with leaves, weights and centres of ten decimals.

        Sums differ in their last bits between machines; what is kept and signed should not.
        """
        trees, lines = self.trees.as_dict(), self.lines.as_dict()
        trees["leaf_value"] = np.round(self.trees.leaf_value, _DIGITS).tolist()
        for name in ("base", "low", "high", "centre", "weight"):
            lines[name] = np.round(lines[name], _DIGITS).tolist()
        return Ensemble.from_dict({"trees": trees, "lines": lines})

    def as_dict(self) -> dict[str, Any]:
        """Return the ensemble as JSON-able values; numbers come back exactly."""
        return {"trees": self.trees.as_dict(), "lines": self.lines.as_dict()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Ensemble:
        """Return the ensemble of what :meth:`as_dict` gave."""
        return cls(BoostedTrees.from_dict(document["trees"]), ClippedLines.from_dict(document["lines"]))

    @classmethod
    def weighted(
        cls, parts: Sequence[tuple[float, BoostedTrees]], lines: Sequence[tuple[float, ClippedLines]]
    ) -> Ensemble:
        """Return the sum of parts, each with its factor."""
        return cls(
            BoostedTrees.together([part.scaled(share) for share, part in parts]),
            ClippedLines.together([part.scaled(share) for share, part in lines]),
        )
