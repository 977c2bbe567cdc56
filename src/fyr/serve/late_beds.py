"""Beds from which everything comes too late to be judged: a device's clock is behind, or its line is slow.

One late value among others says nothing: gateways repeat the last cuff pressure with its own time. So a bed counts only
while nothing at all comes in time, and only after that has gone on for a minute (Fyr's own choice).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fyr.clock import MINUTE_US
from fyr.record import PatientId
from fyr.serve.stays import Place, Stays

__all__ = ["LateBed", "LateBeds"]

_FOR_US: Final = MINUTE_US
_FORGET_US: Final = 15 * MINUTE_US
"""A bed from which nothing came for so long is a silent one, not a late one."""


@dataclass(frozen=True, slots=True)
class LateBed:
    """A bed, and how far behind the newest of what came was; microseconds."""

    place: Place
    behind_us: int


@dataclass(frozen=True, slots=True)
class _Late:
    since_us: int
    last_us: int
    behind_us: int


class LateBeds:
    """Remembers, for each source, whose samples all come too late."""

    def __init__(self) -> None:
        self._late: dict[tuple[str, PatientId], _Late] = {}

    def arrived(self, source: str, newest_us: Mapping[PatientId, int], now_us: int, lateness_us: int) -> None:
        """Take note of the newest event time that came of each patient."""
        for patient, time_us in newest_us.items():
            key = (source, patient)
            behind_us = now_us - time_us
            if behind_us <= lateness_us:
                self._late.pop(key, None)
                continue
            before = self._late.get(key)
            is_new = before is None or now_us - before.last_us > _FORGET_US
            since_us = now_us if before is None or is_new else before.since_us
            self._late[key] = _Late(since_us, now_us, behind_us)

    def standing(self, source: str, stays: Stays, now_us: int) -> Iterator[LateBed]:
        """Give the beds of a source from which nothing has come in time for a minute or longer."""
        for (name, patient), late in self._late.items():
            stay = stays.of(patient)
            is_late = late.last_us - late.since_us >= _FOR_US and now_us - late.last_us <= _FORGET_US
            if name == source and stay is not None and is_late:
                yield LateBed(stay.place, late.behind_us)
