"""Whether the server lives."""

from __future__ import annotations

from fastapi import APIRouter, Response

from fyr.serve.documents import Health
from fyr.serve.signed_in import Here
from fyr.version import __version__

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/health", responses={503: {"model": Health}})
def health(here: Here, response: Response) -> Health:
    """Say whether the server lives and the ward's engine keeps up (200), or lags or failed (503).

    Needs no sign-in and says nothing of patients.
    """
    pulse = here.wards.pulse()
    response.status_code = 200 if pulse.status == "ok" else 503
    return Health.model_validate(
        {
            "status": pulse.status,
            "version": __version__,
            "simulated": here.simulated,
            "engine_behind_s": round(pulse.behind_s, 3),
            "problem": pulse.problem,
        }
    )
