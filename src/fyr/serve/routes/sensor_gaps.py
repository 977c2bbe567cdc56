"""The sensor-gap list of a ward: which patients lack which signal."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from fyr.clock import DAY_US, to_iso
from fyr.serve.documents import Problem
from fyr.serve.handover import by_need, gap_documents
from fyr.serve.handover_documents import SensorGaps
from fyr.serve.routes.handover import Since, shift_start
from fyr.serve.routes.wards import audit_ward
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(tags=["wards"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem},
    401: {"model": Problem},
    403: {"model": Problem},
    404: {"model": Problem},
}


@router.get("/wards/{ward}/sensor-gaps", responses=_PROBLEMS)
def sensor_gaps(here: Here, person: SignedIn, ward: str, since: Since = None) -> SensorGaps:
    """Return which patients lack which signal since when, and how much of the shift and of the day was assessable."""
    now_us = here.wards.present_us()
    since_us, day_us = shift_start(since, now_us), now_us - DAY_US
    gaps: list[dict[str, Any]] = []
    for one in audit_ward(here, person, ward, "read sensor gaps"):
        gaps += gap_documents(
            here.wards.tile(one.patient),
            here.wards.alarms(one.patient, min(day_us, since_us)).not_assessable,
            here.wards.policy_of(one.patient),
            admitted_us=one.since_us,
            since_us=since_us,
            day_us=day_us,
            now_us=now_us,
        )
    return SensorGaps.model_validate(
        {
            "ward": ward,
            "since": to_iso(since_us),
            "now": to_iso(now_us),
            "lacking": sorted((gap for gap in gaps if gap["since"] is not None), key=by_need),
            "lacked": sorted(
                (gap for gap in gaps if gap["since"] is None and gap["assessable_day"] < 1),
                key=lambda gap: (gap["assessable_day"], gap["bed"], gap["signal"]),
            ),
        }
    )
