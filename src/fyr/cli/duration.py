"""A duration given on the command line."""

from __future__ import annotations

from fyr.errors import UsageError

__all__ = ["option_duration"]


def option_duration(text: str, option: str) -> int:
    """Read `text`, given for an option, into microseconds; longer than no time at all."""
    from fyr.attention.policy_values import read_duration

    try:
        duration_us = read_duration(text)
    except ValueError as problem:
        raise UsageError(str(problem), where=option) from None
    if duration_us <= 0:
        raise UsageError(f"'{text}' is no time at all", where=option, mend="give a duration longer than 0 s")
    return duration_us
