"""The devices that samples come from, and what became of their samples."""

from __future__ import annotations

from fastapi import APIRouter

from fyr.clock import SECOND_US
from fyr.serve.device_documents import Devices
from fyr.serve.documents import Problem
from fyr.serve.permissions import Permission, require
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/devices", tags=["devices"])


@router.get("", responses={401: {"model": Problem}, 403: {"model": Problem}})
def devices(here: Here, person: SignedIn) -> Devices:
    """Return how late a sample may come, and of every device how many came late, twice, or ahead of their time.

    Says nothing of patients.
    """
    require(person, Permission.READ_DEVICES)
    lateness_us, states = here.wards.devices()
    return Devices.model_validate(
        {
            "lateness_s": lateness_us / SECOND_US,
            "devices": [
                {
                    "device": one.device,
                    "clock": one.clock.value,
                    "ahead_s": one.ahead_us / SECOND_US,
                    "arrived": one.counts.arrived,
                    "released": one.counts.released,
                    "late": one.counts.late,
                    "duplicate": one.counts.duplicate,
                    "ahead": one.counts.ahead,
                    "strangers": one.strangers,
                }
                for one in states
            ],
        }
    )
