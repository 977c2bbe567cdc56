"""One connection to the coordinator's HTTPS server: whole requests with a time and a size that they must keep to."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Final

import h11

from fyr.version import __version__

__all__ = ["CARRIER", "Asked", "Line", "Unfit"]

CARRIER: Final = "1"
"""The version of what is said over HTTP; another one is refused."""

_IDLE_S: Final = 120.0
_HEAD_S: Final = 10.0
_PAUSE_S: Final = 15.0
_SLOWEST: Final = 4096.0
"""Bytes a second: a body that comes more slowly than this, over all, is given up."""


class Unfit(Exception):
    """A request that is answered with a line, after which the connection closes."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status
        self.line = line


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Parameters
    ----------
    method, target : str
    headers : dict of str to str
        Names in lower case.
    body : bytes
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection after its handshake.

    Parameters
    ----------
    sock : socket
    most_bytes : int
        The largest body that is read.
    """

    def __init__(self, sock: socket.socket, most_bytes: int) -> None:
        self._sock, self._most = sock, most_bytes
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=16384)

    def next(self) -> Asked | None:
        """Return the next request; None when the other side has gone.

        Raises
        ------
        Unfit
            If it is too large, too slow, or no HTTP.
        """
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        elif self._h11.our_state is not h11.IDLE:
            return None
        try:
            event = self._event(time.monotonic() + _IDLE_S, first=True)
        except TimeoutError:
            return None
        if not isinstance(event, h11.Request):
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        body = self._body(headers)
        return Asked(event.method.decode("ascii"), event.target.decode("latin-1"), headers, body)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, *, last: bool) -> None:
        """Send a response; after the last one the connection closes."""
        kind = "application/octet-stream" if status == 200 else "text/plain; charset=utf-8"
        lines = {"Fyr-Carrier": CARRIER, "Fyr-Version": __version__, **(headers or {})}
        if status != 204:
            lines |= {"Content-Type": kind, "Content-Length": str(len(body))}
        if last:
            lines["Connection"] = "close"
        reply = h11.Response(status_code=status, headers=list(lines.items()))
        parts = [self._h11.send(reply), self._h11.send(h11.Data(data=body)) if body else b""]
        parts.append(self._h11.send(h11.EndOfMessage()))
        self._sock.settimeout(_PAUSE_S + len(body) / _SLOWEST)
        self._sock.sendall(b"".join(part for part in parts if part))

    def _body(self, headers: dict[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        expected = int(length) if length.isascii() and length.isdigit() else 0
        if expected > self._most:
            raise Unfit(413, f"a body of {expected:,} bytes is more than the {self._most:,} that are taken")
        until = time.monotonic() + _PAUSE_S + min(expected or self._most, self._most) / _SLOWEST
        parts: list[bytes] = []
        size = 0
        while True:
            try:
                event = self._event(until)
            except TimeoutError:
                raise Unfit(408, f"the body came too slowly: {size:,} of {expected:,} bytes") from None
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
                size += len(event.data)
                if size > self._most:
                    raise Unfit(413, f"the body is more than the {self._most:,} bytes that are taken")
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            else:
                raise Unfit(400, f"the connection broke off after {size:,} of {expected:,} bytes")

    def _event(self, until: float, *, first: bool = False) -> object:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as problem:
                raise Unfit(problem.error_status_hint, f"this is not HTTP as it should be: {problem}") from None
            if event is not h11.NEED_DATA:
                return event
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left if first else min(left, _PAUSE_S))
            self._h11.receive_data(self._sock.recv(1 << 18))
            if first:  # it has begun: its head must now come soon
                until, first = min(until, time.monotonic() + _HEAD_S), False
