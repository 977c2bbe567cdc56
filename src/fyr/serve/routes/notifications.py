"""What people do about notifications."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from fyr.attention import Notification
from fyr.record.audit import AuditEvent
from fyr.serve.documents import AcknowledgeRequest, NotificationDocument, PauseRequest, Problem
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import notification_document

__all__ = ["router"]

router = APIRouter(prefix="/notifications", tags=["notifications"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (401, 403, 404, 409)}


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


def _audit(here: Installation, person: Person, notification: str, action: str, detail: dict[str, Any]) -> None:
    require(person, Permission.ACT_ON_NOTIFICATIONS)
    patient = here.wards.patient_of(notification)
    here.require_sight_of(person, patient)
    here.record.audit.append([AuditEvent(person.access(), action, patient, {"notification": notification, **detail})])


def _document(here: Installation, notification: Notification) -> NotificationDocument:
    occupant = here.wards.occupant(notification.patient)
    bed = occupant.bed if occupant is not None else ""
    return NotificationDocument.model_validate(notification_document(notification, bed))
