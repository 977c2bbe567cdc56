"""Noise at the gate: sums of clipped parts are told with discrete Gaussian noise, and paid for."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.accountant import epsilon_of_rho, gaussian_rho
from fyr.learn.federation.disclosure.discrete_gaussian import Drawn, discrete_gaussian
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer

__all__ = ["GRID_BITS", "SENSITIVITY", "add_noise", "clipped", "on_grid", "spent"]

GRID_BITS: Final = 20
"""Patients' parts are rounded to clip / 2^20 before they are added, so that sums and noise are whole numbers."""


def clipped(parts: NDArray[np.float64], clip: float) -> NDArray[np.float64]:
    """Return rows no longer than `clip` (Abadi 2016, algorithm 1); shape (rows, columns)."""
    length = np.linalg.norm(parts, axis=1, keepdims=True)
    found: NDArray[np.float64] = parts * np.minimum(1.0, clip / np.maximum(length, np.finfo(np.float64).tiny))
    return found


def on_grid(parts: NDArray[np.float64], clip: float) -> NDArray[np.float64]:
    """Return clipped rows as whole numbers of grid steps; their sums are exact up to eight billion patients."""
    return np.rint(clipped(parts, clip) * (2.0**GRID_BITS / clip))


def _grid_sensitivity(values: Payload) -> Fraction:
    """Return by how much one patient can move the sums, in grid steps: the clip, and what rounding adds to it."""
    columns = len(values["features"]) + 1
    return (1 << GRID_BITS) + Fraction(math.isqrt(columns) + 1, 2)


SENSITIVITY: Final[dict[str, Callable[[Payload], Fraction]]] = {"private-logistic": _grid_sensitivity}
"""The steps that are told with noise, and how far one patient, added or taken away, can move their sums (L2)."""


def spent(values: Payload, before: float, rules: Rules, site: str) -> float:
    """Return what an answer costs, as rho.

    Parameters
    ----------
    values : mapping
        With ``noise``: the standard deviation over the sensitivity.
    before : float
        rho spent so far.
    rules : Rules
    site : str

    Raises
    ------
    Refused
        If the budget does not cover it.
    """
    rho = gaussian_rho(float(values["noise"]))
    epsilon = epsilon_of_rho(before + rho, rules.delta)
    if epsilon > rules.epsilon:
        raise Refused(
            f"the privacy budget is spent: ε would be {epsilon:.3g} of {rules.epsilon:g} at δ = {rules.delta:g}",
            where=site,
            mend="ask fewer rounds, or with more noise",
        )
    return rho


def add_noise(step: str, values: Payload, answer: Answer, seed: bytes) -> Answer:
    """Return sums of grid steps with discrete Gaussian noise, in the units of the question.

    The noise of one answer is always the same: who asks again, even after a crash, cannot take the mean of several.

    Raises
    ------
    BadInput
        If a sum is no whole number of grid steps.
    """
    sensitivity = SENSITIVITY[step](values)
    variance = (sensitivity * Fraction(float(values["noise"]))) ** 2
    unit = float(values["clip"]) / 2.0**GRID_BITS
    draw = Drawn(seed)
    told: dict[str, NDArray[np.float64]] = {}
    for name, sums in answer.sums.items():
        if not bool((sums == np.rint(sums)).all()) or float(np.abs(sums).max(initial=0.0)) >= 2.0**53:
            raise BadInput(f"the sums '{name}' are not on the grid of the noise", where="disclosure control")
        noisy = [int(one) + discrete_gaussian(variance, draw.below) for one in sums.ravel()]
        told[name] = np.array(noisy, dtype=np.float64).reshape(sums.shape) * unit
    return Answer(told, answer.said, answer.cells)
