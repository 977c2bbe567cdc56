"""Several learners on the same predictors, weighed by what each said of rows that it had not seen.

Stacking (Wolpert 1992, Neural Networks 5:241) with weights of at least 0 (Breiman 1996, Machine Learning 24:49; van der
Laan 2007, Stat Appl Genet Mol Biol 6:25).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.training.fusion import Combiner
from fyr.learn.training.learners import Part

__all__ = ["AnyPart", "StackedPart", "part_from_dict"]

Floats = NDArray[np.float64]
Column = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class StackedPart:
    """The weighted sum of parts.

    Parameters
    ----------
    plain : tuple of Part
    weights, centre : ndarray of float64, shape (parts,)
        The score is the sum of ``weights * (score - centre)``, and the intercept.
    intercept : float
    """

    plain: tuple[Part, ...]
    weights: Floats
    centre: Floats
    intercept: float

    @classmethod
    def of_combiner(cls, parts: Sequence[Part], combiner: Combiner) -> StackedPart:
        """Return the sum that a combiner of all parts, in their order, makes."""
        return cls(tuple(parts), combiner.weights, combiner.centre, combiner.intercept)

    @property
    def predictors(self) -> tuple[str, ...]:
        """What any of the parts takes."""
        return tuple(dict.fromkeys(name for part in self.plain for name in part.predictors))

    def of(self, columns: Mapping[str, Column]) -> Floats:
        """Return the score of each row, shape (rows,)."""
        scores = np.column_stack([part.of(columns) for part in self.plain])
        score: Floats = self.intercept + (scores - self.centre) @ self.weights
        return score

    def added(self, columns: Mapping[str, Column]) -> tuple[dict[str, Floats], float]:
        """Return what each predictor added to each row's score, and the base: sums of the parts', weighed alike."""
        added: dict[str, Floats] = {}
        base = self.intercept
        for part, weight, centre in zip(self.plain, self.weights.tolist(), self.centre.tolist(), strict=True):
            by_predictor, part_base = part.added(columns)
            base += weight * (part_base - centre)
            for name, values in by_predictor.items():
                added[name] = added.get(name, 0.0) + weight * values
        return added, base

    def as_dict(self) -> dict[str, Any]:
        """Return the part as JSON-able values."""
        return {
            "stacked": [part.as_dict() for part in self.plain],
            "weights": self.weights.tolist(),
            "centre": self.centre.tolist(),
            "intercept": self.intercept,
        }


AnyPart = Part | StackedPart


def part_from_dict(document: Mapping[str, Any]) -> AnyPart:
    """Return the part that its `as_dict` described."""
    if "stacked" not in document:
        return Part.from_dict(document)
    return StackedPart(
        tuple(Part.from_dict(part) for part in document["stacked"]),
        np.array(document["weights"], dtype=np.float64),
        np.array(document["centre"], dtype=np.float64),
        float(document["intercept"]),
    )
