"""When an Observation was true of the patient: an instant with its offset, or nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from fyr.clock import from_iso
from fyr.errors import BadInput
from fyr.exchange.fhir.refusing import Refusal
from fyr.exchange.incoming import ProblemKind

__all__ = ["effective_us"]

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_PARTIAL: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


def effective_us(observation: dict[str, Any], *, of_first: bool) -> int:
    """Return the time of an Observation, microseconds UTC.

    Parameters
    ----------
    observation : dict
    of_first : bool
        Of a period: its start, for the first of many samples. Otherwise its end, for a value that sums it up.

    Raises
    ------
    Refusal
        If there is no time, or one without its offset from UTC: guessing puts vital signs an hour away.
    """
    moment = observation.get("effectiveDateTime")
    if moment is not None:
        return _instant(moment, "effectiveDateTime")
    moment = observation.get("effectiveInstant")
    if moment is not None:
        return _instant(moment, "effectiveInstant")
    period = observation.get("effectivePeriod")
    if type(period) is dict:
        start, end = period.get("start"), period.get("end")
        start_us = None if start is None else _instant(start, "effectivePeriod.start")
        end_us = None if end is None else _instant(end, "effectivePeriod.end")
        if start_us is not None and end_us is not None and end_us < start_us:
            raise Refusal(ProblemKind.UNREADABLE, "the period ends before it begins", "effectivePeriod")
        wanted = start_us if of_first else end_us
        if wanted is None:
            name = "start" if of_first else "end"
            raise Refusal(ProblemKind.INCOMPLETE, f"the period has no {name}", "effectivePeriod", f"give its {name}")
        return wanted
    if "effectiveTiming" in observation:
        raise Refusal(ProblemKind.UNSUPPORTED, "effectiveTiming is not taken", "effectiveTiming", "give an instant")
    raise Refusal(ProblemKind.INCOMPLETE, "it does not say when", "effective[x]", "give effectiveDateTime")


def _instant(text: Any, where: str) -> int:
    if type(text) is not str:
        raise Refusal(ProblemKind.UNREADABLE, "the time is not text", where)
    time_us = _read(text)
    if time_us is not None:
        return time_us
    if _PARTIAL.fullmatch(text):
        raise Refusal(
            ProblemKind.INCOMPLETE, f"{text} is a date without a time", where, "give the time and its offset from UTC"
        )
    raise Refusal(
        ProblemKind.UNREADABLE,
        f"'{text[:40]}' is not a time with seconds and an offset from UTC",
        where,
        "write it as 2026-11-22T08:00:00Z or +01:00",
    )


@lru_cache(maxsize=4096)
def _read(text: str) -> int | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return from_iso(text)
    except (BadInput, OverflowError):
        return None
