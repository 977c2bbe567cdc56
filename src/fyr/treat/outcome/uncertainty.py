"""Draws of the parameters from their published intervals, and what they do to an answer.

Published fits give an interval for each parameter and as a rule no covariance. Parameters are drawn independently,
which makes an interval too wide where they are correlated: the cards say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.treat.outcome.parameter_set import Z95, Parameter

__all__ = ["DRAWS", "SEED", "draw", "interval"]

DRAWS: Final = 10_000
SEED: Final = 20_100_301
"""Of the draws of every card, so that the same question has the same answer."""


def draw(
    parameters: Mapping[str, Parameter], draws: int, generator: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Draw every parameter; shape (draws,) each.

    A parameter without an interval is the same in all draws. On either scale the spread is that of the published
    interval: its width over twice 1.96. Draws on the normal scale that are not above 0 are drawn again where the
    value is above 0, for the parameters of dose and slope cannot be.

    Parameters
    ----------
    parameters : mapping of str to Parameter
    draws : int
    generator : numpy.random.Generator
        Parameters are drawn in the order of the mapping.
    """
    return {name: _drawn(one, draws, generator) for name, one in parameters.items()}


def _drawn(parameter: Parameter, draws: int, generator: np.random.Generator) -> NDArray[np.float64]:
    if parameter.low is None or parameter.high is None:
        return np.full(draws, parameter.value)
    if parameter.scale == "log":
        spread = np.log(parameter.high / parameter.low) / (2 * Z95)
        drawn: NDArray[np.float64] = parameter.value * np.exp(spread * generator.standard_normal(draws))
        return drawn
    spread = (parameter.high - parameter.low) / (2 * Z95)
    drawn = parameter.value + spread * generator.standard_normal(draws)
    while parameter.value > 0 and (impossible := drawn <= 0).any():
        drawn[impossible] = parameter.value + spread * generator.standard_normal(int(impossible.sum()))
    return drawn


def interval(answers: NDArray[np.float64], level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the central interval of draws; `answers` of shape (draws, rows), the ends of shape (rows,)."""
    low, high = np.quantile(answers, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
