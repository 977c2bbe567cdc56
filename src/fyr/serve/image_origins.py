"""Lets pages from elsewhere read images here, where the hospital says from where: nowhere by default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ImageOrigins"]

_IMAGES: Final = "/api/dicomweb"


class ImageOrigins:
    """Answers the questions that a browser asks for a page of another origin (CORS), for images alone.

    Such a page signs in with a bearer token; the cookie of a person who is signed in here is never taken from it.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        self._app = app
        self._open = (
            CORSMiddleware(
                app,
                allow_origins=list(origins),
                allow_methods=["GET", "HEAD", "POST"],
                allow_headers=["Accept", "Authorization", "Content-Type"],
                expose_headers=["Content-Type", "Warning"],
                max_age=600,
            )
            if origins
            else app
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        is_images = scope["type"] == "http" and scope["path"].startswith(_IMAGES)
        await (self._open if is_images else self._app)(scope, receive, send)
