"""Reads from an MQTT broker that is there already; acknowledges to it only what is kept."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.incoming import SourceHealth, SourceState, Take
from fyr.exchange.mqtt.payload import PayloadReader
from fyr.exchange.mqtt.taking import Arrival, Origin, Taking
from fyr.exchange.mqtt.topics import DEFAULT_TOPICS, read_patterns
from fyr.exchange.source_options import read_duration_us, read_periods, read_secret, read_words

if TYPE_CHECKING:
    from paho.mqtt.client import Client

__all__ = ["MqttSubscriber"]

_log = logging.getLogger(__name__)

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_TICK_S: Final = 0.5
_FIRST_PAUSE_S: Final = 0.5
_ANSWER_S: Final = 20.0


class _Line(Origin):
    """One connection to the broker."""

    __slots__ = ("acknowledged", "client", "is_over", "is_subscribed", "problem", "wake")

    def __init__(self, client: Client, wake: socket.socket) -> None:
        super().__init__()
        self.client = client
        self.wake = wake
        self.acknowledged: deque[Arrival] = deque()
        self.is_over = False
        self.is_subscribed = False
        self.problem = ""


class MqttSubscriber:
    """Subscribes at a broker with QoS 1 in a session that the broker keeps, and connects again for ever.

    A message is acknowledged to the broker when `take` has kept it; what was not acknowledged, and what came to the
    broker while nobody was connected, is delivered again. Messages without a time are refused: a broker may have kept
    them for hours.

    Parameters
    ----------
    name : str
        Of the source.
    broker : str
        ``mqtt://HOST`` or ``mqtts://HOST`` (TLS), with ``:PORT`` if it is not 1883 or 8883.
    topics : list of str, optional
        Patterns, see :class:`~fyr.exchange.mqtt.topics.TopicPattern`; each level in braces is asked for as ``+``.
    client_id : str
        By which the broker knows the session; no two clients may have the same. Default: ``fyr-NAME``.
    user, password_file : str
        What the broker asks for; the password is the first line of the file.
    ca : str
        PEM file of the authority that the broker's certificate is of; empty: the machine's own.
    certificate, key : str
        PEM files, where the broker asks for a certificate of the client.
    time_zone, epoch, ignore, period, periods
        As for :class:`~fyr.exchange.mqtt.listener.MqttListener`.
    largest_bytes : int
        Of one message.
    keep_alive : str
        How long the line may be silent before it counts as lost.
    longest_pause : str
        The longest time between two attempts to connect.

    Raises
    ------
    BadInput
        If an option is not understood.
    """

    def __init__(
        self,
        name: str,
        *,
        broker: str,
        topics: list[str] | None = None,
        client_id: str = "",
        user: str = "",
        password_file: str = "",
        ca: str = "",
        certificate: str = "",
        key: str = "",
        time_zone: str = "",
        epoch: str = "ms",
        ignore: list[str] | None = None,
        period: str = "1 min",
        periods: list[str] | None = None,
        largest_bytes: int = 1_048_576,
        keep_alive: str = "15 s",
        longest_pause: str = "30 s",
    ) -> None:
        self.name = name
        self._is_tls, self._host, self._port = _address(broker)
        if not self._is_tls and (ca or certificate or key):
            raise BadInput("certificates need TLS", where=f"{name}, broker {broker}", mend="write mqtts://")
        if password_file and not user:
            raise BadInput("a password needs a user", where=name, mend="set user")
        for option, path in (("ca", ca), ("certificate", certificate), ("key", key)):
            if path and not Path(path).expanduser().is_file():
                raise BadInput("there is no such file", where=f"{name}, {option} {path}", mend="check the path")
        self._patterns = read_patterns(read_words(topics, "topics", DEFAULT_TOPICS))
        self._reader = PayloadReader(
            self._patterns, time_zone=time_zone, epoch=epoch, ignore=read_words(ignore, "ignore")
        )
        self._period_us = read_periods(period, read_words(periods, "periods"))
        self._client_id = client_id or f"fyr-{name}"
        self._user = user
        self._password = read_secret(password_file, "password_file").decode() if password_file else None
        self._ca, self._certificate, self._key = ca, certificate, key
        self._largest_bytes = largest_bytes
        self._keep_alive_s = max(1, read_duration_us(keep_alive, "keep_alive") // 1_000_000)
        self._longest_pause_s = read_duration_us(longest_pause, "longest_pause") / 1e6
        self._state = SourceState.STARTING
        self._detail = ""
        self._is_stopping = threading.Event()
        self._taking: Taking | None = None
        self._thread: threading.Thread | None = None

    def start(self, take: Take) -> None:
        """Begin; returns at once, since a broker that is not there yet will be.

        Raises
        ------
        ServiceUnavailable
            If the MQTT client library is not installed.
        BadInput
            If a certificate cannot be used.
        """
        try:
            import paho.mqtt.client  # noqa: F401
        except ImportError:
            raise ServiceUnavailable(
                "the MQTT client library is not installed", where=self.name, mend='run pip install "fyr[devices]"'
            ) from None
        self._client()  # certificates that cannot be used are refused now
        self._taking = Taking(self.name, self._reader, self._period_us, take, self._settle)
        self._taking.start()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take what has come, acknowledge it, and take leave; the broker keeps what comes meanwhile."""
        if self._thread is None or self._taking is None or self._is_stopping.is_set():
            return
        self._is_stopping.set()
        self._thread.join()
        self._state, self._detail = SourceState.STOPPED, ""

    def health(self) -> SourceHealth:
        """Say whether it is connected, or why not."""
        connected = int(self._state is SourceState.CONNECTED)
        address = f"{self._host}:{self._port}"
        return SourceHealth(self._state, f"{address}, {self._detail}" if self._detail else address, connected)

    def _run(self) -> None:
        asleep, wake = socket.socketpair()
        with asleep, wake:
            asleep.setblocking(False)
            wake.setblocking(False)
            self._keep_connecting(asleep, wake)
        if self._taking is not None:
            self._taking.stop()

    def _keep_connecting(self, asleep: socket.socket, wake: socket.socket) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._is_stopping.is_set():
            line = _Line(self._client(), wake)
            line.client.user_data_set(line)
            try:
                line.client.connect(self._host, self._port, self._keep_alive_s)
                self._stay(line, asleep)
            except Exception as problem:  # noqa: BLE001  a broker that is not there, or speaks nonsense, ends nothing here
                line.problem = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            if self._is_stopping.is_set() and self._taking is not None:
                self._taking.stop()
                _acknowledge(line)
            line.is_over = line.is_given_up = True
            line.client.disconnect()
            if self._is_stopping.is_set():
                return
            self._state, self._detail = SourceState.LOST, line.problem or "the connection ended"
            _log.warning("%s: %s", self.name, self._detail)
            pause_s = _FIRST_PAUSE_S if line.is_subscribed else min(2 * pause_s, self._longest_pause_s)
            self._is_stopping.wait(pause_s)

    def _stay(self, line: _Line, asleep: socket.socket) -> None:
        """Read and acknowledge until the line is lost or given up."""
        client, until_s = line.client, time.monotonic() + _ANSWER_S
        while not self._is_stopping.is_set() and not line.problem:
            ours = client.socket()
            if ours is None:
                return
            pending = getattr(ours, "pending", None)
            wait_s = 0.0 if pending is not None and pending() else _TICK_S
            readable, writable, _ = select.select([ours, asleep], [ours] if client.want_write() else [], [], wait_s)
            if asleep in readable:
                asleep.recv(4096)
            if ours in readable or not wait_s:
                client.loop_read()
            _acknowledge(line)
            if ours in writable:
                client.loop_write()
            client.loop_misc()
            if line.is_given_up:
                line.problem = "something could not be kept; the broker sends it again"
            elif not line.is_subscribed and time.monotonic() > until_s:
                line.problem = "the broker does not answer"

    def _client(self) -> Client:
        from paho.mqtt.client import Client, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(
            CallbackAPIVersion.VERSION2, self._client_id, clean_session=False, protocol=MQTTv311, manual_ack=True
        )
        if self._user:
            client.username_pw_set(self._user, self._password)
        if self._is_tls:
            try:
                client.tls_set(self._ca or None, self._certificate or None, self._key or None)
            except (OSError, ValueError) as problem:
                raise BadInput(
                    f"the certificates cannot be used ({problem})", where=self.name, mend="give PEM files that match"
                ) from None
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    # Called by the client library, in the thread that runs its loop.

    def _on_connect(self, client: Client, line: _Line, flags: Any, reason: Any, properties: Any) -> None:  # noqa: ARG002
        if reason.is_failure:
            line.problem = f"the broker refuses the connection ({reason})"
            return
        client.subscribe([(pattern.subscription, 1) for pattern in self._patterns])

    def _on_subscribe(self, client: Client, line: _Line, mid: int, reasons: list[Any], properties: Any) -> None:  # noqa: ARG002
        if any(reason.is_failure for reason in reasons):
            line.problem = "the broker refuses the subscription; it must let this client read the topics"
            return
        line.is_subscribed = True
        self._state, self._detail = SourceState.CONNECTED, ""

    def _on_message(self, client: Client, line: _Line, message: Any) -> None:  # noqa: ARG002
        taking = self._taking
        while taking is not None and not taking.wait_for_room(_TICK_S):
            if self._is_stopping.is_set() or line.is_given_up:
                return
        payload = message.payload
        if len(payload) > self._largest_bytes:
            payload = payload[: min(65_536, self._largest_bytes)]
        arrival = Arrival(line, message.topic, payload, len(message.payload), message.qos, message.mid, None)
        if taking is not None:
            taking.add([arrival])

    def _settle(self, settled: Sequence[tuple[Arrival, bool]]) -> None:
        """Have acknowledged what is kept, over the connection that it came by; the broker sends all others again."""
        lines = set()
        for arrival, is_kept in settled:
            line = arrival.origin
            if isinstance(line, _Line) and not line.is_over:
                lines.add(line)
                if is_kept and arrival.qos:
                    line.acknowledged.append(arrival)
        for line in lines:
            with contextlib.suppress(OSError):  # enough wakes are waiting already, or it is over
                line.wake.send(b"\x00")


def _acknowledge(line: _Line) -> None:
    """Acknowledge what is kept; only the thread that reads may write."""
    while line.acknowledged:
        arrival = line.acknowledged.popleft()
        line.client.ack(arrival.packet_id, arrival.qos)


def _address(broker: str) -> tuple[bool, str, int]:
    mend = "write mqtt://HOST:1883, or mqtts://HOST:8883 with TLS"
    try:
        parts = urlsplit(broker)
        port = parts.port
    except ValueError:
        raise BadInput(f"'{broker}' is not the address of a broker", where="broker", mend=mend) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise BadInput(f"'{broker}' is not the address of a broker", where="broker", mend=mend)
    if parts.username or parts.password:
        raise BadInput("a password stands in the address", where="broker", mend="set user and password_file")
    return parts.scheme == "mqtts", parts.hostname, port or _PORTS[parts.scheme]
