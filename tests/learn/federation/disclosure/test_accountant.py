"""What noise costs, held against published closed forms and another accountant."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.federation.disclosure.accountant import epsilon_of_rho, gaussian_renyi, gaussian_rho, rho_of_epsilon

_OF_PEER = [
    (5.0, 20, 1e-6, 4.60444007909725),
    (1.0, 1, 1e-5, 4.728387006138521),
    (2.0, 100, 1e-6, 37.4217995769032),
    (10.0, 1000, 1e-9, 24.405987658286314),
    (0.8, 1, 1e-5, 6.122631094143474),
]
"""Noise multiplier, releases, δ and the ε of dp-accounting 0.6.0's RdpAccountant, over 20,001 orders up to 2,000."""


@pytest.mark.parametrize(("noise", "releases", "delta", "epsilon"), _OF_PEER)
def test_it_is_what_another_accountant_says(noise: float, releases: int, delta: float, epsilon: float) -> None:
    found = epsilon_of_rho(releases * gaussian_rho(noise), delta)
    # The other one searches a grid of orders, so it can only be above.
    assert epsilon - 1e-6 < found <= epsilon


@given(st.floats(1e-6, 50), st.floats(1e-12, 1e-2))
def test_it_is_never_above_bun_and_steinke(rho: float, delta: float) -> None:
    assert epsilon_of_rho(rho, delta) <= rho + 2 * math.sqrt(rho * math.log(1 / delta)) + 1e-12


@given(st.floats(1e-4, 20), st.floats(1e-9, 1e-3), st.floats(1.01, 300))
def test_no_single_order_does_better(rho: float, delta: float, order: float) -> None:
    at_order = rho * order + math.log((order - 1) / order) + (math.log(1 / delta) - math.log(order)) / (order - 1)
    assert epsilon_of_rho(rho, delta) <= max(at_order, 0) + 1e-7


@pytest.mark.parametrize(("order", "noise", "renyi"), [(2, 1.0, 1.0), (32, 4.0, 1.0), (10, 0.5, 20.0)])
def test_renyi_of_the_gaussian_is_mironovs(order: float, noise: float, renyi: float) -> None:
    # Mironov 2017, corollary 3: a / (2 s²) at sensitivity 1.
    assert gaussian_renyi(order, noise) == renyi


@settings(max_examples=10, deadline=None)
@given(st.floats(0.01, 20))
def test_a_budget_is_used_up_and_not_more(epsilon: float) -> None:
    rho = rho_of_epsilon(epsilon, 1e-6)
    assert epsilon_of_rho(rho, 1e-6) <= epsilon
    assert epsilon_of_rho(rho * (1 + 1e-6), 1e-6) > epsilon - 1e-9


@pytest.mark.parametrize("noise", [0.0, -1.0, math.nan, math.inf])
def test_no_noise_has_no_price(noise: float) -> None:
    with pytest.raises(BadInput, match="hides nothing"):
        gaussian_rho(noise)
