"""Durations in options, as text with a unit: ``30 s``."""

from __future__ import annotations

import re
from typing import Final

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US
from fyr.errors import BadInput

__all__ = ["read_duration_us"]

_UNITS: Final = {"ms": SECOND_US // 1000, "s": SECOND_US, "min": MINUTE_US, "h": HOUR_US}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)")


def read_duration_us(text: str, option: str) -> int:
    """Return the microseconds of a duration that is longer than nothing.

    >>> read_duration_us("30 s", "timeout")
    30000000

    Raises
    ------
    BadInput
        If it is none; the error names the option.
    """
    found = _DURATION.fullmatch(text.strip())
    duration_us = round(float(found[1]) * _UNITS[found[2]]) if found else 0
    if duration_us <= 0:
        raise BadInput(f"'{text}' is not a duration", where=option, mend="write a number and a unit, for example 30 s")
    return duration_us
