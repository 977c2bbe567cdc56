"""When something is next due of itself for each patient, so that a quiet patient costs nothing as time passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agenda"]

_NOTHING: Final = np.iinfo(np.int64).max


class Agenda:
    """The times at which escalations, ends of pauses and the like are due, by the patient's row."""

    def __init__(self) -> None:
        self._due_us: NDArray[np.int64] = np.full(0, _NOTHING, np.int64)
        self._changed: set[int] = set()

    def look_at(self, row: int) -> None:
        """Note that something has happened about a patient: what is due may be another time now."""
        self._changed.add(row)

    def forget(self, row: int) -> None:
        """Let go of a patient."""
        self._changed.discard(row)
        if row < len(self._due_us):
            self._due_us[row] = _NOTHING

    def due(self, until_us: int, due_of: Callable[[int], int | None]) -> list[int]:
        """Return the rows for which something is due up to a time, in their order.

        Parameters
        ----------
        until_us : int
        due_of : callable
            Gives when something is next due for a row; asked of those that changed.
        """
        if self._changed:
            missing = max(self._changed) + 1 - len(self._due_us)
            if missing > 0:
                more = np.full(max(missing, len(self._due_us)), _NOTHING, np.int64)
                self._due_us = np.concatenate([self._due_us, more])
            for row in self._changed:
                due_us = due_of(row)
                self._due_us[row] = _NOTHING if due_us is None else due_us
            self._changed.clear()
        return np.flatnonzero(self._due_us <= until_us).tolist()
