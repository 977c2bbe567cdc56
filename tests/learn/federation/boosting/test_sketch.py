"""Bins from counts of cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from fyr.learn.federation.boosting.sketch import Cuts, Sketch, cell_counts, edges_of


def _cuts(parts: list[np.ndarray], bins: int, least_bin: int = 5, least_cell: int = 1) -> tuple[Cuts, int]:
    """Return the cuts of one column that lies at several sites, and how many rounds they took."""
    sketch, rounds = Sketch(1, bins, least_bin), 0
    ordered = [np.sort(part) for part in parts]
    while (asked := sketch.question()) is not None:
        rounds += 1
        sketch.learn(
            sum(
                np.concatenate(
                    [
                        cell_counts(one, start, width, bits, least_cell)
                        for start, width, bits in zip(
                            asked["start"].tolist(), asked["width"].tolist(), asked["bits"].tolist(), strict=True
                        )
                    ]
                )
                for one in ordered
            )
        )
    return sketch.cuts(), rounds


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.integers(1, 11))
def test_every_row_is_counted_once_in_the_part_that_holds_it(values: list[float], bits: int) -> None:
    ordered = np.sort(np.array(values) + 0.0)
    counts = cell_counts(ordered, 0, 64, bits, 1)
    assert counts.sum() == len(values)
    keys = ordered.view(np.uint64)
    keys = np.where(keys >> np.uint64(63) == 1, ~keys, keys ^ np.uint64(1 << 63))
    np.testing.assert_array_equal(
        counts, np.bincount((keys >> np.uint64(64 - bits)).astype(np.int64), minlength=1 << bits)
    )


@given(st.lists(st.integers(0, 40), min_size=0, max_size=80), st.integers(2, 9))
def test_no_count_that_leaves_a_site_is_small_and_the_sum_stays(values: list[int], least: int) -> None:
    counts = cell_counts(np.sort(np.array(values, dtype=np.float64)), 0, 64, 11, least)
    assert not ((counts > 0) & (counts < least)).any()
    assert counts.sum() == (len(values) if len(values) >= least else 0)


def test_keys_sort_as_numbers_do() -> None:
    edges = edges_of(np.linspace(0, 2**64 - 1025, 1000).astype(np.uint64))
    assert (np.diff(edges[np.isfinite(edges)]) > 0).all()
    assert edges[0] == -np.inf
    assert edges[-1] == np.inf


@pytest.mark.parametrize(("shift", "spread"), [(0.0, 3.0), (2020.0, 3.0), (-1e9, 3.0), (1.7e9, 1e5), (0.0, 1e-9)])
def test_bins_of_a_continuous_column_hold_about_as_many_rows_each(shift: float, spread: float) -> None:
    values = default_rng(1).normal(size=30_000) * spread + shift
    cuts, rounds = _cuts([values[:10_000], values[10_000:]], 63)
    share = np.bincount(np.searchsorted(cuts.of(0), values, "right")) / len(values)
    assert 55 <= len(share) <= 63
    assert share.max() < 2.2 / 63
    assert rounds <= 4


def test_whole_numbers_have_bins_of_their_own() -> None:
    values = np.floor(default_rng(2).uniform(20, 60, 8000))
    cuts, _ = _cuts([values], 63)
    inside = np.searchsorted(cuts.of(0), np.unique(values), "right")
    assert inside.tolist() == list(range(40))
    assert set(cuts.of(0)) <= set(np.unique(values))


def test_yes_and_no_have_two_bins_and_one_value_has_one() -> None:
    assert _cuts([np.repeat([0.0, 1.0], [900, 100])], 63)[0].values.tolist() == [1.0]
    assert _cuts([np.full(500, 7.0)], 63)[0].values.tolist() == []
    assert _cuts([np.zeros(0)], 63)[0].values.tolist() == []


def test_a_bin_holds_no_fewer_rows_than_it_must() -> None:
    values = default_rng(3).lognormal(0, 2, 700)
    for least in (5, 40):
        cuts, _ = _cuts([values], 255, least)
        assert np.bincount(np.searchsorted(cuts.of(0), values, "right")).min() >= least


def test_the_same_rows_dealt_otherwise_give_the_same_bins() -> None:
    values = default_rng(4).normal(size=9000)
    whole = _cuts([values], 31)[0].values
    for sizes in ((4500, 4500), (10, 8990), (3000, 3000, 3000)):
        parts = np.split(values, np.cumsum(sizes)[:-1])
        np.testing.assert_array_equal(_cuts(parts, 31)[0].values, whole)


def test_bins_hardly_change_where_sites_hide_small_counts() -> None:
    values = default_rng(6).normal(size=9000)
    cuts = _cuts(np.split(values, 6), 31, least_cell=5)[0].of(0)
    share = np.bincount(np.searchsorted(cuts, values, "right")) / len(values)
    assert len(share) >= 28
    assert share.max() < 2.2 / 31
