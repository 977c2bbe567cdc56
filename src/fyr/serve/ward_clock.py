"""The ward's clock: stands still until it is set off, then runs from a given moment, fast where that is asked for."""

from __future__ import annotations

import time

from fyr.clock import SECOND_US

__all__ = ["WardClock"]


class WardClock:
    """Tells the ward's time.

    A demonstration that runs at ten times the speed is soon ahead of the wall; opened again, it goes on from where it
    was and never back.
    """

    def __init__(self, from_us: int = 0) -> None:
        self._from_us = from_us
        self._speed = 0.0
        self._begun_s = time.monotonic()

    def set_off(self, from_us: int, speed: float = 1.0) -> None:
        """Run from a moment on, `speed` times as fast as the machine's clock."""
        self._from_us, self._speed, self._begun_s = from_us, speed, time.monotonic()

    def now_us(self) -> int:
        """Return the ward's time, microseconds UTC."""
        return self._from_us + int((time.monotonic() - self._begun_s) * self._speed * SECOND_US)
