"""When something was true of the patient: a day or a moment, which is what oncology writes down."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from fyr.clock import DAY_US, from_datetime, from_iso, to_datetime
from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.elements import Json
from fyr.exchange.fhir.refusing import Refusal, objects
from fyr.exchange.incoming import ProblemKind

__all__ = ["day_or_moment", "moment_of", "written_moment"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_ASSERTED: Final = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
_ELEMENTS: Final = (
    *("effectiveDateTime", "effectiveInstant", "effectivePeriod", "performedDateTime", "performedPeriod"),
    *("onsetDateTime", "onsetPeriod", "recordedDate", "authoredOn", "date", "period", "start", "issued", "created"),
)
"""Where resources say when, in the order in which they are asked."""


def moment_of(resource: Json) -> int:
    """Return the time of a resource, microseconds UTC; of a day its beginning in UTC, of a period its start.

    Raises
    ------
    Refusal
        If it does not say when, or says only the month or the year.
    """
    for extension in objects(resource, "extension"):
        if extension.get("url") == _ASSERTED:
            return day_or_moment(extension.get("valueDateTime"), "extension")
    for element in _ELEMENTS:
        found = resource.get(element)
        if isinstance(found, dict):
            found = found.get("start") or found.get("end")
        if found is not None:
            return day_or_moment(found, element)
    raise Refusal(ProblemKind.INCOMPLETE, "it does not say when", "effective[x]", "give effectiveDateTime")


def day_or_moment(text: Any, where: str) -> int:
    """Read a FHIR date or dateTime.

    Raises
    ------
    Refusal
        If it is neither, or only a month or a year.
    """
    if isinstance(text, str):
        try:
            if _DAY.fullmatch(text):
                return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))
            if _MOMENT.fullmatch(text):
                return from_iso(text)
        except (ValueError, BadInput, OverflowError):
            pass
    what = f"'{str(text)[:40]}' is neither a day nor a time with its offset from UTC"
    raise Refusal(ProblemKind.UNREADABLE, what, where, "write it as 2026-11-22 or 2026-11-22T08:00:00+01:00")


def written_moment(time_us: int) -> str:
    """Write a time: as a day where it is the beginning of one in UTC."""
    moment = to_datetime(time_us)
    if time_us % DAY_US == 0:
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
