"""What people do about notifications."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from fyr.attention import Notification
from fyr.clock import from_datetime
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.alarm_documents import raised_document
from fyr.serve.documents import AcknowledgeRequest, ActRequest, NotificationDocument, PauseRequest, Problem, Raised
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import notification_document

__all__ = ["router"]

router = APIRouter(prefix="/notifications", tags=["notifications"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (401, 403, 404, 409)}


@router.get("/{notification}", responses=_PROBLEMS)
def whole_life(here: Here, person: SignedIn, notification: str) -> Raised:
    """Return a notification with all that happened to it: who was told, who acted, what they did and when."""
    here.visible_to(person)
    patient = here.wards.patient_of(notification)
    here.require_sight_of(person, patient)
    detail = {"notification": notification}
    here.record.audit.append([AuditEvent(person.access(), "read notification", patient, detail)])
    document = raised_document(here.wards.raised(notification), here.wards.policy_of(patient), _bed(here, patient))
    return Raised.model_validate(document)


@router.post("/{notification}/acknowledge", responses=_PROBLEMS)
def acknowledge(
    here: Here, person: SignedIn, notification: str, wanted: AcknowledgeRequest | None = None
) -> NotificationDocument:
    """Take a notification: the person has seen it and goes."""
    note = wanted.note if wanted is not None else ""
    _audit(here, person, notification, "acknowledge notification", {"note": note})
    return _document(here, here.wards.acknowledge(notification, person.name, note))


@router.post("/{notification}/pause", responses=_PROBLEMS)
def pause(here: Here, person: SignedIn, notification: str, wanted: PauseRequest) -> NotificationDocument:
    """Ask not to be told again for some minutes, and say why."""
    detail = {"minutes": wanted.minutes, "reason": wanted.reason}
    _audit(here, person, notification, "pause notification", detail)
    return _document(here, here.wards.pause(notification, person.name, wanted.minutes, wanted.reason))


@router.post("/{notification}/act", responses=_PROBLEMS)
def act(here: Here, person: SignedIn, notification: str, wanted: ActRequest) -> NotificationDocument:
    """Write down what was done about a notification; whoever acts has also taken it."""
    done_us = None if wanted.done_at is None else from_datetime(wanted.done_at)
    detail = {"what": wanted.what, **({} if wanted.done_at is None else {"done_at": wanted.done_at.isoformat()})}
    _audit(here, person, notification, "act on notification", detail)
    return _document(here, here.wards.act(notification, person.name, wanted.what, done_us))


def _audit(here: Installation, person: Person, notification: str, action: str, detail: dict[str, Any]) -> None:
    require(person, Permission.ACT_ON_NOTIFICATIONS)
    patient = here.wards.patient_of(notification)
    here.require_sight_of(person, patient)
    here.record.audit.append([AuditEvent(person.access(), action, patient, {"notification": notification, **detail})])


def _document(here: Installation, notification: Notification) -> NotificationDocument:
    patient = notification.patient
    document = notification_document(notification, _bed(here, patient), here.wards.policy_of(patient))
    return NotificationDocument.model_validate(document)


def _bed(here: Installation, patient: PatientId) -> str:
    occupant = here.wards.occupant(patient)
    return occupant.bed if occupant is not None else ""
