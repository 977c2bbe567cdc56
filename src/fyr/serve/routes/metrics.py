"""What a monitoring system reads: to this machine, or to whoever shows the token."""

from __future__ import annotations

import hmac
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fyr.errors import NotPermitted
from fyr.serve.host_names import is_loopback
from fyr.serve.metrics import CONTENT_TYPE
from fyr.serve.signed_in import Here

__all__ = ["router"]

router = APIRouter(tags=["health"])

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""What comes with one of these came through a proxy on this machine, from somewhere else."""


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(here: Here, request: Request) -> Response:
    """Return counts and times of the house in Prometheus' text. Says nothing of patients.

    Answers this machine, and whoever sends the content of `server.metrics_token_file` as a bearer token.
    """
    if not (_is_from_here(request) or _shows_token(request, here.metrics_token)):
        raise NotPermitted(
            "metrics are for this machine, or for who shows the token",
            mend="set server.metrics_token_file, and send its content as Authorization: Bearer TOKEN",
        )
    return Response(here.metrics.text(here), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _is_from_here(request: Request) -> bool:
    address = request.client.host if request.client else ""
    return is_loopback(address) and not any(name in request.headers for name in _FORWARDED)


def _shows_token(request: Request, token: str | None) -> bool:
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    return token is not None and kind.lower() == "bearer" and hmac.compare_digest(shown.encode(), token.encode())
