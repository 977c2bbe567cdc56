"""The linear-quadratic effect against worked values, limits and sums over single fractions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from fyr.errors import BadInput
from fyr.treat.radiobiology import (
    biologically_effective_dose,
    equivalent_dose,
    incomplete_repair_factor,
    protraction_factor,
    repopulation_loss,
)


@pytest.mark.parametrize(("ratio", "expected"), [(10, 126.0), (3, 226.8)])
def test_three_times_eighteen_gray_in_two_gray_fractions(ratio: float, expected: float) -> None:
    assert equivalent_dose(54, 3, ratio) == pytest.approx(expected, abs=1e-9)


def test_two_gray_fractions_are_their_own_equivalent() -> None:
    assert equivalent_dose([50.0, 70.0], [25, 35], 3) == pytest.approx([50, 70])


def test_every_dose_of_a_distribution_has_its_own_fraction_dose() -> None:
    assert equivalent_dose([60.0, 30.0, 0.0], 30, 3) == pytest.approx([60, 30 * (1 + 3) / 5, 0])


@given(st.floats(0.1, 100), st.integers(1, 60), st.floats(0.5, 20))
def test_the_effective_dose_lies_above_the_dose_and_falls_with_more_fractions(dose, fractions, ratio) -> None:  # type: ignore[no-untyped-def]
    fewer, more = biologically_effective_dose(dose, [fractions, fractions + 1], ratio)
    assert dose < more < fewer


def test_incomplete_repair_is_what_pairs_of_fractions_leave() -> None:
    """Sum over pairs of fractions within a day of what is left of the earlier one: Thames 1985, not yet summed."""
    interval, half_time = 6.0, 4.0
    for number in (1, 2, 3, 4):
        left = sum(
            0.5 ** ((later - earlier) * interval / half_time) for later in range(number) for earlier in range(later)
        )
        assert incomplete_repair_factor(number, interval, half_time) == pytest.approx(2 * left / number, abs=1e-12)


def test_incomplete_repair_vanishes_after_a_long_interval_and_is_whole_after_none() -> None:
    assert incomplete_repair_factor(3, 1000, 1) == pytest.approx(0, abs=1e-12)
    three_at_once = incomplete_repair_factor(3, 1e-3, 10)  # one fraction of three times the dose: (1 + h) d = 3 d
    assert three_at_once == pytest.approx(2, abs=1e-3)


def test_protraction_is_the_double_integral_of_lea_and_catcheside() -> None:
    duration, half_time = 3.0, 1.5
    rate = np.log(2) / half_time
    double, _ = dblquad(lambda earlier, later: np.exp(-rate * (later - earlier)), 0, duration, 0, lambda later: later)
    assert protraction_factor(duration, half_time) == pytest.approx(2 * double / duration**2, abs=1e-9)


def test_protraction_has_no_seam_between_its_series_and_its_closed_form() -> None:
    near, far = protraction_factor(np.array([0.999e-3, 1.001e-3]) / np.log(2), 1.0)
    assert near - far == pytest.approx(2e-6 / 3, rel=1e-3)
    assert protraction_factor(0, 1) == 1


def test_repopulation_takes_nothing_before_the_kick_off() -> None:
    assert repopulation_loss([20, 28, 38], 28, 0.6) == pytest.approx([0, 0, 6])
    assert biologically_effective_dose(60, 30, 10, loss_gy=6.0) == pytest.approx(66)


def test_an_effective_dose_is_never_below_none() -> None:
    assert biologically_effective_dose(1, 1, 10, loss_gy=6.0) == 0


@pytest.mark.parametrize("wrong", [(-1, 1, 3), (1, 0, 3), (1, 1, 0), (1, 1, np.nan), (np.nan, 1, 3)])
def test_what_cannot_be_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput):
        biologically_effective_dose(*wrong)
