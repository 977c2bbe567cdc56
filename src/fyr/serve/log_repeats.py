"""Keeps a fault that happens a thousand times a second from filling the disk with its own log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

__all__ = ["Repeats"]

_PERIOD_S: Final = 10.0
_AT_MOST: Final = 10
_KNOWN: Final = 1000


class Repeats(logging.Filter):
    """Lets one message, whatever its arguments, through at most ten times in ten seconds.

    The first that is let through again says how many were left out.

    Parameters
    ----------
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        key, now_s = (record.name, record.levelno, str(record.msg)), self._clock()
        with self._lock:
            begun_s, count = self._seen.get(key, (now_s, 0))
            left_out = 0
            if now_s - begun_s >= _PERIOD_S:
                begun_s, count, left_out = now_s, 0, max(0, count - _AT_MOST)
            if key not in self._seen and len(self._seen) >= _KNOWN:
                self._seen.clear()
            self._seen[key] = (begun_s, count + 1)
        if left_out:
            record.msg = f"{record.msg} (and {left_out} more like it)"
        return count < _AT_MOST
