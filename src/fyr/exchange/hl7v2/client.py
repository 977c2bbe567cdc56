"""The sending side of MLLP: one connection, messages out, answers back in their order."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Sequence

from fyr.errors import ServiceUnavailable
from fyr.exchange.hl7v2.frames import Frame, FrameDecoder, frame

__all__ = ["MllpConnection", "send_mllp"]

_RECEIVED: int = 65536


class MllpConnection:
    """One connection to a receiver.

    Parameters
    ----------
    host : str
    port : int
    timeout_s : float
        How long to wait for the connection and for each answer.
    context : ssl.SSLContext, optional
        For TLS.

    Raises
    ------
    ServiceUnavailable
        If nobody answers there.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float = 10.0, context: ssl.SSLContext | None = None) -> None:
        self._where = f"{host}:{port}"
        self._decoder = FrameDecoder()
        self._frames: list[Frame] = []
        try:
            plain = socket.create_connection((host, port), timeout_s)
            self._socket = context.wrap_socket(plain, server_hostname=host) if context is not None else plain
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise ServiceUnavailable(f"nobody answers: {error}", where=self._where, mend="start the receiver") from None

    def send(self, *messages: bytes) -> None:
        """Send messages, each in its frame, without waiting for the answers.

        Raises
        ------
        ServiceUnavailable
            If the connection is gone.
        """
        try:
            self._socket.sendall(b"".join(frame(message) for message in messages))
        except OSError as error:
            raise ServiceUnavailable(f"the connection is gone: {error}", where=self._where) from None

    def receive(self) -> bytes:
        """Return the next answer.

        Raises
        ------
        ServiceUnavailable
            If none comes in time, or the connection ends.
        """
        while not self._frames:
            try:
                data = self._socket.recv(_RECEIVED)
            except TimeoutError:
                raise ServiceUnavailable("no answer in time", where=self._where) from None
            except OSError as error:
                raise ServiceUnavailable(f"the connection is gone: {error}", where=self._where) from None
            if not data:
                raise ServiceUnavailable("the receiver ended the connection", where=self._where)
            self._frames.extend(self._decoder.feed(data))
        return self._frames.pop(0).payload

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self._socket.close()


def send_mllp(
    host: str, port: int, messages: Sequence[bytes], *, timeout_s: float = 10.0, window: int = 1
) -> list[bytes]:
    """Send messages over one connection and return their answers in order.

    Parameters
    ----------
    host : str
    port : int
    messages : sequence of bytes
        Without their frames; each must be one that is answered.
    timeout_s : float
        How long to wait for each answer.
    window : int
        How many may be on the way unanswered; 1 waits for each answer before it sends the next.

    Raises
    ------
    ServiceUnavailable
        If nobody answers, or not in time.
    """
    connection = MllpConnection(host, port, timeout_s=timeout_s)
    answers: list[bytes] = []
    sent = 0
    try:
        while len(answers) < len(messages):
            room = min(window - (sent - len(answers)), len(messages) - sent)
            if room > 0 and (window == 1 or room >= window // 2 or sent == 0 or sent + room == len(messages)):
                connection.send(*messages[sent : sent + room])
                sent += room
            answers.append(connection.receive())
    finally:
        connection.close()
    return answers
