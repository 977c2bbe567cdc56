"""A number for each row by what is in it, so that equal rows, and rows equal but for one cell, are found at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column

__all__ = ["cell_keys", "surprise"]

_SALT: Final = 0x9E3779B97F4A7C15


def cell_keys(columns: Sequence[Column], figures: int = 6) -> NDArray[np.uint64]:
    """Return a key for each cell; the sum over a row (modulo 2**64) is the key of the row, less one cell without it.

    Numbers are compared to `figures` figures, so that writing one with fewer decimals hides nothing; text by its
    letters, case and blanks apart.

    Returns
    -------
    ndarray of uint64, shape (columns, rows)
    """
    import polars as pl

    keys = np.empty((len(columns), len(columns[0]) if columns else 0), dtype=np.uint64)
    for place, column in enumerate(columns):
        if column.kind == "number":
            rounded = np.nan_to_num(_rounded(column.number, figures), nan=-1.234567e299)
            hashed = pl.Series(rounded + 0.0).hash(seed=1)
        else:
            hashed = column.text.str.to_lowercase().hash(seed=1)
        keys[place] = _mixed(hashed.to_numpy().astype(np.uint64) + np.uint64(place * _SALT % 2**64))
    return keys


def surprise(columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return for each cell minus the decimal logarithm of how frequent its value is in its column; 0 where missing.

    The sum over a row says how unlikely another row is to be the same by chance, were the columns independent.

    Returns
    -------
    ndarray of float64, shape (columns, rows)
    """
    rows = len(columns[0]) if columns else 0
    found = np.zeros((len(columns), rows))
    for place, column in enumerate(columns):
        codes = column.code
        known = codes >= 0
        counts = np.bincount(codes[known]) if known.any() else np.ones(1)
        found[place, known] = np.log10(known.sum() / counts[codes[known]])
    return found


def _rounded(values: NDArray[np.float64], figures: int) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (figures - 1 - np.floor(np.log10(np.abs(values))))
        return np.where((values == 0) | ~np.isfinite(scale), values, np.round(values * scale) / scale)


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
