"""The loops over rows, trees and leaves; see :class:`fyr.watch.risk.boosted_trees.BoostedTrees` for the arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["add_contributions", "add_scores"]

_BLOCK = 256
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
    """Add every tree's leaf to the total of each row, shape (rows,), tree after tree.

    A block of rows walks down a tree in step and without branches: a leaf is a place that leads to itself, so that
    every row takes as many steps as the tree is deep.
    """
    splits, places = len(feature), len(feature) + len(leaf_value)
    asked, cut, unknown_left = np.zeros(places, np.int32), np.zeros(places), np.zeros(places, np.int64)
    onward, value = np.empty(2 * places, np.int32), np.zeros(places)
    level, depth = np.ones(splits, np.int32), np.zeros(len(tree_start), np.int32)
    for tree in range(len(tree_start) - 1):
        end, shift = tree_start[tree + 1], leaf_start[tree]  # split i stands at i + shift, leaf j at end + j
        for split in range(tree_start[tree], end):
            place = split + shift
            asked[place], cut[place] = feature[split], threshold[split]
            unknown_left[place] = missing[split] == 1 or (missing[split] == 2 and threshold[split] >= 0.0)
            depth[tree] = max(depth[tree], level[split])
            for side, child in ((0, right[split]), (1, left[split])):
                onward[2 * place + side] = child + shift if child >= 0 else end - 1 - child
                if child >= 0:
                    level[child] = level[split] + 1
        for leaf in range(leaf_start[tree], leaf_start[tree + 1]):
            place = end + leaf
            onward[2 * place], onward[2 * place + 1], value[place] = place, place, leaf_value[leaf]
    at = np.empty(_BLOCK, np.int32)
    for first in range(0, len(rows), _BLOCK):
        count = min(_BLOCK, len(rows) - first)
        for tree in range(len(tree_start) - 1):
            at[:count] = tree_start[tree] + leaf_start[tree]
            for _ in range(depth[tree]):
                for row in range(count):
                    place = at[row]
                    found = rows[first + row, asked[place]]
                    unknown = np.int64(found != found) & unknown_left[place]  # noqa: PLR0124  NaN is not itself
                    at[row] = onward[2 * place + (np.int64(found <= cut[place]) | unknown)]
            for row in range(count):
                total[first + row] += value[at[row]]


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
