"""Time: UTC everywhere inside, as int64 microseconds since 1970-01-01T00:00:00Z.

Microseconds and not nanoseconds: de-identified recordings carry years such as 2896, which int64 nanoseconds
cannot hold (they end in 2262), and PostgreSQL and :class:`datetime.datetime` stop at microseconds too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from fyr.errors import BadInput

__all__ = [
    "DAY_US",
    "HOUR_US",
    "MINUTE_US",
    "SECOND_US",
    "Clock",
    "ManualClock",
    "SystemClock",
    "format_duration",
    "from_datetime",
    "from_iso",
    "to_datetime",
    "to_iso",
]

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Anything that tells the time."""

    def now_us(self) -> int:
        """Return the time as microseconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """Return the machine's time as microseconds since 1970-01-01T00:00:00Z."""
        return time.time_ns() // 1000


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is told otherwise: for replay and tests."""

    time_us: int = 0

    def now_us(self) -> int:
        """Return the time that the clock was last set to."""
        return self.time_us


def from_datetime(moment: datetime) -> int:
    """Return microseconds since the epoch.

    Raises
    ------
    BadInput
        If `moment` has no time zone: guessing one has put vital signs an hour away from their alarm.
    """
    if moment.tzinfo is None:
        raise BadInput(
            f"the time {moment.isoformat()} has no time zone",
            mend="add one, for example 2026-11-22T08:00:00Z or +01:00",
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(time_us: int) -> datetime:
    """Return an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=int(time_us))


def from_iso(text: str) -> int:
    """Read an ISO 8601 time with a time zone.

    >>> from_iso("1970-01-01T01:00:00+01:00")
    0
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"'{text}' is not an ISO 8601 time", mend="write it as 2026-11-22T08:00:00Z") from None
    return from_datetime(moment)


def to_iso(time_us: int) -> str:
    """Write a time as ISO 8601 in UTC, with a fraction only where there is one.

    >>> to_iso(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return to_datetime(time_us).isoformat().replace("+00:00", "Z")


def format_duration(duration_us: int) -> str:
    """Say a duration in its two largest units.

    >>> format_duration(90 * SECOND_US), format_duration(2 * DAY_US + HOUR_US), format_duration(0)
    ('1 min 30 s', '2 d 1 h', '0 s')
    """
    rest, words = int(duration_us), []
    for size, name in ((DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "min"), (SECOND_US, "s")):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {name}")
    return " ".join(words[:2]) or "0 s"
