"""Wards, their boards, and the live stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from fyr.record.audit import AuditEvent
from fyr.serve.budget_documents import Budget, OnDutyRequest
from fyr.serve.documents import Board, Problem, Wards
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, may, require
from fyr.serve.problems import NotFound
from fyr.serve.signed_in import COOKIE, Here, SignedIn
from fyr.serve.tiles import Occupant

__all__ = ["audit_ward", "router"]

router = APIRouter(tags=["wards"])

_EMPTY: Final = "nobody is admitted: import recordings with `fyr record import`, or see the demonstration, `fyr demo`"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {401: {"model": Problem}, 403: {"model": Problem}}


@router.get("/wards", responses=_PROBLEMS)
def wards(here: Here, person: SignedIn) -> Wards:
    """List the wards on which the person may see somebody."""
    visible = here.visible_to(person)
    found = {
        ward: sum(visible(occupant.patient) for occupant in occupants) for ward, occupants in here.wards.wards().items()
    }
    return Wards.model_validate(
        {
            "wards": [{"ward": ward, "title": ward, "beds": beds} for ward, beds in sorted(found.items()) if beds],
            "hint": None if any(found.values()) else _EMPTY,
        }
    )


@router.get("/wards/{ward}/board", response_model=Board, responses={**_PROBLEMS, 404: {"model": Problem}})
async def board(here: Here, person: SignedIn, ward: str) -> Response:
    """Show all beds of a ward."""
    await run_in_threadpool(audit_ward, here, person, ward, "read board")
    return Response(here.hub.channel(ward).board(), media_type="application/json")


@router.post("/wards/{ward}/on-duty", responses={**_PROBLEMS, 400: {"model": Problem}, 404: {"model": Problem}})
def on_duty(here: Here, person: SignedIn, ward: str, wanted: OnDutyRequest) -> Budget:
    """Say how many nurses are on duty on a ward; the ward's alarm budget follows from it.

    What passes the budget waits, the lowest value first, and is listed; safety rules and high priority never wait.
    """
    require(person, Permission.SET_STAFF_ON_DUTY)
    detail = {"nurses": wanted.nurses, "per_nurse_hour": wanted.per_nurse_hour}
    audit_ward(here, person, ward, "set staff on duty", detail)
    return Budget.model_validate(here.wards.on_duty(ward, wanted.nurses, wanted.per_nurse_hour))


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={**_PROBLEMS, 404: {"model": Problem}, 200: {"content": {"text/event-stream": {}}}},
)
async def live(
    here: Here,
    person: SignedIn,
    request: Request,
    ward: Annotated[str, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Stream a ward as server-sent events.

    `board` (the whole board; first, unless the stream resumes), `tile` (one bed that changed; `id` is the cursor),
    `tiles` (a round in which many beds changed: of each its `bed` and the parts that are other than before),
    `gone` (a bed that is empty now), `budget` (the alarm budget, when it says something else), `notices` (what is
    wrong with the house itself, when it is something else) and
    `heartbeat` (every second while the engine keeps up). After a lost connection the browser sends `Last-Event-ID`
    and gets what it missed, or a board where that is not known any more.
    """
    await run_in_threadpool(audit_ward, here, person, ward, "open live board")
    token = request.cookies.get(COOKIE, "")

    async def still_allowed() -> bool:
        return await run_in_threadpool(_still_allowed, here, person, token)

    events: AsyncIterator[bytes] = here.hub.channel(ward).stream(last_event_id, still_allowed)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def audit_ward(
    here: Installation, person: Person, ward: str, action: str, detail: Mapping[str, Any] | None = None
) -> list[Occupant]:
    """Note who is about to see whom, durable before anything is shown; return who lies there.

    Raises
    ------
    NotFound
        If there is no such ward.
    NotPermitted
        If the person may not see everybody there.
    """
    visible = here.visible_to(person)
    occupants = here.wards.wards().get(ward)
    if occupants is None:
        raise NotFound(f"there is no ward '{ward}'", mend="see GET /api/wards")
    for occupant in occupants:
        if not visible(occupant.patient):
            here.require_sight_of(person, occupant.patient)
    here.record.audit.append(
        [
            AuditEvent(person.access(), action, occupant.patient, {"ward": ward, "bed": occupant.bed, **(detail or {})})
            for occupant in occupants
        ]
    )
    return occupants


def _still_allowed(here: Installation, person: Person, token: str) -> bool:
    account = here.sessions.account_of(token)
    now = here.identity.person(account) if account else None
    return now == person and may(now, Permission.READ_PATIENTS)
