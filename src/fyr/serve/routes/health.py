"""Whether the server lives."""

from __future__ import annotations

from fastapi import APIRouter

from fyr.serve.documents import Health
from fyr.serve.signed_in import Here
from fyr.version import __version__

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/health")
def health(here: Here) -> Health:
    """Say whether the server lives and the ward's engine keeps up; needs no sign-in and says nothing of patients."""
    pulse = here.wards.pulse()
    return Health.model_validate(
        {
            "status": pulse.status,
            "version": __version__,
            "simulated": here.simulated,
            "engine_behind_s": round(pulse.behind_s, 3),
            "problem": pulse.problem,
        }
    )
