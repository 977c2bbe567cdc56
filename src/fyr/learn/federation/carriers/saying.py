"""Lines for the people who watch a carrier: each once, not at every try."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Say", "Sayings", "nothing"]

Say = Callable[[str], None]


def nothing(line: str) -> None:
    """Say nothing."""


class Sayings:
    """Says a line, and the same line again only after a while.

    Parameters
    ----------
    say : callable
    quiet_s : float
    """

    def __init__(self, say: Say, quiet_s: float = 60) -> None:
        self._say, self._quiet_s = say, quiet_s
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Say a line."""
        now = time.monotonic()
        with self._lock:
            last = self._said.get(line)
            if last is not None and now - last < self._quiet_s:
                return
            if len(self._said) > 1000:  # a stranger must not fill the memory with lines of his own
                self._said.clear()
            self._said[line] = now
        self._say(line)
