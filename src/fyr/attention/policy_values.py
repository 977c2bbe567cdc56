"""The values of a policy file: durations, comparisons, ranges; each reader says what it wants instead."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from fyr.attention.notification import Priority
from fyr.attention.policy import Operator
from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

__all__ = [
    "one_of",
    "read_comparison",
    "read_count",
    "read_duration",
    "read_names",
    "read_number",
    "read_priorities",
    "read_range",
    "read_scalar",
    "read_strings",
    "read_text",
    "read_truth",
]

_UNITS: Final = {"s": SECOND_US, "min": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_COMPARISON: Final = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


def read_duration(value: object) -> int:
    """Read a duration with its unit into microseconds.

    >>> read_duration("5 min") == 5 * MINUTE_US
    True
    """
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a duration; write a number and a unit, for example 30 s, 5 min, 2 h")
    return round(float(found[1]) * _UNITS[found[2]])


def read_comparison(value: object) -> tuple[Operator, float]:
    """Read ``< 92`` or ``>= 7``."""
    found = _COMPARISON.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a comparison; write for example '< 92' or '>= 7'")
    return Operator(found[1]), float(found[2])


def read_range(value: object) -> tuple[float, float]:
    """Read ``[low, high]``."""
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(end, int | float) and math.isfinite(end) for end in value)
        or value[0] >= value[1]
    ):
        raise ValueError(f"{value!r} is not a range; write [low, high]")
    return float(value[0]), float(value[1])


def read_count(value: object) -> int:
    """Read a whole number of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is not a whole number of at least 1")
    return value


def read_number(value: object) -> float:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def read_text(value: object) -> str:
    """Read text, or a number written without quotes."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        raise ValueError(f"{value!r} is not text")
    return str(value)


def read_strings(value: object) -> list[str]:
    """Read a list of names."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of names")
    return [read_text(entry) for entry in value]


def read_names(value: object) -> dict[str, str]:
    """Read a mapping of names to names."""
    if not isinstance(value, dict) or not value:
        raise TypeError(f"{value!r} is not a mapping of signals to outputs")
    return {read_text(key): read_text(entry) for key, entry in value.items()}


def read_priorities(value: object) -> list[Priority]:
    """Read a list of priorities."""
    return [Priority(entry) for entry in read_strings(value)]


def read_truth(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def read_scalar(value: object) -> float | str | bool:
    """Read a single value."""
    if not isinstance(value, float | int | str | bool):
        raise TypeError(f"{value!r} is not a single value")
    return value


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a reader of one of some words."""

    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    return read
