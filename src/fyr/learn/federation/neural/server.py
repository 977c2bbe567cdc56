"""What the coordinator does with the mean of the sites' changes (Reddi et al. 2021, ICLR, algorithm 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SERVERS", "Server"]

Floats = NDArray[np.float64]
Name = Literal["average", "adam", "yogi", "adagrad"]

SERVERS: Final = ("average", "adam", "yogi", "adagrad")


@dataclass(slots=True)
class Server:
    """A server's optimiser, with what it remembers.

    Parameters
    ----------
    name : {"average", "adam", "yogi", "adagrad"}
    rate : float
    first, second : float
        How much of the earlier changes, and of their squares, is kept (beta 1, beta 2).
    tau : float
        Added to the root of the squares.
    momentum, squares : ndarray of float64
    """

    name: Name
    rate: float
    first: float
    second: float
    tau: float
    momentum: Floats
    squares: Floats

    def next(self, weights: Floats, change: Floats) -> Floats:
        """Return the next weights, given the sites' mean change."""
        if self.name == "average":
            return weights + self.rate * change
        self.momentum = self.first * self.momentum + (1 - self.first) * change
        square = change * change
        if self.name == "adagrad":
            self.squares = self.squares + square
        elif self.name == "adam":
            self.squares = self.second * self.squares + (1 - self.second) * square
        else:
            self.squares = self.squares - (1 - self.second) * square * np.sign(self.squares - square)
        return weights + self.rate * self.momentum / (np.sqrt(self.squares) + self.tau)
