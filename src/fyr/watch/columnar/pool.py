"""Columns that are used for one patient after another, so that memory is asked for once and not for every one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColumnPool"]


class ColumnPool:
    """Gives columns of floats or integers, each its own until :meth:`begin` is called again."""

    def __init__(self) -> None:
        self._columns: list[NDArray[np.float64]] = []
        self._taken = 0

    def begin(self) -> None:
        """Take all columns back."""
        self._taken = 0

    def floats(self, length: int) -> NDArray[np.float64]:
        """Return a column that holds nothing of use."""
        if self._taken == len(self._columns):
            self._columns.append(np.empty(length))
        elif len(self._columns[self._taken]) < length:
            self._columns[self._taken] = np.empty(length)
        column = self._columns[self._taken][:length]
        self._taken += 1
        return column

    def integers(self, length: int) -> NDArray[np.int64]:
        """Return a column that holds nothing of use."""
        return self.floats(length).view(np.int64)
