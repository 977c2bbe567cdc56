"""The HTTP end that a device sends its notifications to.

The library's own end writes the head and the body of its answer one after the other, and its body is never empty
(nothing, compressed, is 20 bytes): the second small segment waits for the first one's acknowledgement, which the other
side holds back for some 40 ms (Nagle's algorithm meets delayed acknowledgements). Here an answer is one segment.
"""

from __future__ import annotations

import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, cast

__all__ = ["LARGEST_MESSAGE", "NotificationListener"]

LARGEST_MESSAGE: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 8192
_MOST_HEADERS: Final = 64
_MOST_CONNECTIONS: Final = 32
_IDLE_S: Final = 120.0
_REASONS: Final = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

Answer = tuple[int, bytes]
Handler = Callable[[str, Mapping[str, str], bytes], Answer]


class _Unacceptable(Exception):
    """The request cannot be read."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class _Dispatcher:
    """What the library registers its own handler of messages at."""

    instances: dict[str | None, Any] = field(default_factory=dict)

    def register_instance(self, path_element: str | None, instance: Any) -> None:
        self.instances[path_element] = instance


class NotificationListener:
    """Listens on one address; every connection has a thread.

    Parameters
    ----------
    address : str
        The address of this machine that the device can reach.
    handler : callable
        Given the path, the headers (names in lower case) and the body of a POST; returns the status and a body.
    on_disconnect : callable
        Called when a device closes its connection.
    context : ssl.SSLContext, optional

    Raises
    ------
    OSError
        If the address is not one of this machine.
    """

    def __init__(
        self,
        address: str,
        handler: Handler,
        on_disconnect: Callable[[], None],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.dispatcher = _Dispatcher()
        self._handler = handler
        self._on_disconnect = on_disconnect
        self._context = context
        self._socket = socket.create_server((address, 0))
        self.server_port: int = self._socket.getsockname()[1]
        self.base_url = f"{'https' if context else 'http'}://{address}:{self.server_port}/"
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._accept, name=f"sdc-listener-{self.server_port}", daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many devices' connections are open."""
        with self._lock:
            return len(self._connections)

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self._stopping.set()
        _shut(self._socket)
        self._socket.close()
        self._thread.join(5.0)
        with self._lock:
            open_now = dict(self._connections)
        for connection, thread in open_now.items():
            _shut(connection)
            if thread is not threading.current_thread():
                thread.join(5.0)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                continue
            with self._lock:
                if len(self._connections) >= _MOST_CONNECTIONS or self._stopping.is_set():
                    connection.close()
                    continue
                thread = threading.Thread(
                    target=self._serve, args=(connection,), name=f"sdc-notifications-{self.server_port}", daemon=True
                )
                self._connections[connection] = thread
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            plain.settimeout(_IDLE_S)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                connection = self._context.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._connections[connection] = self._connections.pop(plain)
            with connection.makefile("rb", buffering=65536) as stream:
                while not self._stopping.is_set() and self._answer_one(connection, cast("BinaryIO", stream)):
                    pass
        except (OSError, ValueError):
            pass  # the device closed or broke its connection: what that means is asked on the line below
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                self._connections.pop(plain, None)
            connection.close()
            if not self._stopping.is_set():
                self._on_disconnect()

    def _answer_one(self, connection: socket.socket, stream: BinaryIO) -> bool:
        first = stream.readline(_LONGEST_LINE)
        if not first:
            return False
        keep = False
        try:
            method, path, headers = _head(first, stream)
            if headers.get("expect", "").lower() == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = _body(headers, stream)
            keep = headers.get("connection", "").lower() != "close"
            status, answer = (405, b"") if method != "POST" else self._handler(path, headers, body)
        except _Unacceptable as fault:
            status, answer = fault.status, b""
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\n"
            f"Content-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {len(answer)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        connection.sendall(head.encode("ascii") + answer)
        return keep


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise _Unacceptable(400)
    return line.strip()


def _head(first: bytes, stream: BinaryIO) -> tuple[str, str, dict[str, str]]:
    words = first.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _Unacceptable(400)
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = _line(stream)
        if not line:
            return words[0], words[1], headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _Unacceptable(400)
        headers[name.strip().lower()] = value.strip()
    raise _Unacceptable(400)


def _body(headers: Mapping[str, str], stream: BinaryIO) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _chunks(stream)
    else:
        told = headers.get("content-length", "0")
        if not (told.isascii() and told.isdigit()):
            raise _Unacceptable(400)
        if int(told) > LARGEST_MESSAGE:
            raise _Unacceptable(413)
        body = stream.read(int(told))
        if len(body) != int(told):
            raise _Unacceptable(400)
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise _Unacceptable(415)
    try:
        unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, LARGEST_MESSAGE + 1)
    except zlib.error:
        raise _Unacceptable(400) from None
    if len(unpacked) > LARGEST_MESSAGE:
        raise _Unacceptable(413)
    return unpacked


def _chunks(stream: BinaryIO) -> bytes:
    parts: list[bytes] = []
    length = 0
    while True:
        told = _line(stream).split(b";")[0].strip()
        try:
            size = int(told, 16)
        except ValueError:
            raise _Unacceptable(400) from None
        length += size
        if size < 0 or length > LARGEST_MESSAGE:
            raise _Unacceptable(413)
        if not size:
            while _line(stream):
                pass
            return b"".join(parts)
        part = stream.read(size)
        if len(part) != size or _line(stream):
            raise _Unacceptable(400)
        parts.append(part)
