"""Gateways that publish to Fyr directly: acknowledged means kept, whatever is sent."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time

import pytest
from tests.exchange.mqtt.wire import Gateway, connect, publish

from fyr.clock import from_iso
from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.incoming import ProblemKind, SourceState
from fyr.exchange.mqtt import MqttListener

NOON = from_iso("2026-11-22T12:00:00Z")
CONNACK = b"\x20\x02\x00\x00"


def pulse(value: int) -> bytes:
    return b'{"time": "2026-11-22T12:00:00Z", "value": %d}' % value


def test_a_message_is_acknowledged_when_it_is_kept(listening, kept):
    with Gateway(listening().port) as gateway:
        assert gateway.receive(4) == CONNACK
        gateway.send(publish("fyr/A/3/hr", pulse(71), packet_id=0x1234))
        assert gateway.receive(4) == b"\x40\x02\x12\x34"
        assert kept.samples() == [("3", "heart_rate", NOON, 71.0)]


def test_nothing_is_acknowledged_while_take_runs(listening, kept):
    kept.delay_s = 0.5
    with Gateway(listening().port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3/hr", pulse(71)))
        gateway.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            gateway.socket.recv(4)
        gateway.socket.settimeout(20)
        assert gateway.receive(4) == b"\x40\x02\x00\x01"


def test_messages_gather_while_one_take_runs(listening, kept):
    kept.delay_s = 0.3
    with Gateway(listening().port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3/hr", pulse(1), packet_id=1))
        time.sleep(0.1)
        gateway.send(b"".join(publish("fyr/A/3/hr", pulse(n), packet_id=n) for n in range(2, 501)))
        answers = gateway.receive(4 * 500)
        assert [int.from_bytes(answers[i + 2 : i + 4], "big") for i in range(0, 2000, 4)] == list(range(1, 501))
        assert len(kept.batches) <= 4
        assert [value for *_, value in kept.samples()] == list(range(1, 501))


def test_what_is_refused_is_kept_with_its_reason_and_acknowledged(listening, kept):
    with Gateway(listening().port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3", b'{"time": "2026-11-22T12:00:00Z", "hart_rate": 71}', packet_id=9))
        assert gateway.receive(4) == b"\x40\x02\x00\x09"
        (problem,) = kept.problems()
        assert problem.kind is ProblemKind.UNSUPPORTED
        assert "hart_rate" in problem.what
        assert "heart_rate" in problem.mend
        assert kept.raw() == [b'fyr/A/3\n{"time": "2026-11-22T12:00:00Z", "hart_rate": 71}']
        assert kept.samples() == []


def test_what_could_not_be_kept_closes_the_connection_and_comes_again(listening, kept):
    listener = listening()
    kept.keeps = lambda incoming: False
    with Gateway(listener.port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3/hr", pulse(71), packet_id=1) + publish("fyr/A/3/hr", pulse(72), packet_id=2))
        assert gateway.receive(1) == b""
    kept.keeps = lambda incoming: True
    with Gateway(listener.port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3/hr", pulse(71), packet_id=1, again=True))
        assert gateway.receive(4) == b"\x40\x02\x00\x01"
    assert [value for *_, value in kept.samples()] == [71.0]


def test_a_take_that_fails_is_one_that_did_not_keep(kept, until):
    def take(incoming):
        if not kept.batches:
            kept.batches.append(incoming)
            raise RuntimeError("a fault")
        return kept.take(incoming)

    listener = MqttListener("gateways", port=0)
    listener.start(take)
    try:
        with Gateway(listener.port) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", pulse(71)))
            assert gateway.receive(1) == b""
        with Gateway(listener.port) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", pulse(71)))
            assert gateway.receive(4) == b"\x40\x02\x00\x01"
    finally:
        listener.stop()


class TestExactlyOnce:
    """QoS 2 (section 4.3.3)."""

    def test_the_whole_exchange(self, listening, kept):
        with Gateway(listening().port) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7))
            assert gateway.receive(4) == b"\x50\x02\x00\x07"
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7, again=True))
            assert gateway.receive(4) == b"\x50\x02\x00\x07"
            gateway.send(b"\x62\x02\x00\x07")
            assert gateway.receive(4) == b"\x70\x02\x00\x07"
            gateway.send(publish("fyr/A/3/hr", pulse(72), 2, 7))
            assert gateway.receive(4) == b"\x50\x02\x00\x07"
        assert [value for *_, value in kept.samples()] == [71.0, 72.0]

    def test_a_session_that_is_kept_remembers_over_connections(self, listening, kept):
        listener = listening()
        with Gateway(listener.port, connect("g", clean=False)) as gateway:
            assert gateway.receive(4) == CONNACK
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7))
            gateway.receive(4)
        with Gateway(listener.port, connect("g", clean=False)) as gateway:
            assert gateway.receive(4) == b"\x20\x02\x01\x00"
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7, again=True))
            assert gateway.receive(4) == b"\x50\x02\x00\x07"
        assert len(kept.samples()) == 1

    def test_what_was_not_kept_is_taken_when_it_comes_again(self, listening, kept):
        listener = listening()
        kept.keeps = lambda incoming: False
        with Gateway(listener.port, connect("g", clean=False)) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7) + publish("fyr/A/3/hr", pulse(72), 2, 8))
            assert gateway.receive(1) == b""
        kept.keeps = lambda incoming: True
        with Gateway(listener.port, connect("g", clean=False)) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", pulse(71), 2, 7, again=True))
            gateway.send(publish("fyr/A/3/hr", pulse(72), 2, 8, again=True))
            assert gateway.receive(8) == b"\x50\x02\x00\x07\x50\x02\x00\x08"
        assert [value for *_, value in kept.samples()] == [71.0, 72.0]


class TestConversation:
    def test_ping_subscribe_unsubscribe_and_goodbye(self, listening):
        with Gateway(listening().port) as gateway:
            gateway.receive(4)
            gateway.send(b"\xc0\x00")
            assert gateway.receive(2) == b"\xd0\x00"
            gateway.send(b"\x82\x0c\x00\x05\x00\x01a\x01\x00\x03b/c\x00")
            assert gateway.receive(6) == b"\x90\x04\x00\x05\x80\x80"
            gateway.send(b"\xa2\x05\x00\x06\x00\x01a")
            assert gateway.receive(4) == b"\xb0\x02\x00\x06"
            gateway.send(b"\xe0\x00")
            assert gateway.receive(1) == b""

    def test_mqtt_5_is_told_so_in_its_own_words(self, listening):
        with Gateway(listening().port, b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc") as gateway:
            assert gateway.receive(9) == b"\x20\x03\x00\x84\x00"

    def test_mqtt_3_1_is_told_so(self, listening):
        with Gateway(listening().port, b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a") as gateway:
            assert gateway.receive(9) == b"\x20\x02\x00\x01"

    def test_whoever_does_not_introduce_himself_is_hung_up_on(self, listening, kept):
        with Gateway(listening().port, publish("fyr/A/3/hr", pulse(71))) as gateway:
            assert gateway.receive(1) == b""
        assert kept.raw() == []

    def test_a_client_without_a_name_cannot_have_a_session(self, listening):
        with Gateway(listening().port, connect("", clean=False)) as gateway:
            assert gateway.receive(9) == b"\x20\x02\x00\x02"

    def test_a_second_connection_of_a_client_ends_the_first(self, listening, until):
        listener = listening()
        with Gateway(listener.port, connect("g")) as first, Gateway(listener.port, connect("g")) as second:
            assert second.receive(4) == CONNACK
            assert first.receive(5) in (CONNACK, b"")
            second.send(b"\xc0\x00")
            assert second.receive(2) == b"\xd0\x00"
            until(lambda: listener.health().connections == 1)

    def test_whoever_keeps_silent_for_too_long_is_hung_up_on(self, listening):
        with Gateway(listening().port, connect(keep_alive=1)) as gateway:
            gateway.receive(4)
            began = time.monotonic()
            assert gateway.receive(1) == b""
            assert time.monotonic() - began >= 1.2

    def test_too_many_connections_are_turned_away(self, listening, until):
        listener = listening(most_connections=1)
        with Gateway(listener.port) as first:
            assert first.receive(4) == CONNACK
            with Gateway(listener.port, connect("other")) as second:
                assert second.receive(4) == b""


class TestWhoMayConnect:
    def test_a_password(self, listening, tmp_path):
        (tmp_path / "password").write_text("secret\n")
        listener = listening(user="gateway", password_file=str(tmp_path / "password"))
        for hello, code in (
            (connect(user="gateway", password="secret"), 0),
            (connect(user="gateway", password="Secret"), 4),
            (connect(user="someone", password="secret"), 4),
            (connect(), 5),
        ):
            with Gateway(listener.port, hello) as gateway:
                assert gateway.receive(4) == bytes((0x20, 2, 0, code))

    def test_the_network_needs_a_password(self, tmp_path):
        with pytest.raises(BadInput, match="anybody in the network"):
            MqttListener("m", host="0.0.0.0")  # noqa: S104  the address that is refused
        MqttListener("m", host="0.0.0.0", allow_anonymous=True)  # noqa: S104  the address that is allowed

    @pytest.mark.parametrize(
        ("options", "word"),
        [
            ({"user": "a"}, "password"),
            ({"user": "a", "password_file": "/nowhere/at/all"}, "cannot be read"),
            ({"port": 70000}, "not a port"),
            ({"topics": ["fyr/{wrad}/{bed}"]}, "wrad"),
            ({"topics": []}, "no topic"),
            ({"topics": ["a/{bed}/{bed}"]}, "twice"),
            ({"time_zone": "Europe/Atlantis"}, "not a time zone"),
            ({"epoch": "minutes"}, "unit of time"),
            ({"period": "soon"}, "not a duration"),
            ({"periods": ["pulse_rat = 1 s"]}, "pulse_rat"),
            ({"key": "a.pem"}, "no certificate"),
            ({"certificate": "/nowhere.pem"}, "no such file"),
            ({"largest_bytes": 0}, "nothing could be received"),
        ],
    )
    def test_options_are_refused_by_name(self, options, word):
        with pytest.raises(BadInput, match=word):
            MqttListener("m", **options)

    def test_a_port_that_is_taken(self, listening):
        taken = listening()
        other = MqttListener("m", port=taken.port)
        with pytest.raises(ServiceUnavailable, match="cannot listen"):
            other.start(lambda incoming: [])
        assert other.health().state is SourceState.STOPPED

    def test_tls_with_certificates_of_clients(self, listening, kept, tmp_path):
        for command in (
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
            "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2",
        ):
            subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
        listener = listening(
            certificate=str(tmp_path / "server.pem"),
            key=str(tmp_path / "server.key"),
            client_ca=str(tmp_path / "ca.pem"),
        )
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        context.check_hostname = False
        with Gateway(listener.port, b"") as gateway:
            wrapped = context.wrap_socket(gateway.socket)
            try:
                wrapped.sendall(connect())
                heard = wrapped.recv(4)
            except (ssl.SSLError, ConnectionError):  # TLS 1.3 says so at the first read
                heard = b""
            assert heard == b""
            wrapped.close()
        context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
        gateway = Gateway(listener.port, b"")
        with context.wrap_socket(gateway.socket) as wrapped:
            wrapped.sendall(connect() + publish("fyr/A/3/hr", pulse(71)))
            gateway.socket = wrapped
            assert gateway.receive(8) == CONNACK + b"\x40\x02\x00\x01"
        assert kept.samples() == [("3", "heart_rate", NOON, 71.0)]


class TestBadInput:
    def test_ten_megabytes_are_set_aside_and_the_next_message_is_taken(self, listening, kept):
        with Gateway(listening().port) as gateway:
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", b"7" * 10_000_000, packet_id=1))
            gateway.send(publish("fyr/A/3/hr", pulse(71), packet_id=2))
            assert gateway.receive(8) == b"\x40\x02\x00\x01\x40\x02\x00\x02"
        (problem,) = kept.problems()
        assert problem.kind is ProblemKind.TOO_LARGE
        assert "10000000 bytes" in problem.what
        assert len(kept.raw()[0]) < 70_000
        assert [value for *_, value in kept.samples()] == [71.0]

    def test_random_bytes_end_the_connection_and_nothing_else(self, listening, kept):
        listener = listening()
        for seed in range(60):
            noise = bytes(os.urandom(200)) if seed % 2 else connect() + os.urandom(400)
            with Gateway(listener.port, noise) as gateway:
                gateway.socket.shutdown(socket.SHUT_WR)
                gateway.receive(1000)
        with Gateway(listener.port) as gateway:
            assert gateway.receive(4) == CONNACK
            gateway.send(publish("fyr/A/3/hr", pulse(71), packet_id=77))
            assert gateway.receive(4) == b"\x40\x02\x00\x4d"

    def test_a_flood_is_held_back_and_loses_nothing(self, listening, kept):
        kept.delay_s = 0.05
        listener = listening()
        count = 50_000
        with Gateway(listener.port) as gateway:
            gateway.receive(4)
            sender = threading.Thread(
                target=gateway.send,
                args=(b"".join(publish("fyr/A/3/hr", pulse(n), 1, n) for n in range(1, count + 1)),),
            )
            sender.start()
            assert len(gateway.receive(4 * count)) == 4 * count
            sender.join()
        assert [value for *_, value in kept.samples()] == list(range(1, count + 1))
        assert max(len(batch.raw) for batch in kept.batches) <= 20_000 + 10_000

    def test_arrival_stamps_only_what_comes_for_the_first_time(self, listening, kept):
        with Gateway(listening(stamp_on_arrival=True).port) as gateway:
            gateway.receive(4)
            before = time.time_ns() // 1000
            gateway.send(publish("fyr/A/3/hr", b"71", packet_id=1))
            gateway.receive(4)
            gateway.send(publish("fyr/A/3/hr", b"72", packet_id=2, again=True))
            gateway.receive(4)
        ((_, _, time_us, value),) = kept.samples()
        assert value == 71.0
        assert before <= time_us <= time.time_ns() // 1000
        assert [problem.kind for problem in kept.problems()] == [ProblemKind.INCOMPLETE]


def test_stopping_answers_what_was_taken(kept):
    listener = MqttListener("m", port=0)
    listener.start(kept.take)
    kept.delay_s = 0.3
    with Gateway(listener.port) as gateway:
        gateway.receive(4)
        gateway.send(publish("fyr/A/3/hr", pulse(71)))
        time.sleep(0.1)
        listener.stop()
        assert gateway.receive(5) == b"\x40\x02\x00\x01"
    assert listener.health().state is SourceState.STOPPED
    listener.stop()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_client_library_publishes(listening, kept, until, qos):
    from paho.mqtt.client import CallbackAPIVersion, Client

    listener = listening()
    client = Client(CallbackAPIVersion.VERSION2, "gateway-1", clean_session=False)
    client.connect("127.0.0.1", listener.port)
    client.loop_start()
    try:
        for number in range(200):
            told = client.publish(f"fyr/A/{number % 7}/hr", pulse(number), qos)
        told.wait_for_publish(20)
        until(lambda: len(kept.samples()) == 200)
        assert sorted(value for *_, value in kept.samples()) == list(range(200))
        assert listener.health().connections == 1
    finally:
        client.disconnect()
        client.loop_stop()
