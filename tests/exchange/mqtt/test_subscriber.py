"""Reading from a broker: nothing that was kept by the broker and not by us is ever lost."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.incoming import ProblemKind, SourceState
from fyr.exchange.mqtt import MqttSubscriber

NATS = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/bin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """nats-server with its MQTT listener, on ports of its own, with a store that outlives it."""

    def __init__(self, folder: Path, mqtt: str = "") -> None:
        self.port = free_port()
        self.configuration = folder / "nats.conf"
        self.configuration.write_text(
            f'server_name: ward\nlisten: "127.0.0.1:{free_port()}"\njetstream {{ store_dir: "{folder / "store"}" }}\n'
            f'mqtt {{ listen: "127.0.0.1:{self.port}"\n{mqtt} }}\n'
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, until) -> None:
        assert NATS is not None
        self.process = subprocess.Popen(
            [NATS, "-c", str(self.configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.is_there)

    def is_there(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def broker(tmp_path, until) -> Iterator[Broker]:
    if NATS is None:
        pytest.skip("there is no nats-server on this machine, whose MQTT listener is the broker here")
    broker = Broker(tmp_path)
    broker.start(until)
    yield broker
    broker.kill()


@pytest.fixture
def subscribing(kept, broker):
    started = []

    def start(**options):
        source = MqttSubscriber(
            "ward-broker", broker=f"mqtt://127.0.0.1:{broker.port}", keep_alive="2 s", longest_pause="1 s", **options
        )
        source.start(kept.take)
        started.append(source)
        return source

    yield start
    for source in started:
        source.stop()


def publish(broker: Broker, values: range) -> None:
    from paho.mqtt.client import CallbackAPIVersion, Client

    client = Client(CallbackAPIVersion.VERSION2, "publisher")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        told = [client.publish("fyr/A/3/hr", b'{"time": "2026-11-22T12:00:00Z", "value": %d}' % n, 1) for n in values]
        for one in told:
            one.wait_for_publish(30)
            assert one.is_published()
    finally:
        client.disconnect()
        client.loop_stop()


def values(kept) -> list[float]:
    return [value for *_, value in kept.samples()]


def test_what_is_published_arrives_in_order(broker, subscribing, kept, until):
    source = subscribing()
    until(lambda: source.health().state is SourceState.CONNECTED)
    publish(broker, range(500))
    until(lambda: len(values(kept)) >= 500)
    assert values(kept) == list(range(500))
    source.stop()
    assert source.health().state is SourceState.STOPPED


def test_what_comes_while_nobody_listens_is_kept_by_the_broker(broker, subscribing, kept, until):
    source = subscribing()
    until(lambda: source.health().state is SourceState.CONNECTED)
    publish(broker, range(5))
    until(lambda: len(values(kept)) == 5)
    source.stop()
    publish(broker, range(5, 10))
    subscribing()
    until(lambda: len(values(kept)) == 10)
    assert values(kept) == list(range(10))


@pytest.mark.slow
def test_what_could_not_be_kept_is_delivered_again(broker, subscribing, kept, until):
    source = subscribing()
    until(lambda: source.health().state is SourceState.CONNECTED)
    kept.keeps = lambda incoming: False
    publish(broker, range(50))
    until(lambda: source.health().state is SourceState.LOST)
    assert "could not be kept" in source.health().detail
    assert values(kept) == []
    kept.keeps = lambda incoming: True
    until(lambda: set(values(kept)) == set(range(50)), 60)


@pytest.mark.slow
def test_a_broker_that_is_killed_and_comes_back_loses_nothing(broker, subscribing, kept, until):
    source = subscribing()
    until(lambda: source.health().state is SourceState.CONNECTED)
    kept.delay_s = 0.2
    publish(
        broker, range(300)
    )  # the broker has them all; some of them wait here, some there, none is acknowledged twice
    broker.kill()
    until(lambda: source.health().state is SourceState.LOST)
    kept.delay_s = 0.0
    broker.start(until)
    until(lambda: source.health().state is SourceState.CONNECTED, 60)
    publish(broker, range(300, 600))
    until(lambda: set(values(kept)) == set(range(600)), 60)


def test_a_message_without_a_time_is_refused(broker, subscribing, kept, until):
    from paho.mqtt.publish import single

    source = subscribing()
    until(lambda: source.health().state is SourceState.CONNECTED)
    single("fyr/A/3/hr", b"71", 1, hostname="127.0.0.1", port=broker.port)
    until(lambda: len(kept.problems()) == 1)
    assert kept.problems()[0].kind is ProblemKind.INCOMPLETE


# paho-mqtt leaves the socket of a handshake that failed to the garbage collector, which closes it and says so.
@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_tls_and_a_password(kept, until, tmp_path):
    if NATS is None:
        pytest.skip("there is no nats-server on this machine, whose MQTT listener is the broker here")
    certify = "req -x509 -newkey rsa:2048 -nodes -keyout broker.key -out broker.pem -days 2 -subj /CN=broker"
    command = ["openssl", *certify.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    broker = Broker(
        tmp_path,
        f'authorization {{ username: fyr, password: secret }}\ntls {{ cert_file: "{tmp_path / "broker.pem"}", '
        f'key_file: "{tmp_path / "broker.key"}" }}',
    )
    broker.start(until)
    (tmp_path / "right").write_text("secret\n")
    (tmp_path / "wrong").write_text("Secret\n")
    address = f"mqtts://127.0.0.1:{broker.port}"
    try:
        for password, ca, state, word in (
            ("wrong", str(tmp_path / "broker.pem"), SourceState.LOST, ""),
            ("right", "", SourceState.LOST, "certificate"),
            ("right", str(tmp_path / "broker.pem"), SourceState.CONNECTED, ""),
        ):
            source = MqttSubscriber(
                "m", broker=address, user="fyr", password_file=str(tmp_path / password), ca=ca, longest_pause="1 s"
            )
            source.start(kept.take)
            until(lambda source=source: source.health().state is not SourceState.STARTING)
            assert source.health().state is state
            assert word in source.health().detail
            source.stop()
    finally:
        broker.kill()


def test_a_broker_that_is_not_there_is_waited_for(kept, until):
    source = MqttSubscriber("m", broker=f"mqtt://127.0.0.1:{free_port()}", longest_pause="1 s")
    source.start(kept.take)
    until(lambda: source.health().state is SourceState.LOST)
    assert "refused" in source.health().detail
    source.stop()


def test_without_the_client_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with pytest.raises(ServiceUnavailable, match=r'pip install "fyr\[devices\]"'):
        MqttSubscriber("m", broker="mqtt://127.0.0.1").start(lambda incoming: [])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"broker": "127.0.0.1:1883"}, "not the address of a broker"),
        ({"broker": "http://127.0.0.1"}, "not the address of a broker"),
        ({"broker": "mqtt://host:99999"}, "not the address of a broker"),
        ({"broker": "mqtt://a:b@host"}, "password stands in the address"),
        ({"broker": "mqtt://host", "ca": "/nowhere.pem"}, "need TLS"),
        ({"broker": "mqtts://host", "ca": "/nowhere.pem"}, "no such file"),
        ({"broker": "mqtt://host", "password_file": "/nowhere"}, "needs a user"),
        ({"broker": "mqtt://host", "keep_alive": "soon"}, "not a duration"),
    ],
)
def test_options_are_refused_by_name(options, word):
    with pytest.raises(BadInput, match=word):
        MqttSubscriber("m", **options)
