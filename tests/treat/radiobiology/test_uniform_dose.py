"""Generalised means against worked values, the direct sum and the laws of power means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.treat.radiobiology import (
    generalised_mean,
    generalised_mean_of_draws,
    generalised_means,
    mean_dose,
    volume_shares,
)


@pytest.mark.parametrize(("a", "expected"), [(1, 20.0), (8, 26.276), (-10, 11.160)])
def test_ten_twenty_and_thirty_gray(a: float, expected: float) -> None:
    assert generalised_mean([10, 20, 30], [1, 1, 1], a) == pytest.approx(expected, abs=5e-4)


@given(
    st.lists(st.tuples(st.floats(0.1, 80), st.floats(0.01, 50)), min_size=1, max_size=8),
    st.floats(0.1, 60),
    st.floats(1.01, 2),
)
def test_a_power_mean_rises_with_its_exponent_and_stays_inside_the_doses(bins, a, factor) -> None:  # type: ignore[no-untyped-def]
    doses, volumes = np.array(bins).T
    lower, higher = generalised_mean(doses, volumes, a), generalised_mean(doses, volumes, a * factor)
    assert doses.min() * (1 - 1e-9) <= lower <= higher * (1 + 1e-9) <= doses.max() * (1 + 2e-9)


def test_a_cold_bin_counts_as_none_and_empties_a_negative_exponent() -> None:
    assert generalised_mean([0, 20], [1, 1], 1) == pytest.approx(10)
    assert generalised_mean([0, 20], [1, 1], -10) == 0
    assert generalised_mean([0, 0], [1, 1], 5) == 0


def test_a_large_exponent_does_not_overflow() -> None:
    assert generalised_mean([1e-3, 80], [1, 1e-6], 400) == pytest.approx(80 * (1e-6) ** (1 / 400), rel=1e-6)


def test_drawn_exponents_agree_with_the_sum_over_bins() -> None:
    random = np.random.default_rng(3)
    histograms = [
        volume_shares(random.uniform(0, 80, 200), random.uniform(0, 1, 200)),
        volume_shares([0.0, 70.0], [0.9, 0.1]),
        volume_shares([0.0], [1.0]),
        volume_shares([2.0, 76.0, 80.0], [0.98, 0.015, 0.005]),
    ]
    a = np.exp(random.normal(np.log(11), 0.5, 500))
    direct = np.array([[(shares @ doses**one) ** (1 / one) for doses, shares in histograms] for one in a])
    np.testing.assert_allclose(generalised_mean_of_draws(histograms, a), direct, rtol=1e-6)


def test_few_draws_are_summed_directly() -> None:
    doses, shares = volume_shares([10.0, 30.0], [1.0, 1.0])
    found = generalised_mean_of_draws([(doses, shares)], np.array([1.0, 2.0]))
    np.testing.assert_allclose(found[:, 0], generalised_means(doses, shares, [1, 2]))


@pytest.mark.parametrize(
    ("doses", "volumes"),
    [([1, 2], [1]), ([1], [0]), ([], []), ([-1], [1]), ([1], [-1]), ([np.nan], [1]), ([[1]], [[1]])],
)
def test_what_is_no_histogram_is_refused(doses: list[float], volumes: list[float]) -> None:
    with pytest.raises(BadInput):
        mean_dose(doses, volumes)
