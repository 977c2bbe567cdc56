"""How fast a disk fills: what was free a day ago, or since the start, against what is free now.

A day, because what comes and goes every night (a backup is made, an old one is removed) is in it once. Where somebody
makes room, nothing is said for as long as more is free than a day ago; the limit of what must be free holds meanwhile.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, to_datetime

__all__ = ["DiskPace", "FullIn"]

_OBSERVED_FOR_US: Final = HOUR_US
_WINDOW_US: Final = DAY_US
_EVERY_US: Final = 10 * MINUTE_US


@dataclass(frozen=True, slots=True)
class FullIn:
    """When a disk is full at its pace.

    Parameters
    ----------
    since_us : int
        Since when the pace was observed, microseconds UTC.
    now_us : int
    left_us : int
        How long it takes from now on.
    """

    since_us: int
    now_us: int
    left_us: int

    @property
    def days(self) -> int:
        """Whole days that are left."""
        return self.left_us // DAY_US

    def __str__(self) -> str:
        since, now = to_datetime(self.since_us), to_datetime(self.now_us)
        begun = f"{since:%H:%M}" if since.date() == now.date() else f"{since:%Y-%m-%d %H:%M}"
        days = "less than a day" if self.days < 1 else f"{self.days} day{'s' if self.days > 1 else ''}"
        return f"at the pace since {begun} UTC the disk is full in {days}"


class DiskPace:
    """Observes what is free on a disk."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()

    def see(self, free: int, now_us: int) -> FullIn | None:
        """Take note of the bytes that are free now, and say when none will be.

        Returns
        -------
        FullIn or None
            ``None`` within the first hour of observation, and where the disk does not fill.
        """
        seen = self._seen
        if seen and now_us < seen[-1][0]:
            seen.clear()
        if not seen or now_us - seen[-1][0] >= _EVERY_US:
            seen.append((now_us, free))
        while now_us - seen[0][0] > _WINDOW_US and len(seen) > 1:
            seen.popleft()
        since_us, before = seen[0]
        lost, observed_us = before - free, now_us - since_us
        if observed_us < _OBSERVED_FOR_US or lost <= 0:
            return None
        return FullIn(since_us, now_us, free * observed_us // lost)
