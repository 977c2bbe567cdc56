"""Slopes in whole numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import default_rng

from fyr.learn.federation.boosting.histograms import deal, histogram, thin_splits
from fyr.learn.federation.boosting.levels import (
    BLOCK,
    COUNT_BITS,
    CURVE_BITS,
    MOST,
    exponential,
    packed,
    row_keys,
    slopes,
    tree_key,
)


def test_the_exponential_is_that_of_the_library_to_two_units_in_the_last_place() -> None:
    for x in [*np.linspace(-600, 600, 20_001), *np.linspace(-1, 1, 10_001), 0.0, 1e-300]:
        assert abs(exponential(float(x)) - math.exp(x)) <= 2 * math.ulp(math.exp(x))
    assert exponential(1e9) == exponential(600.0)


def test_the_exponential_is_made_of_plain_additions_and_multiplications() -> None:
    x = default_rng(1).uniform(-30, 30, 2000)
    power = np.floor(x * 1.4426950408889634 + 0.5)
    rest = (x - power * 6.93147180369123816490e-01) - power * 1.90821492927058770002e-10
    total = np.zeros(2000)
    for n in range(13, -1, -1):
        total = total * rest + 1.0 / math.factorial(n)
    twin = np.ldexp(total, power.astype(np.int64))
    assert [exponential(float(one)) for one in x] == twin.tolist()


def _rows(several: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    draw = default_rng(several)
    bins = draw.integers(0, 7, (several, 3)).astype(np.uint8)
    bins[:, 1] %= 3
    outcome = draw.integers(0, 2, several).astype(np.float64)
    score = draw.normal(size=several) * 3
    slope, curve = np.empty(several), np.empty(several)
    slopes(0, score, outcome, 1.0, slope, curve)
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-score)) - outcome, atol=1e-15)
    np.testing.assert_allclose(curve, np.exp(-score) / (1 + np.exp(-score)) ** 2, atol=1e-15)
    return bins, outcome, slope, curve


def test_levels_keep_the_mean_and_do_not_depend_on_the_place_of_a_row() -> None:
    bins, outcome, slope, curve = _rows(200_000)
    keys = row_keys(bins, outcome.view(np.uint64))
    # rows here have few bins; make their keys differ as those of many columns do
    keys = keys ^ default_rng(2).integers(0, 1 << 63, len(keys)).astype(np.uint64)
    levels = np.empty(len(keys), np.int64)
    packed(slope, curve, keys, np.uint64(tree_key(1, 0)), 8192.0, 32768.0, levels)
    up = levels >> (COUNT_BITS + CURVE_BITS)
    bend = (levels >> COUNT_BITS) & ((1 << CURVE_BITS) - 1)
    assert np.abs(up - slope * 8192).max() <= 1
    assert np.abs(bend - curve * 32768).max() <= 1
    assert abs((up - slope * 8192).sum()) < 4 * math.sqrt(len(keys) / 4)
    assert abs((bend - curve * 32768).sum()) < 4 * math.sqrt(len(keys) / 4)
    turned = np.empty(len(keys), np.int64)
    packed(slope[::-1], curve[::-1], keys[::-1], np.uint64(tree_key(1, 0)), 8192.0, 32768.0, turned)
    np.testing.assert_array_equal(turned[::-1], levels)
    packed(slope, curve, keys, np.uint64(tree_key(1, 1)), 8192.0, 32768.0, turned)
    assert (turned != levels).mean() > 0.3


def test_the_largest_levels_of_a_whole_block_do_not_run_into_each_other() -> None:
    order = np.arange(BLOCK * 2 + 5, dtype=np.int32)
    bins = np.zeros((len(order), 1), np.uint8)
    offsets = np.array([0, 2], dtype=np.uint64)
    for sign in (1, -1):
        level = (sign * MOST << (COUNT_BITS + CURVE_BITS)) + (MOST << COUNT_BITS) + 1
        sums = histogram(bins, order, np.full(len(order), level, np.int64), offsets)
        assert sums[:, 0].tolist() == [sign * MOST * len(order), MOST * len(order), len(order)]
        assert not sums[:, 1].any()


def test_histograms_are_those_of_plain_numpy_whatever_the_number_of_threads() -> None:
    bins, outcome, slope, curve = _rows(120_001)
    levels = np.empty(len(bins), np.int64)
    keys = row_keys(bins, outcome.view(np.uint64))
    packed(slope, curve, keys, np.uint64(tree_key(3, 4)), 8192.0, 32768.0, levels)
    offsets = np.array([0, 7, 10, 17], dtype=np.uint64)
    order = np.flatnonzero(default_rng(8).random(len(bins)) < 0.8).astype(np.int32)
    for some in (order, order[:40_000]):
        found = histogram(bins, some, levels, offsets)
        plain = np.zeros((3, 17), np.int64)
        for column in range(3):
            places = bins[some, column].astype(np.int64) + int(offsets[column])
            np.add.at(plain[0], places, levels[some] >> (COUNT_BITS + CURVE_BITS))
            np.add.at(plain[1], places, (levels[some] >> COUNT_BITS) & ((1 << CURVE_BITS) - 1))
            np.add.at(plain[2], places, 1)
        np.testing.assert_array_equal(found, plain)


def test_rows_are_dealt_in_their_order_and_missing_values_where_they_are_sent() -> None:
    column = default_rng(4).integers(0, 6, 1000).astype(np.uint8)
    start = np.flatnonzero(column < 6)[::3].astype(np.int32)
    for missing_left in (True, False):
        order = start.copy()
        left = deal(column, order, 2, 5, missing_left, np.empty(len(order), np.int32))
        goes = (column[start] <= 2) | ((column[start] == 5) & missing_left)
        np.testing.assert_array_equal(order[:left], start[goes])
        np.testing.assert_array_equal(order[left:], start[~goes])


def test_thin_splits_are_counted_by_side_and_by_the_way_of_missing_values() -> None:
    counts = np.array([2, 0, 5, 1, 3, 9, 0], dtype=np.int64)  # bins 0..3 and 3 missing; then bins 9, and 0 missing
    offsets = np.array([0, 5, 7], dtype=np.uint64)
    thin = thin_splits(counts, offsets, 3)
    plain = np.zeros(7)
    for first, last in ((0, 4), (5, 6)):
        rows = counts[first : last + 1].sum()
        for place in range(first, last):
            for code, left in (
                (1, counts[first : place + 1].sum()),
                (65536, counts[first : place + 1].sum() + counts[last]),
            ):
                plain[place] += code * ((0 < left < 3) + (0 < rows - left < 3))
    np.testing.assert_array_equal(thin, plain)
    assert thin.any()
