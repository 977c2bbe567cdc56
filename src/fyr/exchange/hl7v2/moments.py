"""Times as HL7 writes them: ``YYYYMMDDHHMM[SS[.S[S[S[S]]]]][+/-ZZZZ]``, and what a time without an offset means.

Source: HL7 version 2.5.1, 2.A.22 (DTM). A time less precise than a minute is none of a vital sign, and not taken.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fyr.clock import MINUTE_US, SECOND_US, from_datetime, to_datetime
from fyr.errors import BadInput

__all__ = ["LocalTime", "Moment", "read_moment", "write_moment"]

_MOMENT: Final = re.compile(r"([0-9]{12})([0-9]{2})?(?:\.([0-9]{1,6}))?(?:([+-])([0-9]{2})([0-9]{2}))?")
_CACHED: Final = 100_000

Moment = tuple[int, int | None]
"""Microseconds as the sender's clock shows them, and the offset from UTC in minutes where the sender says it."""


def read_moment(text: str) -> Moment | None:
    """Return the time, or ``None`` if the text is none.

    >>> read_moment("197001010100+0100"), read_moment("19700101000001.5"), read_moment("19700101")
    ((3600000000, 60), (1500000, None), None)
    """
    match = _MOMENT.fullmatch(text)
    if match is None or (match[3] is not None and match[2] is None):
        return None
    try:
        shown = datetime.strptime(match[1], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = int(match[2] or 0)
    if seconds > 59 or shown.year < 1000:
        return None
    local_us = from_datetime(shown) + seconds * SECOND_US + int((match[3] or "").ljust(6, "0"))
    if match[4] is None:
        return local_us, None
    hours, minutes = int(match[5]), int(match[6])
    if hours > 14 or minutes > 59:
        return None
    offset = hours * 60 + minutes
    return local_us, -offset if match[4] == "-" else offset


def write_moment(time_us: int) -> str:
    """Write a time in UTC, to 100 microseconds as the standard has it.

    >>> write_moment(1_500_000)
    '19700101000001.5000+0000'
    """
    moment = to_datetime(time_us)
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 100:04d}+0000"


class LocalTime:
    """A place's clock: gives the UTC offset of what it shows.

    In the hour that autumn repeats, and in the one that spring skips, two readings are possible.

    Parameters
    ----------
    timezone : str
        A name of the IANA time zone database, ``Europe/Copenhagen``.

    Raises
    ------
    BadInput
        If there is no zone of that name.
    """

    def __init__(self, timezone: str) -> None:
        try:
            self._zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            mend = "use a name of the IANA database such as Europe/Copenhagen"
            raise BadInput(f"there is no time zone '{timezone}'", where="timezone", mend=mend) from None
        self._known: dict[int, tuple[int, int]] = {}

    def offsets_us(self, local_us: int) -> tuple[int, int]:
        """Return the two possible offsets, equal but for the hours of change."""
        minute = local_us // MINUTE_US
        known = self._known.get(minute)
        if known is None:
            if len(self._known) >= _CACHED:
                self._known.clear()
            shown = to_datetime(minute * MINUTE_US).replace(tzinfo=self._zone)
            first, second = (shown.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
            known = (first // timedelta(microseconds=1), second // timedelta(microseconds=1))
            self._known[minute] = known
        return known

    def utc_us(self, moment: Moment, arrival_us: int) -> int:
        """Return the time in UTC; of two possible ones that which is nearer to the time of arrival."""
        local_us, offset = moment
        if offset is not None:
            return local_us - offset * MINUTE_US
        first, second = self.offsets_us(local_us)
        return min(local_us - first, local_us - second, key=lambda reading: abs(reading - arrival_us))
