"""The options of live sources as `fyr.toml` writes them: durations, sizes, secrets; each refused by its own name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fyr.errors import BadInput
from fyr.record import SIGNALS

__all__ = ["SIGNAL_NAMES", "near_signal", "read_duration_us", "read_periods", "read_secret", "read_words"]

_UNITS_US: Final = {"ms": 1000, "s": SECOND_US, "min": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
_LONGEST_US: Final = 366 * DAY_US

SIGNAL_NAMES: Final[Mapping[str, str]] = {
    name: known.name for known in SIGNALS.values() for name in (known.name, known.abbreviation)
}
"""Every signal by its name and by its abbreviation."""


def near_signal(name: str) -> str:
    """Return how to mend a name that is no signal's.

    >>> near_signal("hart_rate")
    "did you mean 'heart_rate'?"
    """
    near = difflib.get_close_matches(name, SIGNAL_NAMES, n=1)
    return f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(SIGNALS)}"


def read_duration_us(text: object, option: str) -> int:
    """Read a duration with its unit into microseconds.

    Raises
    ------
    BadInput
        If it is none, nothing, or longer than a year.

    Examples
    --------
    >>> read_duration_us("1.5 s", "every")
    1500000
    """
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    duration_us = round(float(found[1]) * _UNITS_US[found[2]]) if found else 0
    if not 0 < duration_us <= _LONGEST_US:
        raise BadInput(f"{text!r} is not a duration", where=option, mend="write a number and a unit: 30 s, 5 min, 2 h")
    return duration_us


def read_periods(period: str, periods: Iterable[str]) -> dict[str, int]:
    """Read the nominal time between samples of every signal.

    Parameters
    ----------
    period : str
        Of signals that `periods` does not name.
    periods : iterable of str
        ``SIGNAL = DURATION`` each.

    Returns
    -------
    dict of str to int
        Microseconds by the name of the signal.

    Raises
    ------
    BadInput
        If a duration is none, a signal is not known or named twice.
    """
    found = dict.fromkeys(SIGNALS, read_duration_us(period, "period"))
    named: set[str] = set()
    for line in periods:
        name, _, duration = line.partition("=")
        signal = SIGNAL_NAMES.get(name.strip())
        if signal is None:
            raise BadInput(f"there is no signal '{name.strip()}'", where="periods", mend=near_signal(name.strip()))
        if signal in named:
            raise BadInput(f"{signal} is named twice", where="periods", mend="name it once")
        named.add(signal)
        found[signal] = read_duration_us(duration, f"periods, {signal}")
    return found


def read_secret(path: str, option: str) -> bytes:
    """Read a secret from the first line of a file of its own, so that it stands in no configuration.

    Raises
    ------
    BadInput
        If the file cannot be read, or its first line is empty.
    """
    try:
        content = Path(path).expanduser().read_bytes()
    except OSError as problem:
        raise BadInput(
            f"the file cannot be read ({problem.strerror})", where=f"{option} {path}", mend="check path and owner"
        ) from None
    secret = content.split(b"\n", 1)[0].removesuffix(b"\r")
    if not secret:
        raise BadInput("the first line is empty", where=f"{option} {path}", mend="write the password there")
    return secret


def read_words(words: Iterable[str] | None, option: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return an option that is a list of words; one word alone is a list of one.

    Raises
    ------
    BadInput
        If it holds anything but text.
    """
    if words is None:
        return default
    found = (words,) if isinstance(words, str) else tuple(words)
    if any(not isinstance(word, str) for word in found):
        raise BadInput("this is not a list of words", where=option, mend=f'write {option} = ["one", "another"]')
    return found
