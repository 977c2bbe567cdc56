"""MQTT 3.1.1 as a client writes it, byte by byte (OASIS standard, chapter 3), for raw sockets."""

from __future__ import annotations

import socket


def length(count: int) -> bytes:
    digits = b""
    while True:
        count, digit = divmod(count, 128)
        digits += bytes([digit | (0x80 if count else 0)])
        if not count:
            return digits


def text(word: str | bytes) -> bytes:
    raw = word if isinstance(word, bytes) else word.encode()
    return len(raw).to_bytes(2, "big") + raw


def connect(
    client: str = "c", *, keep_alive: int = 60, clean: bool = True, user: str = "", password: str = ""
) -> bytes:
    flags = (2 if clean else 0) | (0xC0 if user else 0)
    body = text("MQTT") + bytes([4, flags]) + keep_alive.to_bytes(2, "big") + text(client)
    if user:
        body += text(user) + text(password)
    return b"\x10" + length(len(body)) + body


def publish(topic: str, payload: bytes, qos: int = 1, packet_id: int = 1, *, again: bool = False) -> bytes:
    body = text(topic) + (packet_id.to_bytes(2, "big") if qos else b"") + payload
    return bytes([0x30 | qos << 1 | (8 if again else 0)]) + length(len(body)) + body


class Gateway:
    """A raw connection."""

    def __init__(self, port: int, hello: bytes | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        if hello is None:
            hello = connect()
        self.send(hello)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self, count: int) -> bytes:
        """Receive so many bytes, or fewer if the other end hangs up."""
        found = b""
        try:
            while len(found) < count and (more := self.socket.recv(count - len(found))):
                found += more
        except ConnectionError:
            pass
        return found

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
