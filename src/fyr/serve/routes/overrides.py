"""A patient's own limits: read, set, end."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from fyr.attention import Override
from fyr.clock import from_datetime
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.limit_documents import OverrideDocument, OverrideRequest, Overrides, RevocationRequest
from fyr.serve.own_limits import change_asked_for, override_document, overrides_document
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/patients/{hospital}/{local}/overrides", tags=["own limits"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404, 409)}


@router.get("", responses=_PROBLEMS)
def overrides(here: Here, person: SignedIn, patient: Patient) -> Overrides:
    """Return the limits of the patient's own that hold, those that ended, and what may be changed."""
    _note(here, person, patient, "read own limits", {})
    return Overrides.model_validate(overrides_document(here.wards.limits(patient)))


@router.post("", responses=_PROBLEMS)
def set_limits(here: Here, person: SignedIn, patient: Patient, wanted: OverrideRequest) -> OverrideDocument:
    """Set limits of the patient's own, from now until they are ended, or until a time.

    A safety rule cannot be turned off, and be loosened only within its bound.
    """
    require(person, Permission.SET_OWN_LIMITS)
    changes = [change_asked_for(change) for change in wanted.changes]
    until_us = None if wanted.until is None else from_datetime(wanted.until)
    detail = {
        "changes": [change.as_dict() for change in changes],
        "reason": wanted.reason,
        "until": None if wanted.until is None else wanted.until.isoformat(),
    }
    _note(here, person, patient, "set own limits", detail)
    override = here.wards.set_limits(patient, person.name, changes, wanted.reason, until_us)
    return _document(here, patient, override)


@router.delete("/{override}", responses=_PROBLEMS)
def end_limits(
    here: Here, person: SignedIn, patient: Patient, override: str, wanted: RevocationRequest
) -> OverrideDocument:
    """End limits of the patient's own, and say why; they stay in the list of those that ended."""
    require(person, Permission.SET_OWN_LIMITS)
    _note(here, person, patient, "end own limits", {"override": override, "reason": wanted.reason})
    return _document(here, patient, here.wards.revoke_limits(patient, person.name, override, wanted.reason))


def _note(here: Installation, person: Person, patient: PatientId, action: str, detail: dict[str, Any]) -> None:
    here.record.audit.append([AuditEvent(person.access(), action, patient, detail)])


def _document(here: Installation, patient: PatientId, override: Override) -> OverrideDocument:
    limits = here.wards.limits(patient)
    holds = override.id in {one.id for one in limits.holding}
    return OverrideDocument.model_validate(override_document(override, limits.events, limits.ward, holds=holds))
