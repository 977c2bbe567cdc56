"""The handover sheet of a ward: what the next shift must know."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from fyr.clock import DAY_US, HOUR_US, from_datetime, to_iso
from fyr.errors import BadInput
from fyr.serve.documents import Problem
from fyr.serve.handover import handed_over
from fyr.serve.handover_documents import Handover
from fyr.serve.routes.wards import audit_ward
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["SHIFT_US", "Since", "router", "shift_start"]

router = APIRouter(tags=["wards"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem},
    401: {"model": Problem},
    403: {"model": Problem},
    404: {"model": Problem},
}
SHIFT_US: Final = 8 * HOUR_US
_KEPT_US: Final = 2 * DAY_US
_SCORES_BEFORE_US: Final = DAY_US

Since = Annotated[AwareDatetime | None, Query(description="The beginning of the shift; 8 hours ago if it is not said")]


def shift_start(since: AwareDatetime | None, now_us: int) -> int:
    """Return the beginning of the shift.

    Raises
    ------
    BadInput
        If it is later than now, or longer ago than alarms are kept.
    """
    since_us = now_us - SHIFT_US if since is None else from_datetime(since)
    if not now_us - _KEPT_US <= since_us <= now_us:
        raise BadInput(
            f"{to_iso(since_us)} is not within the last 48 hours", where="since", mend="alarms are kept for 48 hours"
        )
    return since_us


@router.get("/wards/{ward}/handover", responses=_PROBLEMS)
def handover(here: Here, person: SignedIn, ward: str, since: Since = None) -> Handover:
    """Return, patient by patient, what was measured, raised, done and held back since the beginning of the shift."""
    now_us = here.wards.present_us()
    since_us = shift_start(since, now_us)
    occupants = audit_ward(here, person, ward, "read handover", {"since": to_iso(since_us)})
    record = here.on_behalf_of(person)
    return Handover.model_validate(
        {
            "ward": ward,
            "hospital": here.hospital,
            "simulated": here.simulated,
            "since": to_iso(since_us),
            "now": to_iso(now_us),
            "patients": [
                handed_over(
                    here.wards.tile(one.patient),
                    here.wards.alarms(one.patient, since_us),
                    here.wards.limits(one.patient),
                    record.findings(one.patient, "news2", since_us - _SCORES_BEFORE_US),
                    since_us,
                )
                for one in occupants
            ],
        }
    )
