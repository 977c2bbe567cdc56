"""The meter counts whom linear combinations of sums single out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fyr.learn.federation.disclosure.leak import cell_groups, isolable, isolable_by_cell


def _in_span(groups: np.ndarray, wanted: np.ndarray) -> bool:
    found, *_ = np.linalg.lstsq(groups.T.astype(float), wanted, rcond=None)
    return bool(np.abs(groups.T @ found - wanted).max() < 1e-8)


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 9))))
def test_who_is_alone_is_who_has_an_indicator_in_the_span(groups: np.ndarray) -> None:
    alone, narrow = isolable(groups, 3)
    rows = groups.shape[1]
    unit = np.eye(rows)
    expected = np.array([_in_span(groups, unit[one]) for one in range(rows)])
    np.testing.assert_array_equal(alone, expected)
    span = np.linalg.svd(groups.astype(float), full_matrices=False)
    basis = span.Vh[span.S > 1e-9]
    for first, second in combinations(np.flatnonzero(~alone), 2):
        rest = np.setdiff1d(np.arange(rows), [first, second])
        # A combination of these two alone is known if the span loses a dimension where they are not looked at.
        known = np.linalg.matrix_rank(basis[:, rest], tol=1e-9) < len(basis)
        if known and not alone.any():
            assert narrow[first]
            assert narrow[second]


def test_one_patient_added_is_alone_and_two_are_few() -> None:
    before = np.array([1, 1, 1, 1, 1, 0, 0], dtype=bool)
    one = np.array([1, 1, 1, 1, 1, 1, 0], dtype=bool)
    two = np.ones(7, dtype=bool)
    assert np.flatnonzero(isolable([before, one], 3)[0]).tolist() == [5]
    alone, narrow = isolable([before, two], 3)
    assert not alone.any()
    assert np.flatnonzero(narrow).tolist() == [5, 6]
    assert not isolable([before, two], 2)[1].any()


def test_a_tracker_of_three_groups_is_found() -> None:
    # Denning's tracker: nobody is in a small group, yet A + B - all is one patient.
    a, b = np.ones(11, dtype=bool), np.ones(11, dtype=bool)
    a[:5], b[6:] = False, False
    everyone = np.ones(11, dtype=bool)
    assert np.flatnonzero(isolable([everyone, a, b], 3)[0]).tolist() == [5]


def test_one_replaced_by_another_is_a_pair() -> None:
    before = np.array([1] * 10 + [1, 0], dtype=bool)
    after = np.array([1] * 10 + [0, 1], dtype=bool)
    alone, narrow = isolable([before, after], 3)
    assert not alone.any()
    assert np.flatnonzero(narrow).tolist() == [10, 11]


def test_a_larger_minimum_holds_for_groups_and_what_is_left_of_them() -> None:
    everyone, most = np.ones(20, dtype=bool), np.arange(20) >= 4
    assert isolable([everyone, most], 5)[1].sum() == 4
    assert not isolable([everyone, most], 4)[1].any()


@pytest.mark.parametrize("minimum", [1, 2, 3, 5])
def test_large_groups_give_nothing_away(minimum: int) -> None:
    cell = np.repeat(np.arange(6), 10)
    alone, narrow = isolable(cell_groups(cell), minimum)
    assert not alone.any()
    assert not narrow.any()
    assert isolable_by_cell(cell) == 0
