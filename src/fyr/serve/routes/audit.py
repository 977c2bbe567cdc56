"""Who looked at what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from fyr.record.audit import AuditEvent
from fyr.serve.documents import Audit, Problem
from fyr.serve.permissions import Permission, require
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(tags=["audit"])


@router.get("/audit", responses={401: {"model": Problem}, 403: {"model": Problem}})
def audit(here: Here, person: SignedIn, limit: Annotated[int, Query(ge=1, le=5000)] = 200) -> Audit:
    """Show the newest entries of the audit trail, newest first, and whether the chain holds from its first entry."""
    require(person, Permission.READ_AUDIT)
    trail = here.record.audit
    trail.append([AuditEvent(person.access(), "read audit trail", detail={"limit": limit})])
    return Audit(entries=trail.entries(limit=limit), verdict=asdict(trail.verify()))
