"""An MQTT endpoint that gateways publish to directly, without a broker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from fyr.clock import SystemClock
from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.incoming import SourceHealth, SourceState, Take
from fyr.exchange.mqtt import packets
from fyr.exchange.mqtt.connection import Connection, Session
from fyr.exchange.mqtt.packets import Connect, Publish
from fyr.exchange.mqtt.payload import PayloadReader
from fyr.exchange.mqtt.security import Credentials, is_loopback, server_context
from fyr.exchange.mqtt.taking import Arrival, Taking
from fyr.exchange.mqtt.topics import DEFAULT_TOPICS, read_patterns
from fyr.exchange.source_options import read_periods, read_secret, read_words

__all__ = ["MqttListener"]

_log = logging.getLogger(__name__)

_MOST_SESSIONS: Final = 10_000
_GOODBYE_S: Final = 5.0


class MqttListener:
    """Listens for gateways that speak MQTT 3.1.1; takes messages, and gives none away.

    A message of QoS 1 or 2 is acknowledged when `take` has kept it, be it as samples or, where it could not be read, in
    quarantine with the reason. If it could not be kept, the connection is closed and the gateway sends it again.

    Parameters
    ----------
    name : str
        Of the source.
    host, port : str, int
        Where to listen; port 0 is any that is free.
    topics : list of str, optional
        Patterns, see :class:`~fyr.exchange.mqtt.topics.TopicPattern`.
    user, password_file : str
        What every gateway must say; the password is the first line of the file.
    allow_anonymous : bool
        Whether to listen beyond this machine without a password or client certificates.
    certificate, key, client_ca : str
        PEM files for TLS; with `client_ca` every gateway must show a certificate of that authority.
    time_zone : str
        Of times that are written without one; empty: such a message is refused.
    epoch : str
        What a time that is a number counts: ``s``, ``ms``, ``us``, ``ns``.
    stamp_on_arrival : bool
        Whether a message without a time is given that of its arrival.
    ignore : list of str, optional
        Keys of messages that mean nothing here.
    period : str
        The nominal time between samples.
    periods : list of str, optional
        ``SIGNAL = DURATION`` for signals that have another.
    largest_bytes : int
        Of one message.
    most_connections : int

    Raises
    ------
    BadInput
        If an option is not understood, or would let anybody in the network write vital signs.
    """

    def __init__(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        topics: list[str] | None = None,
        user: str = "",
        password_file: str = "",
        allow_anonymous: bool = False,
        certificate: str = "",
        key: str = "",
        client_ca: str = "",
        time_zone: str = "",
        epoch: str = "ms",
        stamp_on_arrival: bool = False,
        ignore: list[str] | None = None,
        period: str = "1 min",
        periods: list[str] | None = None,
        largest_bytes: int = 1_048_576,
        most_connections: int = 2000,
    ) -> None:
        self.name = name
        if bool(user) != bool(password_file):
            raise BadInput("a user needs a password, and a password a user", where=name, mend="set user, password_file")
        if not 0 <= port <= 65_535:
            raise BadInput(f"{port} is not a port", where=f"{name}, port", mend="use 1883, or 8883 with TLS")
        if largest_bytes < 1024 or most_connections < 1:
            raise BadInput("nothing could be received", where=name, mend="raise largest_bytes or most_connections")
        if not (user or client_ca or allow_anonymous or is_loopback(host)):
            raise BadInput(
                "anybody in the network could send vital signs",
                where=f"{name}, host {host}",
                mend="set user and password_file, or client_ca, or allow_anonymous = true",
            )
        self.largest_bytes = largest_bytes
        self._host, self._port = host, port
        self._credentials = Credentials(user, read_secret(password_file, "password_file") if user else b"")
        self._tls = server_context(certificate, key, client_ca)
        self._stamps = stamp_on_arrival
        self._reader = PayloadReader(
            read_patterns(read_words(topics, "topics", DEFAULT_TOPICS)),
            time_zone=time_zone,
            epoch=epoch,
            ignore=read_words(ignore, "ignore"),
        )
        self._period_us = read_periods(period, read_words(periods, "periods"))
        self._most_connections = most_connections
        self._clock = SystemClock()
        self._connections: set[Connection] = set()
        self._by_client: dict[str, Connection] = {}
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._state = SourceState.STARTING
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._taking: Taking | None = None
        self._is_over: asyncio.Event | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    def start(self, take: Take) -> None:
        """Listen.

        Raises
        ------
        ServiceUnavailable
            If it cannot listen there.
        """
        self._taking = Taking(self.name, self._reader, self._period_us, take, self._settle)
        self._taking.start()
        is_ready = threading.Event()
        failed: list[OSError] = []
        self._thread = threading.Thread(target=self._run, args=(is_ready, failed), name=self.name, daemon=True)
        self._thread.start()
        is_ready.wait()
        if failed:
            self._thread.join()
            self._taking.stop()
            self._state = SourceState.STOPPED
            raise ServiceUnavailable(
                f"it cannot listen there ({failed[0].strerror or failed[0]})",
                where=f"{self.name}, {self._host}:{self._port}",
                mend="set another host or port, or end the program that has it",
            )

    def stop(self) -> None:
        """Take what has come, answer it, and hang up."""
        loop, thread, taking = self._loop, self._thread, self._taking
        if loop is None or thread is None or taking is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(self._pause_all)
        taking.stop()
        if self._is_over is not None:
            loop.call_soon_threadsafe(self._is_over.set)
        thread.join()
        self._state = SourceState.STOPPED

    def health(self) -> SourceHealth:
        """Say where it listens, and to how many."""
        return SourceHealth(self._state, f"{self._host}:{self._port}", len(self._connections))

    # What a connection asks of it, in the loop's thread.

    def greet(self, connection: Connection, connect: Connect) -> tuple[int, Session, bool]:
        """Decide about a client that introduces itself."""
        session = Session(connect.clean_session)
        code = self._credentials.check(connect)
        if code == packets.ACCEPTED and not connect.client_id and not connect.clean_session:
            code = packets.IDENTIFIER_REFUSED
        if code != packets.ACCEPTED:
            _log.warning("%s: a client is refused (CONNACK %d)", self.name, code)
            return code, session, False
        known = None
        if connect.client_id:
            before = self._by_client.get(connect.client_id)
            if before is not None:
                before.close()
            self._by_client[connect.client_id] = connection
            connection.client_id = connect.client_id
            known = self._sessions.pop(connect.client_id, None)
        if connect.clean_session:
            known = None
        else:
            session = known or session
            self._sessions[connect.client_id] = session
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        session.connection = connection
        return code, session, known is not None

    def arrived(self, arrivals: Sequence[Arrival]) -> bool:
        """Let messages wait for the next `take`."""
        return self._taking is not None and self._taking.add(arrivals)

    def opened(self, connection: Connection) -> bool:
        """Note a connection."""
        self._connections.add(connection)
        return len(self._connections) <= self._most_connections

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if self._by_client.get(connection.client_id) is connection:
            del self._by_client[connection.client_id]

    def stamp(self, publish: Publish) -> int | None:
        """Return the time of arrival where that may stand for the time; a message that is sent again is an old one."""
        return self._clock.now_us() if self._stamps and not publish.is_repeated else None

    # The loop's thread itself.

    def _run(self, is_ready: threading.Event, failed: list[OSError]) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(is_ready, failed))

    async def _serve(self, is_ready: threading.Event, failed: list[OSError]) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_over = asyncio.Event()
        try:
            server = await self._loop.create_server(
                lambda: Connection(self), self._host, self._port, ssl=self._tls, backlog=512
            )
        except OSError as problem:
            failed.append(problem)
            is_ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self._state = SourceState.LISTENING
        is_ready.set()
        watching = asyncio.create_task(self._watch())
        await self._is_over.wait()
        watching.cancel()
        server.close()
        for connection in list(self._connections):
            connection.close()
        until = self._loop.time() + _GOODBYE_S
        while self._connections and self._loop.time() < until:
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    async def _watch(self) -> None:
        """Hang up on whom nothing is heard from."""
        while True:
            await asyncio.sleep(0.5)
            now_s = asyncio.get_running_loop().time()
            for connection in [one for one in self._connections if one.is_silent(now_s)]:
                _log.warning("%s: a connection is closed: it kept silent", self.name)
                connection.close()

    def _pause_all(self) -> None:
        for connection in self._connections:
            connection.pause("stopping")

    def _settle(self, settled: Sequence[tuple[Arrival, bool]]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to answer
                self._loop.call_soon_threadsafe(self._answer, settled)

    def _answer(self, settled: Sequence[tuple[Arrival, bool]]) -> None:
        answers: dict[Connection, bytearray] = {}
        failed: set[Connection] = set()
        for arrival, is_kept in settled:
            connection = arrival.origin
            if not isinstance(connection, Connection) or connection.session is None:
                continue
            session = connection.session
            if not is_kept:
                failed.add(connection)
            elif arrival.qos == 1:
                answers.setdefault(connection, bytearray()).extend(packets.puback(arrival.packet_id))
            if arrival.qos == 2:
                session.taking.discard(arrival.packet_id)
                if is_kept:
                    session.received.add(arrival.packet_id)
                    now = session.connection or connection
                    answers.setdefault(now, bytearray()).extend(packets.pubrec(arrival.packet_id))
        for connection, answer in answers.items():
            connection.write(bytes(answer))
        for connection in failed:
            if connection.session is not None:
                connection.session.taking.clear()  # all that waited of it was dropped, and comes again
            connection.close()
        if self._taking is not None and not self._taking.is_full:
            for connection in self._connections:
                connection.resume("full")
