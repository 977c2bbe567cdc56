"""Intervals by resampling whole groups: patients, not their rows, are what another sample would draw anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["group_resamples"]


def group_resamples(
    groups: ArrayLike, generator: np.random.Generator, resamples: int = 1000
) -> Iterator[NDArray[np.int64]]:
    """Draw groups with replacement; yield how often each row is drawn.

    Parameters
    ----------
    groups : array, shape (rows,)
        The group that each row belongs to.
    generator : numpy.random.Generator
    resamples : int

    Yields
    ------
    ndarray of int64, shape (rows,)
        The count of each row, the same for all rows of a group.
    """
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    for _ in range(resamples):
        drawn = np.bincount(generator.integers(0, count, count), minlength=count)
        yield drawn[place]
