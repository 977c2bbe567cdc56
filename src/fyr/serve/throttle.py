"""Slows down whoever guesses passwords, without locking out the person who is guessed at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US, Clock, SystemClock

__all__ = ["GuessThrottle"]

_FORGET_AFTER_US: Final = HOUR_US
_LONGEST_WAIT_US: Final = 15 * MINUTE_US


@dataclass(slots=True)
class _Guesses:
    wrong: int = 0
    last_us: int = 0


class GuessThrottle:
    """Counts wrong passwords by name and address together, and by address alone.

    The first `free` wrong guesses of a name from an address cost nothing; each further one doubles the wait, from one
    second to fifteen minutes. An address that tries many names waits too (after four times `free`). Because the name
    alone is never counted, nobody can lock a colleague out from elsewhere. Kept in memory, at most `capacity`
    entries, forgotten after an hour.
    """

    def __init__(self, clock: Clock | None = None, *, free: int = 5, capacity: int = 10_000) -> None:
        self._clock = clock or SystemClock()
        self._free = free
        self._capacity = capacity
        self._guesses: OrderedDict[tuple[str, ...], _Guesses] = OrderedDict()
        self._lock = threading.Lock()

    def try_now(self, name: str, address: str) -> int:
        """Return 0 and count a wrong guess in advance, or return the seconds to wait and count nothing.

        Counting in advance leaves no room for many guesses at the same instant; :meth:`succeeded` takes it back.
        """
        with self._lock:
            wait_s = max(self._wait_s((name, address), self._free), self._wait_s((address,), 4 * self._free))
            if wait_s == 0:
                self._count((name, address))
                self._count((address,))
            return wait_s

    def succeeded(self, name: str, address: str) -> None:
        """Forget the wrong guesses of this name from this address, and the one just counted for the address."""
        with self._lock:
            self._guesses.pop((name, address), None)
            if (address,) in self._guesses:
                self._guesses[(address,)].wrong -= 1

    def _count(self, key: tuple[str, ...]) -> None:
        entry = self._guesses.setdefault(key, _Guesses())
        now_us = self._clock.now_us()
        if now_us - entry.last_us > _FORGET_AFTER_US:
            entry.wrong = 0
        entry.wrong += 1
        entry.last_us = now_us
        self._guesses.move_to_end(key)
        while len(self._guesses) > self._capacity:
            self._guesses.popitem(last=False)

    def _wait_s(self, key: tuple[str, ...], free: int) -> int:
        entry = self._guesses.get(key)
        if entry is None or entry.wrong < free:
            return 0
        wait_us = min(SECOND_US << min(entry.wrong - free, 20), _LONGEST_WAIT_US)
        left_us = entry.last_us + wait_us - self._clock.now_us()
        return max(0, -(-left_us // SECOND_US))
