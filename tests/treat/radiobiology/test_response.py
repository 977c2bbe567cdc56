"""Response models against worked values, quadrature and the laws that tie them together."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from fyr.errors import BadInput
from fyr.treat.radiobiology import (
    linear_predictor_logistic,
    logistic_by_ratio,
    logistic_by_slope,
    lyman,
    poisson_control,
    relative_seriality,
    surviving_share,
)


@pytest.mark.parametrize(
    ("dose", "td50", "m", "expected"),
    [(20, 30.8, 0.37, 0.1716), (26, 39.9, 0.40, 0.1919), (70, 76.9, 0.13, 0.2450)],
)
def test_lyman_at_worked_values(dose: float, td50: float, m: float, expected: float) -> None:
    assert lyman(dose, td50, m) == pytest.approx(expected, abs=5e-5)
    assert lyman(dose, td50, m) == pytest.approx(0.5 * (1 + math.erf((dose - td50) / (m * td50) / 2**0.5)), abs=1e-12)


def test_the_logistic_of_a_linear_predictor() -> None:
    assert linear_predictor_logistic(-3.87 + 0.126 * 20) == pytest.approx(0.2059, abs=5e-5)


def test_every_form_is_a_half_at_its_median_dose_with_its_normalised_slope() -> None:
    step = 1e-5
    for function, slope, steepness in ((logistic_by_slope, 1.7, 1.7), (logistic_by_ratio, 4 * 1.7, 1.7)):
        low, middle, high = function([40 * (1 - step), 40, 40 * (1 + step)], 40, slope)
        assert middle == pytest.approx(0.5)
        assert (high - low) / (2 * step) == pytest.approx(steepness, rel=1e-6)
    low, high = lyman([40 * (1 - step), 40 * (1 + step)], 40, 0.2)
    assert (high - low) / (2 * step) == pytest.approx(norm.pdf(0) / 0.2, rel=1e-6)


def test_no_dose_is_no_risk_on_a_logarithmic_scale() -> None:
    assert logistic_by_ratio(0, 46.7, 7.2) == 0


def test_seriality_of_half_an_organ_at_thirty_and_half_at_sixty_gray() -> None:
    assert relative_seriality([30, 60], [0.5, 0.5], 52.3, 1.28, 1) == pytest.approx(0.4309, abs=5e-5)


def test_seriality_in_its_own_words() -> None:
    """The formula of Källman, Ågren and Brahme, written down a second time without logarithms."""
    doses, shares, d50, gamma, s = [12.0, 40.0, 66.0], [0.5, 0.3, 0.2], 49.2, 1.5, 0.2
    whole = [2 ** -math.exp(math.e * gamma * (1 - dose / d50)) for dose in doses]
    product = math.prod((1 - one**s) ** share for one, share in zip(whole, shares, strict=True))
    assert relative_seriality(doses, shares, d50, gamma, s) == pytest.approx((1 - product) ** (1 / s), rel=1e-10)


def test_a_uniform_dose_does_not_ask_how_serial_the_organ_is() -> None:
    found = relative_seriality([52.3], [1.0], 52.3, 1.28, np.array([0.01, 0.3, 1, 5]))
    np.testing.assert_allclose(found, 0.5)


def test_draws_of_parameters_are_taken_together() -> None:
    d50, gamma, s = np.array([50.0, 55.0]), np.array([1.0, 2.0]), np.array([0.5, 1.0])
    together = relative_seriality([30, 60], [0.4, 0.6], d50, gamma, s)
    alone = [relative_seriality([30, 60], [0.4, 0.6], *one) for one in zip(d50, gamma, s, strict=True)]
    np.testing.assert_allclose(together, alone)


def test_one_sensitivity_is_the_poisson_of_the_survivors() -> None:
    survivors = 1e7 * math.exp(-0.3 * 60 * (1 + 2 / 10))
    found = poisson_control([60], [1], clonogens=1e7, fractions=30, alpha_per_gy=0.3, alpha_beta_gy=10)
    assert found == pytest.approx(math.exp(-survivors), abs=1e-12)
    assert surviving_share([60.0], [1.0], 30, np.array([0.3]), 10)[0] * 1e7 == pytest.approx(survivors)


@pytest.mark.parametrize(("alpha", "spread"), [(0.30, 0.08), (0.26, 0.06), (0.15, 0.04), (0.1, 0.1), (0.3, 0.001)])
def test_patients_differ_as_adaptive_quadrature_says(alpha: float, spread: float) -> None:
    doses, shares = np.array([55.0, 70.0]), np.array([0.05, 0.95])

    def control(one: float) -> float:
        survivors = sum(w * math.exp(-one * d * (1 + d / 35 / 3)) for d, w in zip(doses, shares, strict=True))
        return math.exp(-1e7 * survivors)

    low, high = max(0.0, alpha - 9 * spread), alpha + 9 * spread
    points = np.linspace(low, high, 60)
    pieces = list(pairwise(points))
    weighted = sum(quad(lambda one: control(one) * norm.pdf(one, alpha, spread), *piece)[0] for piece in pieces)
    weight = sum(quad(lambda one: norm.pdf(one, alpha, spread), *piece)[0] for piece in pieces)
    found = poisson_control(
        doses, shares, clonogens=1e7, fractions=35, alpha_per_gy=alpha, alpha_beta_gy=3, alpha_sd_per_gy=spread
    )
    assert found == pytest.approx(weighted / weight, abs=1e-6)


def test_cells_that_multiply_are_more_cells() -> None:
    course = {"fractions": 30, "alpha_per_gy": 0.3, "alpha_beta_gy": 10.0, "alpha_sd_per_gy": 0.05}
    doubled = poisson_control([60], [1], clonogens=2e7, **course)
    assert poisson_control([60], [1], clonogens=1e7, regrowth=2, **course) == pytest.approx(doubled, abs=1e-12)


@pytest.mark.parametrize(
    "wrong", [{"clonogens": 0}, {"alpha_per_gy": 0}, {"alpha_beta_gy": 0}, {"alpha_sd_per_gy": -1}]
)
def test_a_missing_number_is_refused(wrong: dict[str, float]) -> None:
    course = {"clonogens": 1e7, "fractions": 30, "alpha_per_gy": 0.3, "alpha_beta_gy": 10.0}
    with pytest.raises(BadInput):
        poisson_control([60], [1], **(course | wrong))  # type: ignore[arg-type]
