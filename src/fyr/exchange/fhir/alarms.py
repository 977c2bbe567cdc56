"""An alarm as FHIR R4: a DetectedIssue for the notification as it stands, a Communication for each thing told of it.

A DetectedIssue is identified by the notification and so updated over its life; a Communication by the event, and never
changed. What FHIR has no element for stands in one extension, so that nothing is lost: :func:`read_alarm` gives back
what :func:`detected_issue` was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import orjson

from fyr.clock import from_iso, to_iso
from fyr.errors import BadInput
from fyr.exchange.device_codes import SIGNAL_MDC
from fyr.exchange.fhir.codes import LOINC, MDC, UCUM
from fyr.exchange.fhir.parts import (
    ALARM_EVENT,
    EXTENSION,
    NOTIFICATION,
    OWN_DEVICE,
    logical,
    patient_reference,
    resource_id,
    words,
)
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import SIGNALS

__all__ = ["BEDSIDE", "communication", "detected_issue", "read_alarm"]

BEDSIDE: Final = "bedside staff"
"""Whom a notification goes to that was not escalated."""

_ALARM: Final = f"{EXTENSION}alarm"
_SEVERITY: Final = {"high": "high", "medium": "moderate", "low": "low"}
_REQUEST_PRIORITY: Final = {"high": "stat", "medium": "urgent", "low": "routine"}
_DONE_BY_PEOPLE: Final = frozenset({"acknowledged", "paused", "acted_on"})
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/communication-category"
_WAITS: Final = "the staff on duty have as much as they can take"
_TEXTS: Final = tuple(
    one.name
    for one in fields(OutgoingAlarm)
    if one.name not in ("id", "notification", "patient", "time_us", "raised_at_us", "value", "evidence")
)
"""What the extension holds as text, by the names of :class:`fyr.exchange.outgoing.OutgoingAlarm`."""


def detected_issue(alarm: OutgoingAlarm, patient_system: str = "") -> dict[str, Any]:
    """Return the notification as it stands after an event.

    Parameters
    ----------
    alarm : OutgoingAlarm
    patient_system : str
        The system of the hospital's own patient numbers; ``urn:fyr:patient:HOSPITAL`` by default.

    Returns
    -------
    dict
        A DetectedIssue: ``preliminary`` while the alarm stands, ``final`` when it has ended.
    """
    evidence = _value_observation(alarm, patient_system)
    issue: dict[str, Any] = {
        "resourceType": "DetectedIssue",
        "id": resource_id(alarm.notification),
        "contained": [OWN_DEVICE] if evidence is None else [OWN_DEVICE, evidence],
        "extension": [_everything(alarm)],
        "identifier": [
            {"system": NOTIFICATION, "value": alarm.notification},
            {"system": ALARM_EVENT, "value": alarm.id},
        ],
        "status": "final" if alarm.state == "inactive" else "preliminary",
        "code": words("alarm-subject", alarm.subject, alarm.title or alarm.subject),
        "severity": _SEVERITY.get(alarm.priority, "low"),
        "patient": patient_reference(alarm.hospital, alarm.patient, patient_system),
        "identifiedDateTime": to_iso(alarm.raised_at_us),
        "author": {"reference": "#fyr"},
        "detail": _told(alarm),
    }
    if evidence is not None:
        issue["implicated"] = [{"reference": "#value"}]
        issue["evidence"] = [{"detail": [{"reference": "#value"}]}]
    if alarm.event in _DONE_BY_PEOPLE:
        done = alarm.event.replace("_", " ")
        mitigation: dict[str, Any] = {
            "action": words("alarm-event", alarm.event, f"{done}: {alarm.reason}" if alarm.reason else done),
            "date": to_iso(alarm.time_us),
        }
        if alarm.by:
            mitigation["author"] = {**_person(alarm), "display": alarm.by}
        issue["mitigation"] = [mitigation]
    return issue


def communication(alarm: OutgoingAlarm, patient_system: str = "") -> dict[str, Any]:
    """Return what was told, to whom and when.

    Returns
    -------
    dict
        A Communication: ``on-hold`` where the notification waits for the staff's attention, else ``completed``.
    """
    waits = alarm.event == "waiting"
    told: dict[str, Any] = {
        "resourceType": "Communication",
        "id": resource_id(alarm.id),
        "contained": [
            OWN_DEVICE,
            {
                "resourceType": "PractitionerRole",
                "id": "recipient",
                "code": [words("role", alarm.escalated_to or BEDSIDE)],
            },
        ],
        "identifier": [{"system": ALARM_EVENT, "value": alarm.id}],
        "status": "on-hold" if waits else "completed",
        "category": [{"coding": [{"system": _CATEGORY, "code": "alert"}]}],
        "priority": _REQUEST_PRIORITY.get(alarm.priority, "routine"),
        "subject": patient_reference(alarm.hospital, alarm.patient, patient_system),
        "about": [logical("DetectedIssue", NOTIFICATION, alarm.notification)],
        "recipient": [{"reference": "#recipient"}],
        "sender": {"reference": "#fyr"},
        "reasonCode": [words("alarm-event", alarm.event)],
        "payload": [{"contentString": _told(alarm)}],
    }
    if waits:
        told["statusReason"] = words(
            "alarm-event", "waiting", alarm.reason or "the staff have as much as they can take"
        )
    else:
        told["sent"] = to_iso(alarm.time_us)
    return told


def read_alarm(issue: Mapping[str, Any]) -> OutgoingAlarm:
    """Read what :func:`detected_issue` wrote.

    Raises
    ------
    BadInput
        If it is not a DetectedIssue that Fyr wrote.
    """
    try:
        (whole,) = (one["extension"] for one in issue["extension"] if one["url"] == _ALARM)
        parts = {part["url"]: value for part in whole for key, value in part.items() if key.startswith("value")}
        known = {one["system"]: one["value"] for one in issue["identifier"]}
        value = parts.get("value")
        return OutgoingAlarm(
            **{name: parts.get(name, "") for name in _TEXTS} | {"signal": parts.get("signal")},
            id=known[ALARM_EVENT],
            notification=known[NOTIFICATION],
            patient=issue["patient"]["identifier"]["value"],
            time_us=from_iso(parts["time"]),
            raised_at_us=from_iso(issue["identifiedDateTime"]),
            value=None if value is None else float(value),
            evidence=orjson.loads(parts["evidence"]) if "evidence" in parts else {},
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise BadInput(
            f"this is no DetectedIssue that Fyr wrote: {type(problem).__name__} {problem}",
            where=str(issue.get("id", "")),
        ) from None


def _everything(alarm: OutgoingAlarm) -> dict[str, Any]:
    """Return the extension that holds what FHIR has no element for, and the words that its elements translate."""
    parts = [{"url": name, "valueString": text} for name in _TEXTS if (text := getattr(alarm, name))]
    parts.append({"url": "time", "valueInstant": to_iso(alarm.time_us)})
    if alarm.value is not None:
        # FHIR has no decimal for infinity: there it is text.
        finite = math.isfinite(alarm.value)
        parts.append(
            {"url": "value", **({"valueDecimal": alarm.value} if finite else {"valueString": str(alarm.value)})}
        )
    if alarm.evidence:
        evidence = orjson.dumps(dict(alarm.evidence), option=orjson.OPT_SERIALIZE_NUMPY).decode()
        parts.append({"url": "evidence", "valueString": evidence})
    return {"url": _ALARM, "extension": parts}


def _value_observation(alarm: OutgoingAlarm, patient_system: str) -> dict[str, Any] | None:
    """Return the value that decided as an Observation to contain; ``None`` where no known signal decided."""
    known = SIGNALS.get(alarm.signal or "")
    if known is None or alarm.value is None or not math.isfinite(alarm.value):
        return None
    coding = [{"system": LOINC, "code": known.loinc}] if known.loinc else []
    if known.name in SIGNAL_MDC:
        coding.append({"system": MDC, "code": SIGNAL_MDC[known.name]})
    concept: dict[str, Any] = {"text": known.title, **({"coding": coding} if coding else {})}
    return {
        "resourceType": "Observation",
        "id": "value",
        "status": "preliminary",
        "code": concept,
        "subject": patient_reference(alarm.hospital, alarm.patient, patient_system),
        "effectiveDateTime": to_iso(alarm.time_us),
        "valueQuantity": {"value": alarm.value, "unit": known.unit, "system": UCUM, "code": known.unit},
    }


def _told(alarm: OutgoingAlarm) -> str:
    """Say it in one line: what, where, what happened."""
    place = " ".join(part for part in (alarm.ward, alarm.bed) if part)
    said = f"{alarm.title or alarm.subject}{f' ({place})' if place else ''}: {alarm.event.replace('_', ' ')}"
    return f"{said}: {alarm.reason}" if alarm.reason else said


def _person(alarm: OutgoingAlarm) -> dict[str, Any]:
    return logical("Practitioner", f"urn:fyr:person:{alarm.hospital}", alarm.by)
