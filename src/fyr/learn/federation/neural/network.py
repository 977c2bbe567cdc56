"""A network of full layers with rectified units between them; without hidden layers, a linear score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Network", "first_weights", "layers_of", "weights_needed"]

Floats = NDArray[np.float64]


def weights_needed(inputs: int, hidden: Sequence[int]) -> int:
    """Return how many numbers a network has.

    >>> weights_needed(39, ()), weights_needed(10, (4,))
    (40, 49)
    """
    widths = [inputs, *hidden, 1]
    return sum((one + 1) * other for one, other in pairwise(widths))


def layers_of(weights: Floats, inputs: int, hidden: Sequence[int]) -> list[tuple[Floats, Floats]]:
    """Return each layer's matrix, shape (inputs, outputs), and its added numbers, shape (outputs,)."""
    widths = [inputs, *hidden, 1]
    layers, at = [], 0
    for one, other in pairwise(widths):
        matrix = weights[at : at + one * other].reshape(one, other)
        at += one * other
        layers.append((matrix, weights[at : at + other]))
        at += other
    return layers


def first_weights(inputs: int, hidden: Sequence[int], seed: int) -> Floats:
    """Return weights to begin with: uniform within one over the root of a layer's inputs (LeCun 1998)."""
    draw = np.random.default_rng(seed)
    widths = [inputs, *hidden, 1]
    parts = []
    for one, other in pairwise(widths):
        furthest = 1.0 / math.sqrt(one)
        parts.append(draw.uniform(-furthest, furthest, (one + 1) * other))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A trained network.

    Parameters
    ----------
    features : tuple of str
    centre, scale : ndarray of float64, shape (features,)
        Taken off a feature, and what it is then divided by.
    hidden : tuple of int
        Units of each hidden layer.
    weights : ndarray of float64
        Layer by layer: the matrix, then what is added.
    """

    features: tuple[str, ...]
    centre: Floats
    scale: Floats
    hidden: tuple[int, ...]
    weights: Floats

    def score(self, rows: Floats) -> Floats:
        """Return the output for each row, shape (rows,).

        Parameters
        ----------
        rows : ndarray of float64, shape (rows, features)
        """
        found = (rows - self.centre) / self.scale
        layers = layers_of(self.weights, len(self.features), self.hidden)
        for place, (matrix, added) in enumerate(layers):
            found = found @ matrix + added
            if place < len(layers) - 1:
                found = np.maximum(found, 0.0)
        return found[:, 0]

    def as_dict(self) -> dict[str, Any]:
        """Return the network as JSON-able values."""
        return {
            "features": list(self.features),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "hidden": list(self.hidden),
            "weights": self.weights.tolist(),
        }

    @classmethod
    def from_dict(cls, document: Any) -> Network:
        """Return the network that :meth:`as_dict` described.

        Raises
        ------
        BadInput
            If the document describes none.
        """
        try:
            features = tuple(str(name) for name in document["features"])
            hidden = tuple(int(one) for one in document["hidden"])
            centre, scale, weights = (
                np.array(document[key], dtype=np.float64) for key in ("centre", "scale", "weights")
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is no network: {problem}") from None
        sound = centre.shape == scale.shape == (len(features),) and all(one > 0 for one in hidden)
        sound = sound and weights.shape == (weights_needed(len(features), hidden),) and bool((scale > 0).all())
        if not sound or not all(bool(np.isfinite(one).all()) for one in (centre, scale, weights)):
            raise BadInput("this is no network: its numbers do not fit its layers")
        return cls(features, centre, scale, hidden, weights)
