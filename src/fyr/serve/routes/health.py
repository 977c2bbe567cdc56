"""Whether the server lives."""

from __future__ import annotations

from fastapi import APIRouter, Response

from fyr.serve.documents import Health, Ready
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
            "problem": None if pulse.problem is None else here.patient_words.clean(pulse.problem),
        }
    )


@router.get("/ready", responses={503: {"model": Ready}})
def ready(here: Here, response: Response) -> Ready:
    """Say whether this server can be relied on (200) or not (503): for load balancers.

    Ready is a server whose engine keeps up, whose journal can be written, and whose every required source listens or is
    connected. Needs no sign-in and says nothing of patients.
    """
    is_ready, why = here.watchdog.is_ready()
    response.status_code = 200 if is_ready else 503
    return Ready(ready=is_ready, reason=why)
