"""What repeated noise costs: Rényi and zero-concentrated differential privacy, and the (ε, δ) that they amount to."""

from __future__ import annotations

import math

from scipy.optimize import minimize_scalar

from fyr.errors import BadInput

__all__ = ["epsilon_of_rho", "gaussian_renyi", "gaussian_rho", "rho_of_epsilon"]


def gaussian_rho(noise_multiplier: float) -> float:
    """Return rho of one Gaussian release: 1/(2z²) for noise of z times the sensitivity (Bun and Steinke 2016).

    The discrete Gaussian costs the same (Canonne, Kamath and Steinke 2020, theorem 14). Costs add up (lemma 1.7).

    Examples
    --------
    >>> gaussian_rho(2.0)
    0.125
    """
    if not (math.isfinite(noise_multiplier) and noise_multiplier > 0):
        raise BadInput(f"a noise multiplier of {noise_multiplier} hides nothing", mend="give a number above 0")
    return 0.5 / noise_multiplier**2


def gaussian_renyi(order: float, noise_multiplier: float) -> float:
    """Return the Rényi divergence a/(2z²) of order a of one Gaussian release (Mironov 2017, corollary 3).

    Examples
    --------
    >>> gaussian_renyi(8, 2.0)
    1.0
    """
    return order * gaussian_rho(noise_multiplier)


def epsilon_of_rho(rho: float, delta: float) -> float:
    """Return the smallest ε that the conversion of Canonne, Kamath and Steinke gives for rho and δ.

    The minimum over orders a > 1 of a rho + ln((a-1)/a) + (ln(1/δ) - ln a)/(a-1) (2020, section 2.3); never above Bun
    and Steinke's rho + 2√(rho ln(1/δ)) (2016, proposition 1.3).

    Examples
    --------
    >>> epsilon_of_rho(0.0, 1e-6)
    0.0
    """
    if rho <= 0:
        return 0.0
    if not 0 < delta < 1:
        raise BadInput(f"δ is {delta}, and must lie between 0 and 1")

    def at(log_excess: float) -> float:
        excess = math.exp(log_excess)
        alpha = 1 + excess
        return rho * alpha + math.log(excess / alpha) - (math.log(delta) + math.log(alpha)) / excess

    # Bun and Steinke's best order is 1 + sqrt(ln(1/δ)/rho); the exact one lies near it.
    middle = 0.5 * math.log(math.log(1 / delta) / rho)
    found = minimize_scalar(at, bounds=(middle - 6, middle + 6), method="bounded", options={"xatol": 1e-12})
    return max(0.0, min(float(found.fun), rho + 2 * math.sqrt(rho * math.log(1 / delta))))


def rho_of_epsilon(epsilon: float, delta: float) -> float:
    """Return the largest rho whose ε does not pass a budget, found by halving."""
    low, high = 0.0, max(epsilon, 1.0)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if epsilon_of_rho(middle, delta) <= epsilon else (low, middle)
    return low
