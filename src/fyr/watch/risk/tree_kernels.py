"""The loops over rows, trees and leaves; see :class:`fyr.watch.risk.boosted_trees.BoostedTrees` for the arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["add_contributions", "add_scores"]

_DEEPEST = 64


@njit(cache=True, nogil=True)
def add_scores(
    rows: NDArray[np.float64],
    tree_start: NDArray[np.int32],
    leaf_start: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    missing: NDArray[np.int8],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    leaf_value: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:
    """Add every tree's leaf to the total of each row, shape (rows,), tree after tree."""
    for row in range(len(rows)):
        score = total[row]
        for tree in range(len(tree_start) - 1):
            node = tree_start[tree]
            if node == tree_start[tree + 1]:
                score += leaf_value[leaf_start[tree]]
                continue
            while node >= 0:
                value = rows[row, feature[node]]
                if value <= threshold[node]:
                    node = left[node]
                elif value == value:  # noqa: PLR0124  NaN is not itself
                    node = right[node]
                elif missing[node] == 1 or (missing[node] == 2 and threshold[node] >= 0.0):
                    node = left[node]
                else:
                    node = right[node]
            score += leaf_value[-1 - node]
        total[row] = score


@njit(cache=True, nogil=True)
def _goes_left(value: float, threshold: float, missing: int) -> bool:
    if value == value:  # noqa: PLR0124  NaN is not itself
        return value <= threshold
    return missing == 1 or (missing == 2 and threshold >= 0.0)


@njit(cache=True, nogil=True)
def _shapley_weight(known: Any, share: Any, count: int, left_out: int, ways: Any) -> float:
    """Return the mean, over orders of joining, of the share of a leaf when all but one path feature join or do not.

    `ways[k]` gathers the products in which k of the other features are known: one polynomial coefficient each.
    """
    ways[0] = 1.0
    others = 0
    for place in range(count):
        if place == left_out:
            continue
        others += 1
        ways[others] = 0.0
        for size in range(others, 0, -1):
            ways[size] = ways[size] * share[place] + ways[size - 1] * known[place]
        ways[0] *= share[place]
    weight, total = 1.0 / count, 0.0  # size! (count - 1 - size)! / count!
    for size in range(others + 1):
        total += weight * ways[size]
        if size < others:
            weight *= (size + 1.0) / (others - size)
    return total


@njit(cache=True, nogil=True)
def add_contributions(  # noqa: PLR0912  one loop nest, for speed
    rows: NDArray[np.float64],
    tree_start: NDArray[np.int32],
    leaf_start: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    missing: NDArray[np.int8],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    cover: NDArray[np.float64],
    leaf_value: NDArray[np.float64],
    leaf_cover: NDArray[np.float64],
    added: NDArray[np.float64],
) -> float:
    """Add Shapley values, leaf by leaf, to `added`, shape (rows, features); return the expected score."""
    parent = np.full(len(feature), -1, np.int32)
    leaf_parent = np.full(len(leaf_value), -1, np.int32)
    for node in range(len(feature)):
        for child in (left[node], right[node]):
            if child >= 0:
                parent[child] = node
            else:
                leaf_parent[-1 - child] = node
    path = np.empty(_DEEPEST, np.int64)
    known, share, ways = np.empty(_DEEPEST), np.empty(_DEEPEST), np.empty(_DEEPEST + 1)
    base = 0.0
    for tree in range(len(tree_start) - 1):
        root = tree_start[tree]
        if root == tree_start[tree + 1]:
            base += leaf_value[leaf_start[tree]]
            continue
        for leaf in range(leaf_start[tree], leaf_start[tree + 1]):
            base += leaf_value[leaf] * leaf_cover[leaf] / cover[root]
            for row in range(len(rows)):
                count, child = 0, -1 - leaf
                node = leaf_parent[leaf]
                while node >= 0:
                    weight = leaf_cover[leaf] if child < 0 else cover[child]
                    taken = _goes_left(rows[row, feature[node]], threshold[node], missing[node]) == (
                        left[node] == child
                    )
                    place = 0
                    while place < count and path[place] != feature[node]:
                        place += 1
                    if place == count:
                        path[place], known[place], share[place] = feature[node], 1.0, 1.0
                        count += 1
                    known[place] *= 1.0 if taken else 0.0
                    share[place] *= weight / cover[node]
                    child, node = node, parent[node]
                for place in range(count):
                    step = known[place] - share[place]
                    if step != 0.0:
                        added[row, path[place]] += (
                            leaf_value[leaf] * step * _shapley_weight(known, share, count, place, ways)
                        )
    return base
