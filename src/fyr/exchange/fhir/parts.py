"""The small parts that every resource we write is made of: identifiers, references, extensions."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

__all__ = [
    "ALARM_EVENT",
    "EXTENSION",
    "NOTIFICATION",
    "OWN_DEVICE",
    "RISK",
    "WORDS",
    "logical",
    "patient_reference",
    "resource_id",
    "words",
]

NOTIFICATION: Final = "urn:fyr:notification"
ALARM_EVENT: Final = "urn:fyr:alarm-event"
RISK: Final = "urn:fyr:risk"
"""The systems of our identifiers; a value of one is never given to anything else."""

WORDS: Final = "urn:fyr:words:"
"""The system of a word of ours, before its kind: ``urn:fyr:words:alarm-event``."""

EXTENSION: Final = "urn:fyr:extension:"
"""The address of an extension of ours, before its name; see docs/how-to/connect-fhir.md."""

OWN_DEVICE: Final = {
    "resourceType": "Device",
    "id": "fyr",
    "deviceName": [{"name": "Fyr", "type": "user-friendly-name"}],
    "note": [{"text": "Research software, not a medical device."}],
}
"""What we write as author and sender, contained."""

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_CODE: Final = re.compile(r"[^\s]+( [^\s]+)*")


def resource_id(identifier: str) -> str:
    """Return an identifier as the id of a resource: itself where FHIR allows that, else a digest of it."""
    return identifier if _ID.fullmatch(identifier) else hashlib.sha256(identifier.encode()).hexdigest()


def logical(kind: str, system: str, value: str) -> dict[str, Any]:
    """Return a reference by identifier: whoever receives it finds the resource, wherever it is kept."""
    return {"type": kind, "identifier": {"system": system, "value": value}}


def patient_reference(hospital: str, patient: str, system: str = "") -> dict[str, Any]:
    """Return a reference to a patient by the hospital's own number."""
    return logical("Patient", system or f"urn:fyr:patient:{hospital}", patient)


def words(kind: str, code: str, text: str = "") -> dict[str, Any]:
    """Return one of our words as a CodeableConcept; only its text where FHIR does not allow it as a code."""
    concept: dict[str, Any] = {"text": text or code}
    if _CODE.fullmatch(code):
        concept["coding"] = [{"system": f"{WORDS}{kind}", "code": code}]
    return concept
