"""Refuses a request that brings more than any request here needs."""

from __future__ import annotations

from typing import Final

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fyr.serve.problems import error_document

__all__ = ["LARGEST_BODY", "BodyLimit"]

LARGEST_BODY: Final = 64 * 1024
"""Bytes; the largest request of the page is an acknowledgement with a note."""

_WITH_ITS_OWN_LIMIT: Final = ("/api/fhir", "/api/dicomweb")
"""What machines post is larger; it is read, and its size limited, only once the machine has signed in."""


class BodyLimit:
    """Answers 413 where a request says that it is larger, and stops reading where it is larger than it said."""

    def __init__(self, app: ASGIApp, most: int = LARGEST_BODY) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http" or scope["path"].startswith(_WITH_ITS_OWN_LIMIT):
            await self._app(scope, receive, send)
            return
        if _stated_length(scope) > self._most:
            problem = error_document(f"the request is larger than {self._most} bytes", mend="send less")
            await JSONResponse(problem, 413)(scope, receive, send)
            return
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return {"type": "http.disconnect"} if read > self._most else message

        await self._app(scope, receive_within_limit, send)


def _stated_length(scope: Scope) -> int:
    for key, value in scope["headers"]:
        if key == b"content-length" and value.isdigit():
            return int(value)
    return 0
