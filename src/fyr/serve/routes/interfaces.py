"""The lines to other systems: how sources and sinks are, and which messages were refused."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from fyr.clock import SECOND_US, to_iso
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.interface_documents import RefusedMessages, Sources
from fyr.serve.interfaces import SourceReport
from fyr.serve.permissions import Permission, require
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(tags=["interfaces"])
_PROBLEMS: dict[int | str, dict[str, Any]] = {401: {"model": Problem}, 403: {"model": Problem}}


@router.get("/sources", responses=_PROBLEMS)
def sources(here: Here, person: SignedIn) -> Sources:
    """Return how every source and every receiver of alarms is. Says nothing of patients."""
    require(person, Permission.READ_DEVICES)
    lines = here.interfaces
    if lines is None:
        return Sources(sources=[], sinks=[], refused_waiting=0)
    sinks = [sender.report() for sender in lines.senders]
    return Sources.model_validate(
        {
            "sources": [_source(one) for one in lines.sources()],
            "sinks": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "state": "lost" if one.problem else "waiting" if one.waiting else "ok",
                    "waiting": one.waiting,
                    "delivered": one.delivered,
                    "refused": one.refused,
                    "last_delivered_at": None if one.last_delivered_us is None else to_iso(one.last_delivered_us),
                    "problem": one.problem,
                }
                for one in sinks
            ],
            "refused_waiting": lines.intake.quarantine.count,
        }
    )


@router.get("/quarantine", responses=_PROBLEMS)
def quarantine(here: Here, person: SignedIn, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> RefusedMessages:
    """Return the newest refused messages with the reason, the newest first; not what stood in them."""
    require(person, Permission.READ_DEVICES)
    lines = here.interfaces
    found = [] if lines is None else lines.intake.quarantine.newest(limit)
    here.record.audit.append([AuditEvent(person.access(), "read refused messages", detail={"messages": len(found)})])
    return RefusedMessages.model_validate(
        {
            "messages": [
                {
                    "id": one.number,
                    "time": to_iso(one.time_us),
                    "source": one.source,
                    "kind": one.problem.kind.value,
                    "what": one.problem.what,
                    "where": one.problem.where,
                    "mend": one.problem.mend,
                    "bytes": one.size,
                }
                for one in found
            ]
        }
    )


def _source(one: SourceReport) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "state": one.health.state.value,
        "detail": one.health.detail,
        "connections": one.health.connections,
        "messages": one.counts.messages,
        "accepted": one.counts.accepted,
        "refused": one.counts.refused,
        "samples": one.counts.samples,
        "last_message_at": None if one.counts.last_message_us is None else to_iso(one.counts.last_message_us),
        "silent": one.is_silent,
        "silent_after_s": None if one.silent_after_us is None else one.silent_after_us / SECOND_US,
    }
