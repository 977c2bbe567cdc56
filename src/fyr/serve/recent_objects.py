"""The large objects that were read last, in memory: whoever looks through one asks for it frame by frame."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["RecentObjects"]

_SMALLEST: Final = 4 << 20
"""Bytes from which on an object is worth keeping."""


class RecentObjects:
    """Holds objects by their SHA-256; the one that was not asked for longest goes first. Threads may share it.

    Parameters
    ----------
    most : int
        Bytes of all together.
    """

    def __init__(self, most: int = 256 << 20) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def get(self, sha256: str, read: Callable[[], bytes]) -> bytes:
        """Return an object, read anew where it is not held."""
        with self._lock:
            if (held := self._held.get(sha256)) is not None:
                self._held.move_to_end(sha256)
                return held
        data = read()
        if _SMALLEST <= len(data) <= self._most:
            with self._lock:
                self._held[sha256] = data
                while sum(map(len, self._held.values())) > self._most:
                    self._held.popitem(last=False)
        return data
