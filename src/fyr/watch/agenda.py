"""When something is next due of itself for each patient, so that a quiet patient costs nothing as time passes."""

from __future__ import annotations

from typing import Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agenda"]

_NOTHING: Final = np.iinfo(np.int64).max


class _Entry(Protocol):
    @property
    def row(self) -> int: ...
    @property
    def due_us(self) -> int | None: ...


E = TypeVar("E", bound=_Entry)


class Agenda(Generic[E]):
    """The times at which escalations, ends of pauses and the like are due, by the patient's row."""

    def __init__(self) -> None:
        self._due_us: NDArray[np.int64] = np.full(0, _NOTHING, np.int64)
        self._entries: dict[int, E] = {}
        self._changed: dict[int, E] = {}

    def look_at(self, entry: E) -> None:
        """Note that something has happened about a patient: what is due may be another time now."""
        self._changed[entry.row] = entry

    def forget(self, entry: E) -> None:
        """Let go of a patient."""
        self._changed.pop(entry.row, None)
        if self._entries.pop(entry.row, None) is not None:
            self._due_us[entry.row] = _NOTHING

    def due(self, until_us: int) -> list[E]:
        """Return those for whom something is due up to a time, in the order of their rows."""
        if self._changed:
            self._make_room(max(self._changed) + 1)
            for row, entry in self._changed.items():
                due_us = entry.due_us
                self._due_us[row] = _NOTHING if due_us is None else due_us
            self._entries.update(self._changed)
            self._changed = {}
        return [self._entries[row] for row in np.flatnonzero(self._due_us <= until_us).tolist()]

    def _make_room(self, rows: int) -> None:
        missing = rows - len(self._due_us)
        if missing > 0:
            more = np.full(max(missing, len(self._due_us)), _NOTHING, np.int64)
            self._due_us = np.concatenate([self._due_us, more])
