"""One sender's connection: frames in, answers out in the order of its messages, and a bound on what may wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from fyr.exchange.hl7v2.frames import Frame, FrameDecoder

__all__ = ["Connection"]


class Connection(asyncio.Protocol):
    """Gathers a sender's frames until they are taken.

    Reading pauses while too much waits, or while the sender does not read its answers; the network then holds the
    sender back, and others are served meanwhile.

    Parameters
    ----------
    limit : int
        Bytes that one message may have.
    most_messages, most_bytes : int
        What may wait.
    opened, closed, arrived : callable
        Called with this connection.
    """

    def __init__(
        self,
        limit: int,
        most_messages: int,
        most_bytes: int,
        opened: Callable[[Connection], None],
        closed: Callable[[Connection], None],
        arrived: Callable[[Connection], None],
    ) -> None:
        self.waiting: deque[Frame] = deque()
        self.is_open = False
        self._bytes = 0
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._opened, self._closed, self._arrived = opened, closed, arrived
        self._decoder = FrameDecoder(limit)
        self._transport: asyncio.Transport | None = None
        self._peer_reads = True
        self._held = False
        self._paused = False
        self._ended = False
        self._in_hand = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; asyncio sets TCP_NODELAY by itself."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        self.is_open = True
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """Take the frames out of what came."""
        self._add(self._decoder.feed(data))

    def eof_received(self) -> bool:
        """Stay for the answers when the sender has said its last and listens still; TLS knows no such half end."""
        if self._transport is None or self._transport.get_extra_info("ssl_object") is not None:
            return False
        self._ended = True
        self._add(self._decoder.close())
        return bool(self.waiting) or self._in_hand

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Keep the half message that was under way."""
        self.is_open = False
        self._add(self._decoder.close())
        self._closed(self)

    def pause_writing(self) -> None:
        """Read nothing more while the sender does not read its answers."""
        self._peer_reads = False
        self._balance()

    def resume_writing(self) -> None:
        """Go on."""
        self._peer_reads = True
        self._balance()

    def take(self, most_messages: int, most_bytes: int) -> list[Frame]:
        """Return the frames that wait, at least one and not more than was asked."""
        taken: list[Frame] = []
        size = 0
        while self.waiting and len(taken) < most_messages and (not taken or size < most_bytes):
            frame = self.waiting.popleft()
            size += len(frame.payload)
            taken.append(frame)
        self._bytes -= size
        self._in_hand = bool(taken)
        self._balance()
        return taken

    def answer(self, data: bytes) -> None:
        """Write the answers to what was taken last, if the sender is still there."""
        self._in_hand = False
        if self._transport is None or not self.is_open:
            return
        if data:
            self._transport.write(data)
        if self._ended and not self.waiting:
            self._transport.close()

    def hold(self) -> None:
        """Read nothing more."""
        self._held = True
        self._balance()

    def close(self) -> None:
        """End the connection when what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    def _add(self, frames: list[Frame]) -> None:
        if frames:
            self.waiting.extend(frames)
            self._bytes += sum(len(frame.payload) for frame in frames)
            self._balance()
            self._arrived(self)

    def _balance(self) -> None:
        full = len(self.waiting) >= self._most_messages or self._bytes >= self._most_bytes
        pause = self._held or full or not self._peer_reads
        if (
            self._transport is None
            or self._ended
            or not self.is_open
            or pause is self._paused
            or self._transport.is_closing()
        ):
            return
        self._paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
