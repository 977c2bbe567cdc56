"""Answers only to the names that this server has: the guard against DNS rebinding."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fyr.serve.problems import error_document

__all__ = ["HostNames", "is_loopback", "names_of"]

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_EVERY_INTERFACE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  recognised, not bound


class HostNames:
    """Refuses a request whose Host header is none of the names; a port may follow.

    A page from elsewhere can point its own name at 127.0.0.1 and then reads this server as its own origin; its name
    still stands in the Host header.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and not self._is_ours(_host(scope)):
            problem = error_document(
                "this server does not go by that name", "Host", "open it at one of the names it was started with"
            )
            await JSONResponse(problem, 421)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.lower().rpartition(":")
        without_port = name if colon and port.isdigit() else host.lower()
        return without_port in self._names


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_of(host: str, further: Iterable[str] = ()) -> frozenset[str]:
    """Return the names that a server bound to `host` answers to."""
    names = set(_LOOPBACK) | set(further)
    if host in _EVERY_INTERFACE:
        names |= {socket.gethostname(), socket.getfqdn()}
    else:
        names.add(f"[{host}]" if ":" in host else host)
    return frozenset(names)


def _host(scope: Scope) -> str:
    for key, value in scope["headers"]:
        if key == b"host":
            return str(value.decode("latin-1"))
    return ""
