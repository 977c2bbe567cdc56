"""Totals in 128 bits are exact, whatever the order."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import Refused
from fyr.learn.federation.disclosure.fixed_point import add, from_fixed, negate, to_fixed

_NUMBERS = st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=12)


@given(st.lists(_NUMBERS, min_size=1, max_size=6))
def test_a_total_is_the_exact_sum_rounded_once(sites: list[list[float]]) -> None:
    size = min(map(len, sites))
    values = [np.array(one[:size]) for one in sites]
    total = to_fixed(values[0], len(values))
    for one in values[1:]:
        total = add(total, to_fixed(one, len(values)))
    found = from_fixed(total)
    for at in range(size):
        units = sum(round(Fraction(float(one[at])) * 2**64) for one in values)
        # What is below half a unit may round either way in each number.
        assert abs(Fraction(float(found[at])) * 2**64 - units) <= len(values) + abs(units) * Fraction(1, 2**53)


@given(st.floats(-1e15, 1e15))
def test_a_number_of_a_thousandth_or_more_comes_back_as_it_was(value: float) -> None:
    found = float(from_fixed(to_fixed(np.array([value])))[0])
    if abs(value) >= 1e-3:
        assert found == value
    else:
        assert abs(found - value) <= 2.0**-65


@given(st.permutations(range(5)), st.lists(st.floats(-1e12, 1e12), min_size=5, max_size=5))
def test_order_does_not_matter(order: list[int], values: list[float]) -> None:
    limbs = [to_fixed(np.array([one])) for one in values]
    straight, mixed = limbs[0], limbs[order[0]]
    for at in range(1, 5):
        straight, mixed = add(straight, limbs[at]), add(mixed, limbs[order[at]])
    np.testing.assert_array_equal(straight, mixed)


@given(_NUMBERS)
def test_a_number_and_its_negative_are_nothing(values: list[float]) -> None:
    limbs = to_fixed(np.array(values))
    assert not add(limbs, negate(limbs)).any()
    np.testing.assert_array_equal(from_fixed(negate(limbs)), -from_fixed(limbs))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 4.7e18, -4.7e18])
def test_what_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(Refused, match="masked sums"):
        to_fixed(np.array([1.0, value]))


def test_room_is_left_for_the_total() -> None:
    most = np.nextafter(2.0**62 / 4, 0)
    total = to_fixed(np.array([most]), 4)
    for _ in range(3):
        total = add(total, to_fixed(np.array([most]), 4))
    assert float(from_fixed(total)[0]) == 4 * most
    with pytest.raises(Refused, match="too large"):
        to_fixed(np.array([2.0**60]), 4)


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1)), min_size=1, max_size=20))
def test_a_number_of_both_limbs_is_rounded_once(limbs: list[tuple[int, int]]) -> None:
    found = from_fixed(np.array(limbs, dtype=np.uint64))
    assert found.tolist() == [((high << 64) | low) / (1 << 64) for low, high in limbs]
