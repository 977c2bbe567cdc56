"""Options as they stand in ``fyr.toml``: their types, and durations as text with a unit (``30 s``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US
from fyr.errors import BadInput

__all__ = ["check_numbers", "check_texts", "read_duration_us"]

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


def check_texts(texts: Mapping[str, object], lists: Mapping[str, object]) -> None:
    """Refuse what is not a text, or not a list of texts.

    Raises
    ------
    BadInput
        With the name of the option.
    """
    for name, value in texts.items():
        if not isinstance(value, str):
            raise BadInput(f"{value!r} is not a text", where=name, mend='write it in quotes: "…"')
    for name, value in lists.items():
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
            raise BadInput(f"{value!r} is not a list of texts", where=name, mend='write it as ["…", "…"]')


def check_numbers(numbers: Mapping[str, tuple[object, int, int]]) -> None:
    """Refuse what is not a whole number from the least to the most.

    Raises
    ------
    BadInput
        With the name of the option.
    """
    for name, (value, least, most) in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            mend = f"write a whole number from {least} to {most}"
            raise BadInput(f"{value!r} cannot be", where=name, mend=mend)
