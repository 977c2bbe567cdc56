"""The noun that features are made of: hours of stays, one row an hour, one column a variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.watch.risk.variables import MEASURED, VARIABLES

__all__ = ["Hours"]


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Rows of one or many stays, sorted by stay and time.

    Parameters
    ----------
    stay : ndarray of int64, shape (rows,)
        The stay of each row; the rows of a stay are consecutive.
    hour : ndarray of float64, shape (rows,)
        Hours since admission, rising within a stay.
    columns : mapping of str to ndarray of float64, shape (rows,)
        Every variable of :data:`fyr.watch.risk.variables.VARIABLES`, NaN where not measured.

    Raises
    ------
    BadInput
        If a variable is absent, the rows of a stay are not together, or time does not rise within a stay.
    """

    stay: NDArray[np.int64]
    hour: NDArray[np.float64]
    columns: Mapping[str, NDArray[np.float64]]

    def __post_init__(self) -> None:
        absent = [entry.name for entry in VARIABLES if entry.name not in self.columns]
        if absent:
            raise BadInput(f"there is no column {absent[0]}", where="hours", mend="give NaN where it was not measured")
        same = self.stay[1:] == self.stay[:-1]
        if (same & ~(np.diff(self.hour) > 0)).any():
            raise BadInput("time does not rise within a stay", where="hours", mend="sort, and keep one row an hour")
        if len(self.starts) != len(np.unique(self.stay)):
            raise BadInput("the rows of a stay are not together", where="hours", mend="sort by stay and time")

    @property
    def starts(self) -> NDArray[np.intp]:
        """The first row of each stay."""
        if not len(self.stay):
            return np.zeros(0, np.intp)
        return np.flatnonzero(np.append(True, self.stay[1:] != self.stay[:-1]))

    @property
    def ends(self) -> NDArray[np.intp]:
        """The last row of each stay."""
        return np.append(self.starts[1:], len(self.stay))[: len(self.starts)] - 1

    def measured_so_far(self) -> NDArray[np.bool_]:
        """Whether anything was measured in the stay up to and including each row, shape (rows,)."""
        any_now = np.zeros(len(self.stay), dtype=np.int64)
        for name in MEASURED:
            any_now += np.isfinite(self.columns[name])
        counted = np.cumsum(any_now)
        starts = self.starts
        before = counted[starts] - any_now[starts]
        lengths = self.ends - starts + 1
        measured: NDArray[np.bool_] = counted > np.repeat(before, lengths)
        return measured

    def take(self, rows: NDArray[Any]) -> Hours:
        """Return the chosen rows; a mask, or places in rising order."""
        return Hours(self.stay[rows], self.hour[rows], {name: values[rows] for name, values in self.columns.items()})
