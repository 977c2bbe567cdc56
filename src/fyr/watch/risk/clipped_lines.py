"""A sum of straight lines, each through one feature and flat outside an interval: the part of a score that is linear.

A term is ``weight x (clip(value, low, high) - centre)``, of the value's natural logarithm of one plus it where the
feature is skewed; a missing value adds 0, as if it were the centre. Terms of one feature with neighbouring intervals
make a curve of straight pieces. With weights that push only one way, the sum is monotone in each feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["ClippedLines", "bent"]

_ARRAYS: Final = {
    "feature": np.int32,
    "logarithm": np.bool_,
    "low": np.float64,
    "high": np.float64,
    "centre": np.float64,
    "weight": np.float64,
}
_BLOCK: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ClippedLines:
    """Terms in flat arrays, all of shape (terms,).

    Parameters
    ----------
    features : int
        How many columns a row has.
    base : float
        The score of a row in which nothing is known.
    feature : ndarray of int32
    logarithm : ndarray of bool
        Whether log(1 + value) is taken, of a value below 0 log(1) = 0; `low`, `high` and `centre` are then logarithms.
    low, high, centre, weight : ndarray of float64

    Raises
    ------
    BadInput
        If the arrays do not describe such terms.
    """

    features: int
    base: float
    feature: NDArray[np.int32]
    logarithm: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    centre: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        numbers = (self.low, self.high, self.centre, self.weight)
        sound = len({len(getattr(self, name)) for name in _ARRAYS}) == 1 and bool(np.isfinite(self.base))
        sound = sound and all(bool(np.isfinite(part).all()) for part in numbers) and bool((self.low <= self.high).all())
        sound = sound and bool(((self.feature >= 0) & (self.feature < self.features)).all())
        if not sound:
            raise BadInput("the arrays do not describe lines", where="clipped lines")

    def score(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the terms and the base for each row, shape (rows,).

        Parameters
        ----------
        rows : ndarray of float64, shape (rows, features)
            NaN where missing.
        """
        table = np.asarray(rows, dtype=np.float64)
        total = np.empty(len(table))
        for first in range(0, len(table), _BLOCK):
            part = slice(first, first + _BLOCK)
            total[part] = self.base
            for term in range(len(self.feature)):  # one after the other, so that a row alone gives the same bits
                total[part] += self._term(term, table[part, self.feature[term]])
        return total

    def contributions(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return what each feature added to each row, shape (rows, features), and the score to which it was added.

        For a sum of terms these are its Shapley values against the row in which nothing is known.
        """
        table = np.asarray(rows, dtype=np.float64)
        added = np.zeros(table.shape)
        for term, column in enumerate(self.feature):
            added[:, column] += self._term(term, table[:, column])
        return added, float(self.base)

    def _term(self, term: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        found = bent(values, self.low[term], self.high[term], logarithm=bool(self.logarithm[term]))
        added: NDArray[np.float64] = np.nan_to_num(self.weight[term] * (found - self.centre[term]))
        return added

    def scaled(self, factor: float) -> ClippedLines:
        """Return the same lines, all of them and the base multiplied."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return ClippedLines(self.features, self.base * factor, **{**arrays, "weight": self.weight * factor})

    def as_dict(self) -> dict[str, Any]:
        """Return the lines as JSON-able values; numbers come back exactly."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"features": self.features, "base": self.base, **arrays}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ClippedLines:
        """Return lines of what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it does not describe lines.
        """
        try:
            arrays: dict[str, Any] = {name: np.array(document[name], dtype=kind) for name, kind in _ARRAYS.items()}
            return cls(int(document["features"]), float(document["base"]), **arrays)
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise BadInput(f"the arrays do not describe lines: {problem}", where="clipped lines") from None

    @classmethod
    def together(cls, several: Sequence[ClippedLines]) -> ClippedLines:
        """Return all the terms of several as one, whose score is the sum of theirs."""
        arrays: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in several]) for name in _ARRAYS}
        return cls(several[0].features, sum(one.base for one in several), **arrays)


def bent(values: NDArray[np.float64], low: float, high: float, *, logarithm: bool) -> NDArray[np.float64]:
    """Return values, or log(1 + value), inside [low, high]; NaN stays NaN."""
    found = np.log1p(np.maximum(values, 0.0)) if logarithm else values
    clipped: NDArray[np.float64] = np.clip(found, low, high)
    return clipped
