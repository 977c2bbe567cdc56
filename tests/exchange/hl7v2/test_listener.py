"""The listener over real sockets: no answer before a message is taken, nobody waits for a flood, a good end."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.exchange.hl7v2.messages import PULSE, obx, oru

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.hl7v2 import MllpListener, send_mllp
from fyr.exchange.hl7v2.client import MllpConnection
from fyr.exchange.hl7v2.frames import frame
from fyr.exchange.incoming import Incoming, ProblemKind, SourceState, Verdict

HOST = "127.0.0.1"


class Taken:
    """Keeps what was handed on, and can be made to wait or to fail."""

    def __init__(self) -> None:
        self.groups: list[Incoming] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.answer: Callable[[Incoming], Sequence[Verdict]] = lambda incoming: [Verdict(p) for p in incoming.problems]

    def __call__(self, incoming: Incoming) -> Sequence[Verdict]:
        self.entered.set()
        assert self.gate.wait(20)
        self.groups.append(incoming)
        return self.answer(incoming)

    @property
    def raw(self) -> list[bytes]:
        return [raw for group in self.groups for raw in group.raw]


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def listen(taken) -> Iterator[Callable[..., MllpListener]]:
    running: list[MllpListener] = []

    def start(**options: object) -> MllpListener:
        listener = MllpListener("monitors", port=0, **options)  # type: ignore[arg-type]
        running.append(listener)
        listener.start(taken)
        return listener

    yield start
    taken.gate.set()
    for listener in running:
        listener.stop()


def wait_until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def msa(answer: bytes) -> tuple[str, str]:
    line = next(line for line in answer.decode("latin-1").split("\r") if line.startswith("MSA"))
    return line.split("|")[1], line.split("|")[2]


def test_good_and_bad_messages_are_answered_in_their_order(listen, taken):
    port = listen().port
    sent = [oru(PULSE, control=str(at)) if at % 3 else oru(obx(value="12,5"), control=str(at)) for at in range(60)]
    answers = send_mllp(HOST, port, sent, window=20)
    assert [msa(one) for one in answers] == [("AA" if at % 3 else "AE", str(at)) for at in range(60)]
    assert taken.raw == sent
    assert sum(len(group.samples) for group in taken.groups) == 40


def test_nothing_is_answered_before_it_is_taken_and_what_comes_meanwhile_goes_together(listen, taken):
    port = listen().port
    taken.gate.clear()
    connection = MllpConnection(HOST, port, timeout_s=0.3)
    connection.send(oru(PULSE, control="0"))
    assert taken.entered.wait(5)
    connection.send(*(oru(PULSE, control=str(at)) for at in range(1, 30)))
    with pytest.raises(ServiceUnavailable, match="no answer in time"):
        connection.receive()
    taken.gate.set()
    assert [msa(connection.receive())[1] for _ in range(30)] == [str(at) for at in range(30)]
    assert [len(group.raw) for group in taken.groups] == [1, 29]
    connection.close()


def test_what_cannot_be_kept_is_asked_for_again(listen, taken):
    port = listen().port
    taken.answer = lambda incoming: [Verdict(kept=False) for _ in incoming.raw]
    assert b"207^" in send_mllp(HOST, port, [oru(PULSE)])[0]

    def fail(incoming: Incoming) -> Sequence[Verdict]:
        raise RuntimeError("the disk is gone")

    taken.answer = fail
    (answer,) = send_mllp(HOST, port, [oru(PULSE)])
    assert msa(answer)[0] == "AE"
    assert b"207^" in answer


def test_half_a_message_at_the_end_of_a_connection_is_kept_as_a_problem(listen, taken):
    listener = listen()
    with socket.create_connection((HOST, listener.port)) as plain:
        plain.sendall(frame(oru(PULSE))[:-40])
    wait_until(lambda: bool(taken.groups))
    (problem,) = taken.groups[0].problems
    assert problem is not None
    assert problem.kind is ProblemKind.UNREADABLE
    assert "half a message" in problem.what
    wait_until(lambda: listener.health().connections == 0)


def received(sender: socket.socket) -> list[bytes]:
    data = b"".join(iter(lambda: sender.recv(65536), b""))
    return [one for one in data.split(b"\x1c\r") if one]


def test_a_sender_that_has_said_its_last_and_listens_still_gets_every_answer(listen, taken):
    listener = listen()
    taken.gate.clear()
    with socket.create_connection((HOST, listener.port), timeout=10) as sender:
        sent = [oru(PULSE, control=str(at)) for at in range(3000)]
        sender.sendall(b"".join(map(frame, sent)) + frame(oru(PULSE, control="half"))[:-40])
        sender.shutdown(socket.SHUT_WR)
        taken.gate.set()
        answers = received(sender)
    assert [msa(one) for one in answers] == [("AA", str(at)) for at in range(3000)] + [("AE", "half")]
    wait_until(lambda: listener.health().connections == 0)


def test_a_sender_that_only_ends_is_let_go(listen):
    listener = listen()
    with socket.create_connection((HOST, listener.port), timeout=10) as sender:
        sender.shutdown(socket.SHUT_WR)
        assert received(sender) == []
    wait_until(lambda: listener.health().connections == 0)


def test_a_message_that_is_too_large_is_refused_by_name_and_the_next_is_taken(listen):
    port = listen(limit=65536).port
    large = oru(PULSE + "|" + "7" * 10_000_000, control="big")
    answers = send_mllp(HOST, port, [large, oru(PULSE, control="next")])
    assert [msa(one) for one in answers] == [("AR", "big"), ("AA", "next")]


def test_a_flood_from_one_device_keeps_nobody_waiting(listen, taken):
    listener = listen()
    taken.answer = lambda incoming: time.sleep(len(incoming.raw) / 20_000) or [Verdict(p) for p in incoming.problems]
    flood = socket.create_connection((HOST, listener.port))
    ended = threading.Event()

    def pour() -> None:
        many = frame(oru(PULSE)) * 500
        while not ended.is_set():
            try:
                flood.sendall(many)
            except OSError:
                return

    def drain() -> None:
        while not ended.is_set() and flood.recv(1 << 16):
            pass

    threads = [threading.Thread(target=target) for target in (pour, drain)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(taken.groups) > 3)
    began = time.monotonic()
    assert msa(send_mllp(HOST, listener.port, [oru(PULSE, control="calm")])[0]) == ("AA", "calm")
    assert time.monotonic() - began < 1
    assert max(len(group.raw) for group in taken.groups) <= 501
    ended.set()
    flood.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    flood.close()


def test_a_sender_that_never_reads_its_answers_is_held_back_and_others_are_served(listen, taken):
    listener = listen()
    deaf = socket.create_connection((HOST, listener.port))
    deaf.setblocking(False)
    many = frame(oru(obx(value="12,5"))) * 200
    deadline, held = time.monotonic() + 20, 0
    while held < 40 and time.monotonic() < deadline:
        try:
            deaf.send(many)
            held = 0
        except BlockingIOError:
            held += 1
            time.sleep(0.01)
    assert held >= 40
    assert msa(send_mllp(HOST, listener.port, [oru(PULSE)])[0])[0] == "AA"
    deaf.close()


def test_stop_answers_what_was_taken_and_nothing_else(listen, taken):
    listener = listen()
    taken.gate.clear()
    connection = MllpConnection(HOST, listener.port, timeout_s=5)
    connection.send(oru(PULSE, control="first"))
    assert taken.entered.wait(5)
    connection.send(oru(PULSE, control="second"))
    time.sleep(0.1)
    stopping = threading.Thread(target=listener.stop)
    stopping.start()
    time.sleep(0.1)
    taken.gate.set()
    assert msa(connection.receive()) == ("AA", "first")
    with pytest.raises(ServiceUnavailable):
        connection.receive()
    stopping.join(10)
    assert not stopping.is_alive()
    connection.close()
    assert len(taken.raw) == 1
    assert listener.health().state is SourceState.STOPPED
    listener.stop()


def test_a_port_that_is_taken_is_said_at_once(listen, taken):
    first = listen()
    assert first.health().state is SourceState.LISTENING
    second = MllpListener("second", port=first.port)
    with pytest.raises(ServiceUnavailable, match="cannot listen"):
        second.start(taken)
    assert second.health().state is SourceState.STOPPED
    second.stop()


@pytest.mark.parametrize(
    "options",
    [
        {"port": 70000},
        {"port": "2575"},
        {"port": True},
        {"host": 1},
        {"codes": "HR=heart_rate"},
        {"units": [1]},
        {"period": "soon"},
        {"limit": 3},
        {"timezone": "Mars"},
        {"codes": ["HR"]},
        {"codes": ["HR=nonsense"]},
        {"codes": ["HR=heart_rate kPa"]},
        {"units": ["mmHg"]},
        {"bed": "chair"},
        {"processing": ["X"]},
        {"certificate": "nowhere.pem"},
        {"certificate": "nowhere.pem", "key": "nowhere.pem"},
    ],
)
def test_options_that_cannot_be_used_are_refused(options):
    with pytest.raises(BadInput):
        MllpListener("monitors", **options)


def make_certificate(folder: Path) -> tuple[str, str]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    extension = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *extension, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return str(certificate), str(key)


def test_over_tls_only_senders_with_a_certificate_are_taken(listen, tmp_path):
    certificate, key = make_certificate(tmp_path)
    port = listen(certificate=certificate, key=key, client_ca=certificate).port
    known = ssl.create_default_context(cafile=certificate)
    known.load_cert_chain(certificate, key)
    connection = MllpConnection(HOST, port, context=known)
    connection.send(oru(PULSE))
    assert msa(connection.receive())[0] == "AA"
    connection.close()
    unknown = ssl.create_default_context(cafile=certificate)
    stranger = MllpConnection(HOST, port, context=unknown)
    with pytest.raises(ServiceUnavailable):
        stranger.receive()
    stranger.close()
