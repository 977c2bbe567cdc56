"""Chance in blocks: the same numbers come out however a simulation is stepped, and few calls draw many of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["Draws", "Wandering", "switched"]

_BLOCK: Final = 32
"""Steps that are drawn at once; always the same number, or another stepping would give another ward."""


class Draws:
    """Standard normal and uniform numbers, step by step, a row for each use and a column for each patient.

    Parameters
    ----------
    rng : numpy.random.Generator
    normals, uniforms : int
        How many rows of each a step takes.
    patients : int
    """

    def __init__(self, rng: Generator, normals: int, uniforms: int, patients: int) -> None:
        self._rng, self._normals, self._uniforms, self._patients = rng, normals, uniforms, patients
        self._at = _BLOCK
        self._normal = np.empty((0, normals, patients), np.float32)
        self._uniform = np.empty((0, uniforms, patients), np.float32)

    def next(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the normal and the uniform rows of the next step; shapes (normals, patients), (uniforms, patients)."""
        if self._at == _BLOCK:
            self._normal = self._rng.standard_normal((_BLOCK, self._normals, self._patients), dtype=np.float32)
            self._uniform = self._rng.random((_BLOCK, self._uniforms, self._patients), dtype=np.float32)
            self._at = 0
        self._at += 1
        return self._normal[self._at - 1], self._uniform[self._at - 1]


class Wandering:
    """Ornstein-Uhlenbeck processes of unit variance, stepped exactly at any period.

    Parameters
    ----------
    memory_s : ndarray of float64, shape (n,)
        Time constant of each.
    period_s : float
    start : ndarray of float, shape (n, patients)
        Standard normal numbers.
    """

    def __init__(self, memory_s: NDArray[np.float64], period_s: float, start: NDArray[np.float64]) -> None:
        self._keep = np.exp(-period_s / memory_s)[:, None]
        self._push = np.sqrt(1 - self._keep**2)
        self.value = start

    def step(self, normal: NDArray[np.float32]) -> NDArray[np.float64]:
        """Move one period on; returns the values, shape (n, patients)."""
        self.value = self.value * self._keep + normal * self._push
        return self.value


def switched(
    on: NDArray[np.bool_],
    uniform: NDArray[np.float32],
    share: NDArray[np.float64] | float,
    rate: NDArray[np.float64] | float,
) -> NDArray[np.bool_]:
    """Return the next state of two-state Markov processes in continuous time, exactly for any step.

    Parameters
    ----------
    on : ndarray of bool
    uniform : ndarray of float32
        One number each.
    share : ndarray or float
        Long-run share of time on.
    rate : ndarray or float
        Sum of the two switching rates times the step.
    """
    return uniform < share + (on - share) * np.exp(-rate)
