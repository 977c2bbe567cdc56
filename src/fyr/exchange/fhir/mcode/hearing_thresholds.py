"""Hearing thresholds as FHIR Observations: LOINC's codes, UCUM's decibel, ``>`` where the loudest was not heard.

A comparator is read here alone: of a vital sign it would be no value, of a threshold it is how a missing response is
written (``> 110 dB``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.elements import LOINC, UCUM, Json, category, coding
from fyr.exchange.fhir.mcode.times import written_moment
from fyr.exchange.fhir.parts import EXTENSION, WORDS
from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.incoming import ProblemKind
from fyr.record import Observation
from fyr.record.audiogram import Threshold
from fyr.record.hearing import LOINC_PLACES, hearing_code, threshold_of

__all__ = ["HEARING_WORDS", "thresholds_told", "written_threshold"]

HEARING_WORDS: Final = f"{WORDS}hearing"
"""The system of our own codes: bone conduction, masking, and the frequencies that LOINC has no code for."""
_DECIBELS: Final = frozenset({"dB", "dB{HL}", "dB[HL]", "dB HL"})
"""UCUM's code, our annotated one, and two that are in use for the same and are no UCUM."""
_SOURCE: Final = f"{EXTENSION}source"


def thresholds_told(observation: Json) -> tuple[list[Threshold], bool]:
    """Return the thresholds that an Observation and its components tell, and whether it tells anything else.

    Raises
    ------
    Refusal
        If it has a code of a threshold and cannot be read: nothing of it is taken then.
    """
    told: list[Threshold] = []
    is_all = True
    parts = [("", observation), *((f"component[{n}].", one) for n, one in enumerate(objects(observation, "component")))]
    for where, part in parts:
        code = next(_hearing_codes(part, where), None)
        if code is None:
            is_all = is_all and (part is observation and not any(name.startswith("value") for name in part))
            continue
        threshold = _threshold(part, code, where)
        if threshold is not None:
            told.append(threshold)
    return told, is_all


def _hearing_codes(part: Json, where: str) -> Iterator[str]:
    for system, code in codings(part.get("code", {}), f"{where}code"):
        if system == LOINC and code in LOINC_PLACES:
            yield f"loinc:{code}"
        elif system == HEARING_WORDS:
            yield f"fyr:{code}"


def _threshold(part: Json, code: str, where: str) -> Threshold | None:
    quantity = part.get("valueQuantity")
    if quantity is None:
        if "dataAbsentReason" in part or part.get("component"):  # why it was not measured changes nothing
            return None
        raise Refusal(ProblemKind.INCOMPLETE, "there is no value", f"{where}valueQuantity")
    if type(quantity) is not dict:
        raise Refusal(ProblemKind.UNREADABLE, "it is not a Quantity", f"{where}valueQuantity")
    said = quantity.get("code") if quantity.get("system") == UCUM else quantity.get("unit")
    if said not in _DECIBELS:
        what = f"the unit is {said!r}, not dB above normal hearing"
        raise Refusal(ProblemKind.UNREADABLE, what, f"{where}valueQuantity.code", f"give system {UCUM} and dB")
    level = _number(quantity.get("value"), f"{where}valueQuantity.value")
    comparator = quantity.get("comparator")
    if comparator not in (None, ">"):
        what = f"'{comparator}' a threshold is no threshold; '>' says that there was no response"
        raise Refusal(ProblemKind.UNSUPPORTED, what, f"{where}valueQuantity.comparator")
    try:
        found = threshold_of(code, level)
    except BadInput as problem:
        raise Refusal(ProblemKind.UNREADABLE, problem.what, f"{where}valueQuantity.value", problem.mend) from None
    if found is None:
        raise Refusal(ProblemKind.UNSUPPORTED, f"'{code}' is no code of a threshold", f"{where}code")
    if comparator is None:
        return found
    return Threshold(found.ear, found.frequency_hz, level, False, found.conduction, found.masked)


def _number(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise Refusal(ProblemKind.UNREADABLE, f"{str(value)[:40]!r} is not a number", where)


def written_threshold(one: Observation, subject: Json, identity: str) -> Json:
    """Return an observation of a threshold as a FHIR Observation that is read back unaltered.

    Parameters
    ----------
    one : Observation
        Of a code for which :func:`~fyr.record.hearing.is_hearing_code` holds.
    subject : dict
    identity : str
        The id of the resource.
    """
    assert isinstance(one.value, float)  # noqa: S101  a threshold has a level
    threshold = threshold_of(one.code, one.value)
    assert threshold is not None  # noqa: S101  by its code
    heard = Threshold(
        threshold.ear, threshold.frequency_hz, threshold.level_db, True, threshold.conduction, threshold.masked
    )
    code = hearing_code(heard)
    system = LOINC if code.startswith("loinc:") else HEARING_WORDS
    masked = ", masked" if threshold.masked else ""
    words = f"Hearing threshold, {threshold.ear} ear, {threshold.frequency_hz} Hz, {threshold.conduction}{masked}"
    quantity: Json = {"value": one.value, "unit": "dB HL", "system": UCUM, "code": "dB"}
    if not threshold.response:
        quantity["comparator"] = ">"
    return {
        "resourceType": "Observation",
        "id": identity,
        "extension": [{"url": _SOURCE, "valueString": one.source}],
        "status": "final",
        "category": category("exam"),
        "code": {"coding": [coding(code.partition(":")[2], system)], "text": words},
        "subject": subject,
        "effectiveDateTime": written_moment(one.time_us),
        "valueQuantity": quantity,
    }
