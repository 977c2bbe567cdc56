from __future__ import annotations

import gzip
import socket

import pytest

from fyr.exchange.sdc.notification_listener import LARGEST_MESSAGE, NotificationListener


@pytest.fixture
def listener():
    made = NotificationListener("127.0.0.1", lambda path, _, body: (202, path.encode() + b" " + body), lambda: None)
    yield made
    made.stop()


def answers(listener: NotificationListener, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", listener.server_port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_in_one_segment_are_answered_one_after_the_other(listener):
    one = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    found = answers(listener, one + one.replace(b"/a", b"/b"))
    assert found.count(b"HTTP/1.1 202 Accepted") == 2
    assert found.index(b"/a hi") < found.index(b"/b hi")


def test_chunks_and_gzip_are_unpacked(listener):
    chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfir\r\n3;x=y\r\nst!\r\n0\r\n\r\n"
    assert b"/a first!" in answers(listener, chunked)
    packed = gzip.compress(b"packed")
    head = f"POST /a HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    assert b"/a packed" in answers(listener, head + packed)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf", b"400"),
        (b"POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (f"POST /a HTTP/1.1\r\nContent-Length: {LARGEST_MESSAGE + 1}\r\n\r\n".encode(), b"413"),
        (b"GET /a HTTP/1.1\r\n\r\n", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /a HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", b"415"),
        (b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_listener_lives_on(listener, sent, status):
    assert answers(listener, sent).split()[1] == status
    assert b" 202 " in answers(listener, b"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
