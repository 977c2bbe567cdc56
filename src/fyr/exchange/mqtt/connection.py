"""One gateway's connection: what it may say in which order, and what it is answered (MQTT 3.1.1, ingest only)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from fyr.exchange.mqtt import packets
from fyr.exchange.mqtt.packets import (
    Acknowledgement,
    Connect,
    Decoder,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
)
from fyr.exchange.mqtt.taking import Arrival, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Connection", "House", "Session"]

_log = logging.getLogger(__name__)

_INTRODUCTION_S: Final = 10.0


@dataclass(slots=True, eq=False)
class Session:
    """What is remembered of a client that keeps its session: which messages of QoS 2 are here already."""

    is_clean: bool
    taking: set[int] = field(default_factory=set)
    received: set[int] = field(default_factory=set)
    connection: Connection | None = None


class House(Protocol):
    """What a connection asks of its listener."""

    largest_bytes: int

    def greet(self, connection: Connection, connect: Connect) -> tuple[int, Session, bool]:
        """Return the code of CONNACK, the session, and whether it was there before."""
        ...

    def arrived(self, arrivals: Sequence[Arrival]) -> bool:
        """Take messages; returns whether reading must pause."""
        ...

    def opened(self, connection: Connection) -> bool:
        """Note a connection; returns whether there is room for it."""
        ...

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        ...

    def stamp(self, publish: Publish) -> int | None:
        """Return the time that a message may be given that has none."""
        ...


class Connection(Origin, asyncio.Protocol):
    """One connection; lives in the listener's loop.

    Parameters
    ----------
    house : House
    """

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self._decoder = Decoder(house.largest_bytes)
        self._transport: asyncio.Transport | None = None
        self._paused: set[str] = set()
        self._silence_s = _INTRODUCTION_S
        self._heard_s = 0.0
        self.session: Session | None = None
        self.client_id = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._heard_s = asyncio.get_running_loop().time()
        if not self._house.opened(self):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's own signature
        """End."""
        self._transport = None
        self._house.closed(self)

    def data_received(self, data: bytes) -> None:
        """Take some bytes."""
        self._heard_s = asyncio.get_running_loop().time()
        answers = bytearray()
        arrivals: list[Arrival] = []
        is_over = False
        for packet in self._decoder.feed(data):
            answer = self._answer(packet, arrivals)
            if answer is None:
                is_over = True
                break
            answers += answer
        if arrivals and self._house.arrived(arrivals):
            self.pause("full")
        self.write(bytes(answers))
        if is_over or self._decoder.failure is not None:
            if self._decoder.failure is not None:
                _log.warning("a connection is closed: %s", self._decoder.failure)
            self.close()

    def pause_writing(self) -> None:
        """Read no more from one that does not read its answers."""
        self.pause("writing")

    def resume_writing(self) -> None:
        """Read on."""
        self.resume("writing")

    def pause(self, reason: str) -> None:
        """Stop reading."""
        if not self._paused and self._transport is not None:
            self._transport.pause_reading()
        self._paused.add(reason)

    def resume(self, reason: str) -> None:
        """Read on, if nothing else is in the way."""
        if reason not in self._paused:
            return
        self._paused.discard(reason)
        if not self._paused and self._transport is not None:
            self._heard_s = asyncio.get_running_loop().time()
            self._transport.resume_reading()

    def write(self, answer: bytes) -> None:
        """Send an answer, if anybody is there to read it."""
        if answer and self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)

    def close(self) -> None:
        """Send what is written, then hang up; what waits to be taken is taken and not answered."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def is_silent(self, now_s: float) -> bool:
        """Tell whether it has kept silent for longer than it said (section 3.1.2.10: one and a half times)."""
        return bool(self._silence_s) and not self._paused and now_s - self._heard_s > self._silence_s

    def _answer(self, packet: Packet, arrivals: list[Arrival]) -> bytes | None:
        """Return what a packet is answered; ``None`` if the connection ends."""
        session = self.session
        if session is None:
            return self._introduce(packet) if isinstance(packet, Connect) else None
        if isinstance(packet, Publish):
            return self._publish(session, packet, arrivals)
        if isinstance(packet, Acknowledgement):
            return self._acknowledgement(session, packet)
        return _plain_answer(packet)

    def _introduce(self, connect: Connect) -> bytes | None:
        if connect.level != 4:
            self.write(
                packets.UNSUPPORTED_VERSION_5 if connect.level == 5 else packets.connack(packets.UNSUPPORTED_VERSION)
            )
            return None
        code, session, was_there = self._house.greet(self, connect)
        if code != packets.ACCEPTED:
            self.write(packets.connack(code))
            return None
        self.session = session
        self._silence_s = 1.5 * connect.keep_alive_s
        return packets.connack(code, session_present=was_there)

    def _publish(self, session: Session, packet: Publish, arrivals: list[Arrival]) -> bytes:
        if packet.qos == 2:
            if packet.packet_id in session.received:
                return packets.pubrec(packet.packet_id)
            if packet.packet_id in session.taking:
                return b""
            session.taking.add(packet.packet_id)
        stamp = self._house.stamp(packet)
        arrivals.append(Arrival(self, packet.topic, packet.payload, packet.size, packet.qos, packet.packet_id, stamp))
        return b""

    @staticmethod
    def _acknowledgement(session: Session, packet: Acknowledgement) -> bytes | None:
        if packet.type != 6:
            return None
        session.received.discard(packet.packet_id)
        return packets.pubcomp(packet.packet_id)


def _plain_answer(packet: Packet) -> bytes | None:
    """Answer what needs no memory; ``None`` for DISCONNECT, and for a client that introduces itself twice."""
    if isinstance(packet, Ping):
        return packets.PINGRESP
    if isinstance(packet, Subscribe):
        return packets.suback_refused(packet.packet_id, packet.count)
    return packets.unsuback(packet.packet_id) if isinstance(packet, Unsubscribe) else None
