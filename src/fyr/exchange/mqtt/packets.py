"""MQTT 3.1.1 packets out of a stream of bytes, however it is cut, and the answers that a receiver gives.

Source: OASIS Standard, *MQTT Version 3.1.1* (2014); sections are named where they decide something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "ACCEPTED",
    "BAD_CREDENTIALS",
    "IDENTIFIER_REFUSED",
    "NOT_AUTHORISED",
    "PINGRESP",
    "UNSUPPORTED_VERSION",
    "UNSUPPORTED_VERSION_5",
    "Acknowledgement",
    "Connect",
    "Decoder",
    "Disconnect",
    "Packet",
    "Ping",
    "ProtocolError",
    "Publish",
    "Subscribe",
    "Unsubscribe",
    "connack",
    "puback",
    "pubcomp",
    "pubrec",
    "suback_refused",
    "unsuback",
]

ACCEPTED: Final = 0
UNSUPPORTED_VERSION: Final = 1
IDENTIFIER_REFUSED: Final = 2
BAD_CREDENTIALS: Final = 4
NOT_AUTHORISED: Final = 5

PINGRESP: Final = b"\xd0\x00"
UNSUPPORTED_VERSION_5: Final = b"\x20\x03\x00\x84\x00"
"""What a client of MQTT 5 understands (MQTT 5.0, section 3.2: reason code 0x84, no properties)."""

_KEPT_OF_TOO_LARGE: Final = 65_536
_PUBLISH: Final = 3


class ProtocolError(Exception):
    """The bytes are no MQTT 3.1.1; the connection ends (section 4.8)."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A client introduces itself. `level` is 4 in MQTT 3.1.1; of other levels nothing more is read."""

    level: int
    client_id: str = ""
    clean_session: bool = True
    keep_alive_s: int = 0
    user: str | None = None
    password: bytes | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """A message; `size` is more than its payload where the rest of one that was too large was thrown away."""

    topic: str
    payload: bytes
    qos: int
    packet_id: int
    is_repeated: bool
    size: int

    @property
    def is_cut(self) -> bool:
        """Whether the payload is only the beginning."""
        return self.size > len(self.payload)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """PUBACK, PUBREC, PUBREL or PUBCOMP, by its packet type."""

    type: int
    packet_id: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A client asks for messages."""

    packet_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A client asks for messages no longer."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Ping:
    """PINGREQ."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The client takes its leave."""


Packet = Connect | Publish | Acknowledgement | Subscribe | Unsubscribe | Ping | Disconnect


class Decoder:
    """Collects bytes and gives back whole packets.

    Parameters
    ----------
    largest_bytes : int
        Of a publication that is larger only the beginning is kept, the rest is read and thrown away; any other packet
        that is larger is an error.
    """

    def __init__(self, largest_bytes: int = 1_048_576) -> None:
        self._largest = largest_bytes
        self._buffer = bytearray()
        self._cut: tuple[int, bytes] | None = None
        self._cut_length = 0
        self._to_skip = 0
        self.failure: ProtocolError | None = None

    def feed(self, chunk: bytes) -> list[Packet]:
        """Take what came and return the packets that are whole now.

        Where the bytes are no MQTT, the packets before that are returned, `failure` says why, and what comes after is
        not looked at.
        """
        packets: list[Packet] = []
        if self.failure is None:
            self._buffer += chunk
            try:
                self._read(packets)
            except ProtocolError as failure:
                self.failure = failure
                self._buffer.clear()
        return packets

    def _read(self, packets: list[Packet]) -> None:
        buffer = self._buffer
        at = 0
        while True:
            if self._to_skip:
                skipped = min(self._to_skip, len(buffer) - at)
                self._to_skip -= skipped
                at += skipped
                if self._to_skip:
                    break
            if self._cut is not None:
                flags, body = self._cut
                packets.append(_publish(flags, body, self._cut_length))
                self._cut = None
            head = _header(buffer, at)
            if head is None:
                break
            first, length, start = head
            if length > self._largest:
                kept = min(_KEPT_OF_TOO_LARGE, self._largest, length)
                if first >> 4 != _PUBLISH:
                    raise ProtocolError(f"a packet of type {first >> 4} has {length} bytes")
                if len(buffer) - start < kept:
                    break
                self._cut, self._cut_length = (first & 15, bytes(buffer[start : start + kept])), length
                self._to_skip = length - kept
                at = start + kept
                continue
            if len(buffer) - start < length:
                break
            packets.append(_packet(first, bytes(buffer[start : start + length])))
            at = start + length
        del buffer[:at]


def connack(code: int, *, session_present: bool = False) -> bytes:
    """Answer CONNECT (section 3.2)."""
    return bytes((0x20, 2, int(session_present), code))


def puback(packet_id: int) -> bytes:
    """Acknowledge a message of QoS 1."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def pubrec(packet_id: int) -> bytes:
    """Acknowledge a message of QoS 2 for the first time."""
    return b"\x50\x02" + packet_id.to_bytes(2, "big")


def pubcomp(packet_id: int) -> bytes:
    """Acknowledge a message of QoS 2 for good."""
    return b"\x70\x02" + packet_id.to_bytes(2, "big")


def suback_refused(packet_id: int, count: int) -> bytes:
    """Refuse every topic of a subscription (section 3.9: 0x80)."""
    return b"\x90" + _length(2 + count) + packet_id.to_bytes(2, "big") + b"\x80" * count


def unsuback(packet_id: int) -> bytes:
    """Answer UNSUBSCRIBE."""
    return b"\xb0\x02" + packet_id.to_bytes(2, "big")


def _length(count: int) -> bytes:
    """Write a remaining length (section 2.2.3)."""
    digits = bytearray()
    while True:
        count, digit = divmod(count, 128)
        digits.append(digit | (128 if count else 0))
        if not count:
            return bytes(digits)


def _header(buffer: bytearray, at: int) -> tuple[int, int, int] | None:
    """Return the first byte, the remaining length and where the rest begins; ``None`` where they are not all there."""
    length = 0
    for index in range(4):
        position = at + 1 + index
        if position >= len(buffer):
            return None
        byte = buffer[position]
        length |= (byte & 127) << (7 * index)
        if byte < 128:
            return buffer[at], length, position + 1
    raise ProtocolError("the remaining length has more than four bytes")


def _packet(first: int, body: bytes) -> Packet:
    kind, flags = first >> 4, first & 15
    if kind == _PUBLISH:
        return _publish(flags, body, len(body))
    if flags != (2 if kind in (6, 8, 10) else 0):
        raise ProtocolError(f"a packet of type {kind} has the flags {flags}")
    if kind == 1:
        return _connect(body)
    if kind in (4, 5, 6, 7):
        return Acknowledgement(kind, _Fields(body).packet_id(last=True))
    if kind in (8, 10):
        return _topics(kind, body)
    if kind in (12, 14) and not body:
        return Ping() if kind == 12 else Disconnect()
    raise ProtocolError(f"a client sends no packet of type {kind} with {len(body)} bytes")


def _publish(flags: int, body: bytes, length: int) -> Publish:
    qos = flags >> 1 & 3
    fields = _Fields(body)
    topic = fields.text()
    if qos == 3 or (qos == 0 and flags & 8):
        raise ProtocolError(f"a message has the flags {flags}")
    if not topic or "+" in topic or "#" in topic:
        raise ProtocolError("a message has no topic, or one with a wildcard")
    packet_id = fields.packet_id() if qos else 0
    return Publish(topic, body[fields.at :], qos, packet_id, bool(flags & 8), length - fields.at)


def _connect(body: bytes) -> Connect:
    fields = _Fields(body)
    protocol, level = fields.text(), fields.byte()
    if (protocol, level) != ("MQTT", 4):
        if protocol not in ("MQTT", "MQIsdp"):
            raise ProtocolError("the client speaks another protocol")
        return Connect(level if level != 4 else 0)
    flags, keep_alive_s = fields.byte(), fields.number()
    client_id = fields.text()
    if flags & 1:
        raise ProtocolError("the reserved flag of CONNECT is set")
    if flags & 4:
        fields.text()
        fields.binary()
    elif flags & 0x38:
        raise ProtocolError("CONNECT has flags of a will, but no will")
    user = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    if fields.at != len(body) or flags & 0xC0 == 0x40 or flags & 0x18 == 0x18:
        raise ProtocolError("CONNECT is not as its flags say")
    return Connect(level, client_id, bool(flags & 2), keep_alive_s, user, password)


def _topics(kind: int, body: bytes) -> Subscribe | Unsubscribe:
    fields = _Fields(body)
    packet_id, count = fields.packet_id(), 0
    while fields.at < len(body):
        fields.text()
        count += 1
        if kind == 8 and fields.byte() > 2:
            raise ProtocolError("a subscription asks for a QoS that there is not")
    if not count:
        raise ProtocolError("a subscription names no topic")
    return Subscribe(packet_id, count) if kind == 8 else Unsubscribe(packet_id)


class _Fields:
    """The fields of a packet, one after another."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def byte(self) -> int:
        if self.at >= len(self.body):
            raise ProtocolError("a packet ends too early")
        self.at += 1
        return self.body[self.at - 1]

    def number(self) -> int:
        return self.byte() << 8 | self.byte()

    def binary(self) -> bytes:
        length = self.number()
        self.at += length
        if self.at > len(self.body):
            raise ProtocolError("a packet ends too early")
        return self.body[self.at - length : self.at]

    def text(self) -> str:
        try:
            found = self.binary().decode()
        except UnicodeDecodeError:
            raise ProtocolError("a text is not UTF-8") from None
        if "\x00" in found:
            raise ProtocolError("a text holds a zero byte")
        return found

    def packet_id(self, *, last: bool = False) -> int:
        found = self.number()
        if not found or (last and self.at != len(self.body)):
            raise ProtocolError("a packet has no identifier")
        return found
