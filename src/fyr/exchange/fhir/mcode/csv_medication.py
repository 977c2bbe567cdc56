"""Rows of medicines: what was given (MedicationAdministration) and what was ordered (MedicationRequest)."""

from __future__ import annotations

from typing import Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import (
    MCODE,
    SNOMED,
    Json,
    absent,
    concept,
    concept_extension,
    content_id,
    extensions,
    present,
    reference,
)

__all__ = ["administration_of", "request_of"]

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_REASON: Final = ("treatmentReasonCode", "treatmentReasonCodeSystem", "treatmentReasonDisplayText")
_DOSAGE: Final = (
    *("dosageRoute", "asNeededCode", "doseRateType", "doseQuantityValue", "doseQuantityUnit", "timingCode"),
    "timingEvent",
)


def administration_of(row: Row, patient: str) -> Json:
    """Return the MedicationAdministration; without dates its period says that it is unknown."""
    start, end = row.moment("startDate"), row.moment("endDate")
    columns = ("code", "codeSystem", "displayText")
    content = {
        "subjectId": patient,
        **{name: row.get(name) for name in columns},
        "startDate": start,
        "endDate": end,
        **{name: row.get(name) for name in (*_REASON, "treatmentIntent", "status")},
    }
    return {
        "resourceType": "MedicationAdministration",
        "id": row.get("medicationId") or content_id(content),
        "meta": {"profile": [f"{MCODE}mcode-cancer-related-medication-administration"]},
        **extensions(concept_extension(f"{MCODE}mcode-treatment-intent", row.get("treatmentIntent"))),
        "status": row.need("status"),
        **_medication(row),
        "subject": reference("Patient", patient),
        "effectivePeriod": present(start=start, end=end) or absent("unknown"),
        **_reason(row),
    }


def request_of(row: Row, patient: str) -> Json:
    """Return the MedicationRequest."""
    columns = ("code", "codeSystem", "displayText", *_REASON, "procedureIntent", "status", "intent", "authoredOn")
    event = row.moment("timingEvent")
    content = {
        "subjectId": patient,
        **{name: row.get(name) for name in (*columns, "requesterId", *_DOSAGE[:-1])},
        "timingEvent": event,
    }
    return {
        "resourceType": "MedicationRequest",
        "id": row.get("requestId") or content_id(content),
        "meta": {"profile": [f"{MCODE}mcode-cancer-related-medication-request"]},
        **extensions(concept_extension(f"{MCODE}mcode-procedure-intent", row.get("procedureIntent"))),
        "status": row.need("status"),
        "intent": row.need("intent"),
        **_medication(row),
        **_dosage(row, event),
        "subject": reference("Patient", patient),
        **present(authoredOn=row.moment("authoredOn")),
        "requester": reference(None, row.need("requesterId")),
        **_reason(row),
    }


def _medication(row: Row) -> Json:
    code, system = row.need("code"), row.need("codeSystem")
    return {"medicationCodeableConcept": concept(code, system, row.get("displayText"))}


def _reason(row: Row) -> Json:
    code, system, display = (row.get(name) for name in _REASON)
    return {"reasonCode": [concept(code, system, display)]} if code and system and display else {}


def _dosage(row: Row, event: str | None) -> Json:
    route, as_needed, rate_type, value, unit, timing_code, _ = (row.get(name) for name in _DOSAGE)
    if not any(row.get(name) for name in _DOSAGE):
        return {}
    instruction: Json = {}
    if route:
        instruction["route"] = concept(route, SNOMED)
    if as_needed:
        instruction["asNeededCodeableConcept"] = concept(as_needed, SNOMED)
    if rate_type or value or unit:
        instruction["doseAndRate"] = [
            {
                **({"type": concept(rate_type, f"{_TERMINOLOGY}dose-rate-type")} if rate_type else {}),
                **({"doseQuantity": present(value=_amount(row, value), unit=unit)} if value or unit else {}),
            }
        ]
    if timing_code or event:
        instruction["timing"] = {
            **({"event": [event]} if event else {}),
            **({"code": concept(timing_code, f"{_TERMINOLOGY}v3-GTSAbbreviation")} if timing_code else {}),
        }
    return {"dosageInstruction": [instruction]}


def _amount(row: Row, text: str | None) -> float | int | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        what = f"doseQuantityValue is '{text}', which is no number"
        raise BadInput(what, where=row.where, mend="give a number") from None
    return int(number) if number.is_integer() else number
