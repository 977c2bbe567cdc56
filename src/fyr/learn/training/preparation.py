"""From what is known of a patient to the numbers that a learner takes; learned inside a fold, from its training rows.

Missing is a value: for a linear learner a missing number counts as the median and a column beside it says that it was
missing; a missing category is a category. Trees take a missing number as it is. A number beyond what training saw
counts as the nearest that it saw. Categories that few patients have are pooled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["POOLED", "Preparation", "prepare"]

POOLED: Final = "(rare)"
MISSING: Final = ""
_FEW_ROWS: Final = 10
_FEW_SHARE: Final = 0.02
_KNOT_SHARES: Final = (0.10, 0.50, 0.90)
"""Of a restricted cubic spline with three knots: Harrell, Regression Modeling Strategies, 2nd ed. 2015, table 2.3."""

Column = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """How predictors become the columns of a design.

    Parameters
    ----------
    numbers : tuple of str
        Predictors that are numbers.
    middle, low, high : ndarray of float64, shape (numbers,)
        The median that stands for a missing value, and the least and greatest value that training saw.
    marked : ndarray of bool, shape (numbers,)
        Which of them have a column that says whether the value was missing.
    knots : mapping of str to tuple of float
        Of the numbers that have a spline.
    categories : mapping of str to tuple of str
        Of each predictor that is text, what has a column of its own; the first of all categories has none.
    pooled : mapping of str to tuple of str
        The categories that count as :data:`POOLED`.
    known : mapping of str to tuple of str
        Every category that training saw, ``""`` among them where a value was missing.
    for_trees : bool
        Missing numbers stay missing, and nothing is marked.

    Attributes
    ----------
    names : tuple of str
        Of the design's columns.
    owner : tuple of str
        The predictor that each column was made of.
    """

    numbers: tuple[str, ...]
    middle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    marked: NDArray[np.bool_]
    knots: Mapping[str, tuple[float, ...]]
    categories: Mapping[str, tuple[str, ...]]
    pooled: Mapping[str, tuple[str, ...]]
    known: Mapping[str, tuple[str, ...]]
    for_trees: bool = False

    @property
    def predictors(self) -> tuple[str, ...]:
        """The predictors: numbers, then text."""
        return (*self.numbers, *self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """The design's columns in words."""
        marks = [f"{name} missing" for name, mark in zip(self.numbers, self.marked, strict=True) if mark]
        bends = [f"{name} bend" for name in self.knots]
        levels = [f"{name} = {level or 'missing'}" for name, several in self.categories.items() for level in several]
        return (*self.numbers, *marks, *bends, *levels)

    @property
    def owner(self) -> tuple[str, ...]:
        """The predictor of each column."""
        marks = [name for name, mark in zip(self.numbers, self.marked, strict=True) if mark]
        levels = [name for name, several in self.categories.items() for _ in several]
        return (*self.numbers, *marks, *self.knots, *levels)

    def design(self, columns: Mapping[str, Column]) -> NDArray[np.float64]:
        """Return the design, shape (rows, columns).

        Parameters
        ----------
        columns : mapping of str to ndarray, each of shape (rows,)
            Every predictor: float64 with NaN where missing, or text with ``""`` where missing.
        """
        rows = len(next(iter(columns[name] for name in self.predictors)))
        given = np.empty((rows, len(self.numbers)))
        for place, name in enumerate(self.numbers):
            given[:, place] = columns[name]
        missing = np.isnan(given)
        held = np.clip(given, self.low, self.high)
        if not self.for_trees:
            held = np.where(missing, self.middle, held)
        bends = [_bend(held[:, self.numbers.index(name)], knots)[:, None] for name, knots in self.knots.items()]
        levels = [
            (self._pooled(name, columns[name])[:, None] == np.array(several, dtype=object)[None, :]).astype(np.float64)
            for name, several in self.categories.items()
        ]
        marks = missing[:, self.marked].astype(np.float64)
        design: NDArray[np.float64] = np.concatenate([held, marks, *bends, *levels], axis=1)
        return design

    def keep(self, columns: NDArray[np.intp]) -> Preparation:
        """Return the preparation of only those predictors that own one of the design's `columns`."""
        owner = self.owner
        wanted = {owner[place] for place in columns.tolist()}
        chosen = np.array([name in wanted for name in self.numbers], dtype=np.bool_)
        return Preparation(
            tuple(name for name in self.numbers if name in wanted),
            self.middle[chosen],
            self.low[chosen],
            self.high[chosen],
            self.marked[chosen],
            {name: knots for name, knots in self.knots.items() if name in wanted},
            {name: several for name, several in self.categories.items() if name in wanted},
            {name: several for name, several in self.pooled.items() if name in wanted},
            {name: several for name, several in self.known.items() if name in wanted},
            self.for_trees,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the preparation as JSON-able values."""
        return {
            "numbers": [
                {"name": name, "middle": middle, "low": low, "high": high, "marked": mark}
                for name, middle, low, high, mark in zip(
                    self.numbers,
                    self.middle.tolist(),
                    self.low.tolist(),
                    self.high.tolist(),
                    self.marked.tolist(),
                    strict=True,
                )
            ],
            "knots": {name: list(knots) for name, knots in self.knots.items()},
            "texts": [
                {
                    "name": name,
                    "columns": list(several),
                    "pooled": list(self.pooled[name]),
                    "known": list(self.known[name]),
                }
                for name, several in self.categories.items()
            ],
            "for_trees": self.for_trees,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Preparation:
        """Return the preparation that :meth:`as_dict` described."""
        numbers, texts = document["numbers"], document["texts"]

        def column(key: str, kind: type) -> NDArray[Any]:
            return np.array([entry[key] for entry in numbers], dtype=kind)

        return cls(
            tuple(str(entry["name"]) for entry in numbers),
            column("middle", np.float64),
            column("low", np.float64),
            column("high", np.float64),
            column("marked", np.bool_),
            {str(name): tuple(float(knot) for knot in knots) for name, knots in document["knots"].items()},
            {str(entry["name"]): tuple(entry["columns"]) for entry in texts},
            {str(entry["name"]): tuple(entry["pooled"]) for entry in texts},
            {str(entry["name"]): tuple(entry["known"]) for entry in texts},
            bool(document["for_trees"]),
        )

    def _pooled(self, name: str, column: Column) -> Column:
        own = set(self.known[name]) - set(self.pooled[name])
        pooled = np.empty(len(column), dtype=object)
        pooled[:] = [word if word in own else POOLED for word in column.tolist()]
        return pooled


def prepare(
    columns: Mapping[str, Column], predictors: Sequence[str], *, for_trees: bool = False, splines: Sequence[str] = ()
) -> Preparation:
    """Learn from training rows how predictors become numbers.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
    predictors : sequence of str
        Those that have one value alone in these rows are left out.
    for_trees : bool
    splines : sequence of str
        Numbers whose effect may bend: a restricted cubic spline with three knots, where three knots can be told apart.

    Raises
    ------
    BadInput
        If no predictor has two values.
    """
    texts = [name for name in predictors if columns[name].dtype.kind not in "fiub"]
    numbers = [name for name in predictors if columns[name].dtype.kind in "fiub"]
    table = np.empty((len(next(iter(columns.values()))), len(numbers)))
    for place, name in enumerate(numbers):
        table[:, place] = columns[name]
    missing = np.isnan(table)
    something = ~missing.all(axis=0)
    low, middle, high = np.zeros((3, len(numbers)))
    if something.any():
        low[something] = np.nanmin(table[:, something], axis=0)
        middle[something] = np.nanmedian(table[:, something], axis=0)
        high[something] = np.nanmax(table[:, something], axis=0)
    enough = missing.sum(axis=0) >= (1 if for_trees else 5)
    marked = enough & ~missing.all(axis=0) & (not for_trees)
    kept = (high > low) | marked
    chosen = [name for name, keep in zip(numbers, kept.tolist(), strict=True) if keep]
    knots = {
        name: found
        for name in splines
        if name in chosen and not for_trees and (found := _knots(columns[name])) is not None
    }
    several: dict[str, tuple[str, ...]] = {}
    pooled: dict[str, tuple[str, ...]] = {}
    known: dict[str, tuple[str, ...]] = {}
    for name in texts:
        known[name], pooled[name], several[name] = _levels(columns[name])
        if not several[name]:
            del known[name], pooled[name], several[name]
    if not chosen and not several:
        raise BadInput("no predictor has two values in the rows that are learned from", mend="name other predictors")
    return Preparation(
        tuple(chosen), middle[kept], low[kept], high[kept], marked[kept], knots, several, pooled, known, for_trees
    )


def _levels(column: Column) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the categories that are known, those that are pooled, and those that have a column."""
    found, counts = np.unique(column.astype(str), return_counts=True)
    few = max(_FEW_ROWS, _FEW_SHARE * len(column))
    rare = tuple(found[counts < few].tolist())
    if counts[counts < few].sum() < few / 2 and len(found) - len(rare) > 0:
        # Too few to learn anything of: they count as whichever category has no column of its own, the most frequent.
        common = [str(word) for word in found[counts >= few]]
        reference = str(found[np.argmax(counts)])
        return tuple(found.tolist()), rare, tuple(word for word in common if word != reference)
    levels = [str(word) for word in found[counts >= few]] + ([POOLED] if rare else [])
    sizes = [int(counts[found == word].sum()) if word != POOLED else 0 for word in levels]
    reference = levels[int(np.argmax(sizes))]
    return tuple(found.tolist()), rare, tuple(word for word in levels if word != reference)


def _knots(column: Column) -> tuple[float, ...] | None:
    present = column[~np.isnan(column)]
    knots = tuple(float(knot) for knot in np.quantile(present, _KNOT_SHARES))
    return knots if len(set(knots)) == len(knots) else None


def _bend(values: NDArray[np.float64], knots: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the second column of a restricted cubic spline of three knots (Harrell 2015, eq. 2.25)."""
    first, second, third = knots

    def cube(knot: float) -> NDArray[np.float64]:
        part: NDArray[np.float64] = np.maximum(values - knot, 0.0) ** 3
        return part

    bend: NDArray[np.float64] = (
        cube(first)
        - cube(second) * (third - first) / (third - second)
        + cube(third) * (second - first) / (third - second)
    )
    return bend / (third - first) ** 2
