"""Boosted regression trees as flat arrays: the score of many rows, and what each input added to it.

The arrays are made of a lightgbm model once, after training; nothing of lightgbm is needed to score. A score is the sum
over the trees in their order, in double precision, so it is the number that lightgbm itself gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.watch.risk.tree_kernels import add_contributions, add_scores

__all__ = ["BoostedTrees"]

_CATEGORICAL: Final = 1
_DEFAULT_LEFT: Final = 2
_MISSING_ZERO, _MISSING_NAN = 1, 2
_ENOUGH_FOR_THREADS: Final = 20_000
_ARRAYS: Final = {
    "tree_start": np.int32,
    "leaf_start": np.int32,
    "feature": np.int32,
    "threshold": np.float64,
    "missing": np.int8,
    "left": np.int32,
    "right": np.int32,
    "cover": np.float64,
    "leaf_value": np.float64,
    "leaf_cover": np.float64,
}


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """Trees of binary splits ``value <= threshold``, one after the other in flat arrays.

    Parameters
    ----------
    features : int
        How many columns a row has.
    tree_start, leaf_start : ndarray of int32, shape (trees + 1,)
        Where each tree's splits and leaves begin. A tree without splits has one leaf.
    feature : ndarray of int32, shape (splits,)
    threshold : ndarray of float64, shape (splits,)
    missing : ndarray of int8, shape (splits,)
        Where NaN goes: 0 right, 1 left, 2 wherever the value 0 would go.
    left, right : ndarray of int32, shape (splits,)
        The next split, counted over all trees; a leaf where negative: ``-1 - leaf``, counted over all trees.
    cover : ndarray of float64, shape (splits,)
        Training rows that reached the split.
    leaf_value, leaf_cover : ndarray of float64, shape (leaves,)

    Raises
    ------
    BadInput
        If the arrays do not describe trees.
    """

    features: int
    tree_start: NDArray[np.int32]
    leaf_start: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    missing: NDArray[np.int8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    cover: NDArray[np.float64]
    leaf_value: NDArray[np.float64]
    leaf_cover: NDArray[np.float64]

    def __post_init__(self) -> None:
        splits, leaves = len(self.feature), len(self.leaf_value)
        sizes = {len(part) for part in (self.threshold, self.missing, self.left, self.right, self.cover)}
        sound = sizes == {splits} and len(self.leaf_cover) == leaves and len(self.tree_start) == len(self.leaf_start)
        sound = sound and len(self.tree_start) > 0 and self.tree_start[0] == 0 and self.leaf_start[0] == 0
        sound = sound and self.tree_start[-1] == splits and self.leaf_start[-1] == leaves
        sound = sound and bool((np.diff(self.leaf_start) == np.diff(self.tree_start) + 1).all())
        if not (sound and self._is_forest()):
            raise BadInput("the arrays do not describe trees", where="boosted trees")

    def _is_forest(self) -> bool:
        """Whether every child lies after its parent in the same tree, is reached once, and every feature exists."""
        splits = np.arange(len(self.feature))
        tree = np.searchsorted(self.tree_start, splits, side="right") - 1
        for child in (self.left, self.right):
            inner = child >= 0
            leaf = -1 - child[~inner]
            if (child[inner] <= splits[inner]).any() or (child[inner] >= self.tree_start[tree[inner] + 1]).any():
                return False
            if (leaf < self.leaf_start[tree[~inner]]).any() or (leaf >= self.leaf_start[tree[~inner] + 1]).any():
                return False
        children = np.concatenate([self.left, self.right])
        once = len(np.unique(children)) == len(children)
        known = not len(self.feature) or bool(((self.feature >= 0) & (self.feature < self.features)).all())
        numbers = np.isfinite(self.threshold).all() and np.isfinite(self.leaf_value).all()
        covered = bool((self.cover > 0).all() and (self.leaf_cover >= 0).all())
        return bool(once and known and numbers and covered)

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return len(self.tree_start) - 1

    def score(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the trees for each row, shape (rows,).

        Parameters
        ----------
        rows : ndarray of float64, shape (rows, features)
            NaN where missing.
        """
        table = self._table(rows)
        total = np.zeros(len(table))
        arrays = (self.tree_start, self.leaf_start, self.feature, self.threshold, self.missing, self.left, self.right)
        if len(table) < _ENOUGH_FOR_THREADS:
            add_scores(table, *arrays, self.leaf_value, total)
            return total
        with ThreadPoolExecutor(2) as pool:  # the kernel holds no lock
            parts = zip(np.array_split(table, 2), np.array_split(total, 2), strict=True)
            for done in [pool.submit(add_scores, part, *arrays, self.leaf_value, sums) for part, sums in parts]:
                done.result()
        return total

    def contributions(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return what each feature added to each row's score, and the score to which it was added.

        The Shapley values of path-dependent expectation: a feature that is not known leaves a row on both sides of a
        split, in the shares of the training rows (Lundberg et al., Nature Machine Intelligence 2020;2:56-67). The
        contributions of a row and the base sum to its score.

        Parameters
        ----------
        rows : ndarray of float64, shape (rows, features)

        Returns
        -------
        contributions : ndarray of float64, shape (rows, features)
        base : float
        """
        table = self._table(rows)
        added = np.zeros(table.shape)
        arrays = (self.tree_start, self.leaf_start, self.feature, self.threshold, self.missing, self.left, self.right)
        base = add_contributions(table, *arrays, self.cover, self.leaf_value, self.leaf_cover, added)
        return added, float(base)

    def scaled(self, factor: float) -> BoostedTrees:
        """Return the same trees with every leaf multiplied."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return BoostedTrees(self.features, **{**arrays, "leaf_value": self.leaf_value * factor})

    def over(self, features: int, columns: Sequence[int]) -> BoostedTrees:
        """Return the same trees for wider rows, in which the trees' own columns stand at other places.

        Parameters
        ----------
        features : int
            How many columns the wider rows have.
        columns : sequence of int
            Where each of the trees' own columns stands in them.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        places = np.asarray(columns, dtype=np.int32)
        return BoostedTrees(features, **{**arrays, "feature": places[self.feature]})

    def as_dict(self) -> dict[str, Any]:
        """Return the trees as JSON-able values; numbers come back exactly."""
        return {"features": self.features, **{name: getattr(self, name).tolist() for name in _ARRAYS}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> BoostedTrees:
        """Return trees of what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it does not describe trees.
        """
        try:
            arrays = {name: np.array(document[name], dtype=kind) for name, kind in _ARRAYS.items()}
            return cls(int(document["features"]), **arrays)
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise BadInput(f"the arrays do not describe trees: {problem}", where="boosted trees") from None

    @classmethod
    def together(cls, several: Sequence[BoostedTrees]) -> BoostedTrees:
        """Return all the trees of several models as one model, whose score is the sum of theirs."""
        split_at = np.cumsum([0, *(len(one.feature) for one in several)]).tolist()
        leaf_at = np.cumsum([0, *(len(one.leaf_value) for one in several)]).tolist()

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(one, name) for one in several])

        def children(name: str) -> NDArray[np.int32]:
            moved = [
                np.where(getattr(one, name) >= 0, getattr(one, name) + split, getattr(one, name) - leaf)
                for one, split, leaf in zip(several, split_at[:-1], leaf_at[:-1], strict=True)
            ]
            return np.concatenate(moved).astype(np.int32)

        def starts(name: str, shift: list[int]) -> NDArray[np.int32]:
            parts = [getattr(one, name)[:-1] + at for one, at in zip(several, shift[:-1], strict=True)]
            return np.concatenate([*parts, shift[-1:]]).astype(np.int32)

        plain = ("feature", "threshold", "missing", "cover", "leaf_value", "leaf_cover")
        return cls(
            several[0].features,
            tree_start=starts("tree_start", split_at),
            leaf_start=starts("leaf_start", leaf_at),
            left=children("left"),
            right=children("right"),
            **{name: joined(name) for name in plain},
        )

    @classmethod
    def of_lightgbm(cls, text: str) -> BoostedTrees:
        """Return the trees of ``lightgbm.Booster.model_to_string()``.

        Raises
        ------
        BadInput
            If a tree splits on a category, takes zero as missing, or has linear leaves: Fyr trains none of these.
        """
        header, *blocks = text.split("\nTree=")
        features = 1 + int(
            next(line for line in header.splitlines() if line.startswith("max_feature_idx=")).split("=")[1]
        )
        return cls.together([_one_tree(features, _fields(block.split("\n\n", maxsplit=1)[0])) for block in blocks])

    def _table(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        table = np.ascontiguousarray(rows, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.features:
            raise BadInput(f"rows of shape {table.shape} for trees over {self.features} features")
        return table


def _fields(block: str) -> dict[str, list[str]]:
    pairs = (line.split("=", maxsplit=1) for line in block.splitlines() if "=" in line)
    return {name: values.split() for name, values in pairs}


def _one_tree(features: int, fields: Mapping[str, list[str]]) -> BoostedTrees:
    decision = np.array(fields.get("decision_type", []), dtype=np.int64)
    kind = (decision >> 2) & 3
    if (decision & _CATEGORICAL).any() or (kind == _MISSING_ZERO).any() or fields.get("is_linear", ["0"]) != ["0"]:
        raise BadInput(
            "a tree splits on a category, takes zero as missing or has linear leaves", where="lightgbm model"
        )
    leaves = int(fields["num_leaves"][0])
    missing = np.where(kind == _MISSING_NAN, (decision & _DEFAULT_LEFT) // _DEFAULT_LEFT, 2)
    return BoostedTrees(
        features,
        tree_start=np.array([0, leaves - 1], dtype=np.int32),
        leaf_start=np.array([0, leaves], dtype=np.int32),
        feature=np.array(fields.get("split_feature", []), dtype=np.int32),
        threshold=np.nan_to_num(_numbers(fields.get("threshold", []))),  # infinite where it only asks: is it missing?
        missing=missing.astype(np.int8),
        left=np.array(fields.get("left_child", []), dtype=np.int32),
        right=np.array(fields.get("right_child", []), dtype=np.int32),
        cover=_numbers(fields.get("internal_count", [])),
        leaf_value=_numbers(fields["leaf_value"]),
        leaf_cover=_numbers(fields["leaf_count"]) if "leaf_count" in fields else np.ones(leaves),
    )


def _numbers(words: Iterable[str]) -> NDArray[np.float64]:
    return np.array([float(word) for word in words], dtype=np.float64)
