"""Trees as they grow: splits in the order in which they were made, and the value of each leaf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.sketch import Cuts

__all__ = ["Tree", "Trees", "trees_from_payload", "trees_payload"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Tree:
    """A tree: the i-th split turns a leaf into a node with the children 2i + 1 (left) and 2i + 2.

    Parameters
    ----------
    splits : list of tuple of int
        Leaf, column, highest bin that goes left, and 1 where missing values go left.
    values : ndarray of float64, shape (2 splits + 1,)
        Of each leaf; 0 of nodes.
    """

    splits: list[tuple[int, int, int, int]] = field(default_factory=list)
    values: Floats = field(default_factory=lambda: np.zeros(1))

    @property
    def leaves(self) -> list[int]:
        """The leaves, in order."""
        nodes = {split[0] for split in self.splits}
        return [one for one in range(2 * len(self.splits) + 1) if one not in nodes]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A sum of trees over named columns.

    Parameters
    ----------
    features : tuple of str
    start : float
        The score before the first tree.
    unit : float
        What the sum of the trees is multiplied with.
    column, missing_left, left, right : ndarray of int64, shape (nodes,)
        Of all trees, one after another; -1 as column of a leaf.
    below : ndarray of float64, shape (nodes,)
        A value below goes left.
    value : ndarray of float64, shape (nodes,)
    roots : ndarray of int64, shape (trees,)
    """

    features: tuple[str, ...]
    start: float
    unit: float
    column: Whole
    below: Floats
    missing_left: Whole
    left: Whole
    right: Whole
    value: Floats
    roots: Whole

    @classmethod
    def of(cls, trees: Sequence[Tree], features: Sequence[str], cuts: Cuts, start: float, unit: float) -> Trees:
        """Return grown trees with the values at which they split."""
        parts: list[list[float]] = []
        roots: list[int] = []
        for tree in trees:
            root = len(parts)
            roots.append(root)
            made = [[-1.0, 0.0, 0.0, -1.0, -1.0, float(value)] for value in tree.values]
            for place, (leaf, split_on, highest, to_left) in enumerate(tree.splits):
                own = cuts.of(split_on)
                at = float(own[highest]) if highest < len(own) else float(np.inf)
                made[leaf] = [split_on, at, to_left, root + 2 * place + 1, root + 2 * place + 2, 0.0]
            parts += made
        table = np.array(parts, dtype=np.float64).reshape(-1, 6)
        column, missing_left, left, right = (table[:, one].astype(np.int64) for one in (0, 2, 3, 4))
        return cls(
            tuple(features),
            start,
            unit,
            column,
            table[:, 1].copy(),
            missing_left,
            left,
            right,
            table[:, 5].copy(),
            np.array(roots, dtype=np.int64),
        )

    def score(self, rows: Floats) -> Floats:
        """Return the sum of the trees for each row, shape (rows,).

        Parameters
        ----------
        rows : ndarray of float64, shape (rows, features)
            NaN where missing.
        """
        total = np.empty(len(rows))
        _walk(
            np.ascontiguousarray(rows),
            self.column,
            self.below,
            self.missing_left,
            self.left,
            self.right,
            self.value,
            self.roots,
            total,
        )
        return self.start + self.unit * total

    def as_dict(self) -> dict[str, Any]:
        """Return the trees as JSON-able values; a split that only parts missing from present values is below None."""
        ends = [*self.roots[1:].tolist(), len(self.value)]
        several = []
        for root, end in zip(self.roots.tolist(), ends, strict=True):
            part = slice(root, end)
            several.append(
                {
                    "column": self.column[part].tolist(),
                    "below": [value if np.isfinite(value) else None for value in self.below[part].tolist()],
                    "missing_left": self.missing_left[part].tolist(),
                    "left": [one - root if one >= 0 else -1 for one in self.left[part].tolist()],
                    "right": [one - root if one >= 0 else -1 for one in self.right[part].tolist()],
                    "value": self.value[part].tolist(),
                }
            )
        return {"features": list(self.features), "start": self.start, "unit": self.unit, "trees": several}

    @classmethod
    def from_dict(cls, document: Any) -> Trees:
        """Return the trees that :meth:`as_dict` described.

        Raises
        ------
        BadInput
            If the document describes none: a child that lies outside its tree or not behind its parent, a column that
            is not there, a number that is not finite.
        """
        try:
            several = list(document["trees"])
            features = tuple(str(name) for name in document["features"])
            sizes = [len(one["value"]) for one in several]
            roots = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

            def joined(key: str, kind: Any) -> NDArray[Any]:
                return np.array([value for one in several for value in one[key]], dtype=kind)

            shift = np.repeat(roots[:-1], sizes)
            left, right = joined("left", np.int64), joined("right", np.int64)
            below = np.array([np.inf if v is None else float(v) for one in several for v in one["below"]])
            found = cls(
                features,
                float(document["start"]),
                float(document["unit"]),
                joined("column", np.int64),
                below.astype(np.float64),
                joined("missing_left", np.int64),
                np.where(left >= 0, left + shift, -1),
                np.where(right >= 0, right + shift, -1),
                joined("value", np.float64),
                roots[:-1],
            )
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise BadInput(f"these are no trees: {problem}") from None
        if not found._sound(np.repeat(roots[1:], sizes)):
            raise BadInput("these are no trees: a node, a column or a value does not belong to them")
        return found

    def _sound(self, end: Whole) -> bool:
        places = np.arange(len(self.value))
        columns = (self.column, self.below, self.missing_left, self.left, self.right)
        if not all(len(one) == len(self.value) for one in columns):
            return False
        nodes = self.column >= 0
        inner = (self.left > places) & (self.right > places) & (self.left < end) & (self.right < end)
        numbers = np.isfinite(self.value).all() and not np.isnan(self.below).any()
        ends = np.isfinite(self.start) and np.isfinite(self.unit)
        return bool(inner[nodes].all() and (self.column < len(self.features)).all() and numbers and ends)


def trees_payload(trees: Sequence[Tree]) -> dict[str, NDArray[Any]]:
    """Return trees as they are sent."""
    return {
        "sizes": np.array([len(tree.splits) for tree in trees], dtype=np.int64),
        "splits": np.array([split for tree in trees for split in tree.splits], dtype=np.int64).reshape(-1, 4),
        "values": np.concatenate([tree.values for tree in trees]) if trees else np.zeros(0),
    }


def trees_from_payload(payload: Any) -> list[Tree]:
    """Return the trees of what was sent.

    Raises
    ------
    BadInput
        If they do not fit together.
    """
    sizes, splits, values = payload["sizes"].tolist(), payload["splits"].tolist(), payload["values"]
    if len(splits) != sum(sizes) or len(values) != 2 * sum(sizes) + len(sizes) or any(size < 0 for size in sizes):
        raise BadInput("the question's trees do not fit together", where="boosting")
    trees, at, value = [], 0, 0
    for size in sizes:
        wide = 2 * size + 1
        trees.append(Tree([(a, b, c, d) for a, b, c, d in splits[at : at + size]], values[value : value + wide].copy()))
        at, value = at + size, value + wide
    return trees


@numba.njit(cache=True, nogil=True)
def _walk(
    rows: Floats,
    column: Whole,
    below: Floats,
    missing_left: Whole,
    left: Whole,
    right: Whole,
    value: Floats,
    roots: Whole,
    total: Floats,
) -> None:
    for row in range(len(rows)):
        added = 0.0
        for root in roots:
            node = root
            while column[node] >= 0:
                found = rows[row, column[node]]
                goes_left = missing_left[node] == 1 if np.isnan(found) else found < below[node]
                node = left[node] if goes_left else right[node]
            added += value[node]
        total[row] = added
