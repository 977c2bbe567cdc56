"""Listens for HL7 v2 over MLLP: vital signs and movements from monitors, gateways and the patient administration.

While one group of messages is being made durable, the next gathers from all connections: a slow disk makes the groups
larger, not the queue. A sender gets its answers in the order of its messages, after they are durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import ssl
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from fyr.clock import Clock, SystemClock
from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.hl7v2.acknowledgement import acknowledge
from fyr.exchange.hl7v2.connection import Connection
from fyr.exchange.hl7v2.frames import DEFAULT_LIMIT, Frame, frame
from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.hl7v2.options import check_numbers, check_texts, read_duration_us
from fyr.exchange.hl7v2.reader import Hl7Reader
from fyr.exchange.incoming import SourceHealth, SourceState, Take, Verdict

__all__ = ["MllpListener"]

_log: Final = logging.getLogger(__name__)

_LARGEST: Final = 256 * 1024 * 1024
"""The highest limit that can be set."""

_SHARE_MESSAGES: Final = 500
_SHARE_BYTES: Final = 8 * 1024 * 1024
"""Of one connection in one group."""
_GROUP_MESSAGES: Final = 4_000
_GROUP_BYTES: Final = 32 * 1024 * 1024
_START_TIMEOUT_S: Final = 30.0
_LAST_ANSWERS_S: Final = 2.0
"""How long a sender may take to read its last answers before its connection ends with the others."""


class MllpListener:
    """A source that others connect to.

    Parameters
    ----------
    name : str
    clock : Clock, optional
    host : str
        The address to listen on; the default lets nobody in from outside.
    port : int
        0 takes a free one.
    timezone : str
        Where times without an offset are meant.
    codes, units : sequence of str
        Local codes and spellings: ``"HR=heart_rate"``, ``"mmHg=mm[Hg]"``.
    authority : str
        The assigning authority (PID-3.4) of the patient's number.
    bed : str
        ``bed`` or ``room-bed``.
    processing : sequence of str
        The processing identifiers (MSH-11) that are taken.
    period : str
        The nominal time between two samples of a signal, which HL7 does not say: ``60 s``.
    limit : int
        Bytes that one message may have.
    connections : int
        How many senders may be connected at once.
    certificate, key, client_ca : str
        PEM files: with the first two it speaks TLS, with the third it asks the senders for theirs.

    Raises
    ------
    BadInput
        If an option cannot be used.
    """

    def __init__(
        self,
        name: str,
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 2575,
        timezone: str = "UTC",
        codes: Sequence[str] = (),
        units: Sequence[str] = (),
        authority: str = "",
        bed: str = "bed",
        processing: Sequence[str] = ("P",),
        period: str = "60 s",
        limit: int = DEFAULT_LIMIT,
        connections: int = 200,
        certificate: str = "",
        key: str = "",
        client_ca: str = "",
    ) -> None:
        check_texts(
            {
                "host": host,
                "timezone": timezone,
                "authority": authority,
                "bed": bed,
                "period": period,
                "certificate": certificate,
                "key": key,
                "client_ca": client_ca,
            },
            {"codes": codes, "units": units, "processing": processing},
        )
        check_numbers(
            {"port": (port, 0, 65535), "limit": (limit, 1024, _LARGEST), "connections": (connections, 1, 10_000)}
        )
        self.name = name
        self.host, self.port = host, port
        self._clock = clock or SystemClock()
        reading = Reading(
            timezone=timezone, codes=codes, units=units, authority=authority, bed=bed, processing=processing
        )
        self.reader = Hl7Reader(name, reading, period_us=read_duration_us(period, "period"), clock=self._clock)
        self._limit = limit
        self._most_connections = connections
        self._context = _tls(certificate, key, client_ca)
        self._connections: set[Connection] = set()
        self._ready: deque[Connection] = deque()
        self._numbers = itertools.count(1)
        self._state = SourceState.STARTING
        self._detail = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None
        self._woken: asyncio.Event | None = None
        self._failure: OSError | None = None

    def start(self, take: Take) -> None:
        """Listen; returns when it does.

        Raises
        ------
        ServiceUnavailable
            If the port is taken or the address is not one of this machine.
        """
        self.reader.read([b""])  # compiles the kernel before the first sender waits for it
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(take, started)), name=f"mllp-{self.name}", daemon=True
        )
        self._thread.start()
        if not started.wait(_START_TIMEOUT_S) or self._failure is not None:
            self._state = SourceState.STOPPED
            mend = "choose another `port`, or end the program that has it"
            raise ServiceUnavailable(
                f"cannot listen: {self._failure}", where=f"{self.name} ({self.host}:{self.port})", mend=mend
            )

    def stop(self) -> None:
        """Take nothing more; returns when what was taken is answered. What only waited is sent again by its sender."""
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            stopping = self._stopping
            with contextlib.suppress(RuntimeError):  # its loop has ended already
                self._loop.call_soon_threadsafe(stopping.set)
            self._thread.join()
        self._state = SourceState.STOPPED

    def health(self) -> SourceHealth:
        """Say how it is."""
        return SourceHealth(self._state, self._detail, len(self._connections))

    async def _serve(self, take: Take, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping, self._woken = asyncio.Event(), asyncio.Event()
        try:
            server = await self._loop.create_server(self._connection, self.host, self.port, ssl=self._context)
        except OSError as error:
            self._failure = error
            started.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._state = SourceState.LISTENING
        self._detail = f"{self.host}:{self.port}" + (" (TLS)" if self._context is not None else "")
        started.set()
        with ThreadPoolExecutor(1, thread_name_prefix=f"mllp-take-{self.name}") as executor:
            pump = asyncio.create_task(self._pump(take, executor))
            await self._stopping.wait()
            server.close()
            for connection in tuple(self._connections):
                connection.hold()
            self._woken.set()
            await pump
            for connection in tuple(self._connections):
                connection.close()
            deadline = self._loop.time() + _LAST_ANSWERS_S
            while self._connections and self._loop.time() < deadline:
                await asyncio.sleep(0.005)

    def _connection(self) -> Connection:
        waiting = 4 * _SHARE_MESSAGES
        return Connection(self._limit, waiting, 2 * _SHARE_BYTES, self._opened, self._closed, self._arrived)

    def _opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        if len(self._connections) > self._most_connections:
            _log.warning("%s: more than %d connections; the newest is ended", self.name, self._most_connections)
            connection.close()

    def _closed(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def _arrived(self, connection: Connection) -> None:
        if connection not in self._ready:
            self._ready.append(connection)
        if self._woken is not None:
            self._woken.set()

    async def _pump(self, take: Take, executor: ThreadPoolExecutor) -> None:
        """Hand on one group after the other until it is stopped."""
        assert self._loop is not None and self._stopping is not None and self._woken is not None  # noqa: S101, PT018
        while not self._stopping.is_set():
            group = self._gather()
            if not group:
                self._woken.clear()
                await self._woken.wait()
                continue
            answers = await self._loop.run_in_executor(executor, self._hand_on, take, group)
            for connection, data in answers:
                connection.answer(data)

    def _gather(self) -> list[tuple[Connection, list[Frame]]]:
        """Take a share of each connection that has something, the one that waited longest first."""
        group: list[tuple[Connection, list[Frame]]] = []
        messages = size = 0
        for _ in range(len(self._ready)):
            if messages >= _GROUP_MESSAGES or size >= _GROUP_BYTES:
                break
            connection = self._ready.popleft()
            frames = connection.take(min(_SHARE_MESSAGES, _GROUP_MESSAGES - messages), _SHARE_BYTES)
            messages += len(frames)
            size += sum(len(one.payload) for one in frames)
            if frames:
                group.append((connection, frames))
            if connection.waiting:
                self._ready.append(connection)
        return group

    def _hand_on(self, take: Take, group: list[tuple[Connection, list[Frame]]]) -> list[tuple[Connection, bytes]]:
        """Read and hand on a group, in the thread that may wait for the disk; return the answers."""
        frames = [one for _, some in group for one in some]
        try:
            incoming = self.reader.read([one.payload for one in frames], [one.problem for one in frames])
            verdicts: Sequence[Verdict] = take(incoming)
        except Exception:  # noqa: BLE001 - whatever it is, nothing was kept, and the senders must be told so
            _log.exception("%s: a group of %d messages was not taken", self.name, len(frames))
            verdicts = [Verdict(kept=False)] * len(frames)
        now_us = self._clock.now_us()
        answers: list[tuple[Connection, bytes]] = []
        following = zip(frames, verdicts, strict=True)
        for connection, some in group:
            data = b"".join(
                self._answer(one, verdict, now_us) for one, verdict in itertools.islice(following, len(some))
            )
            answers.append((connection, data))
        return answers

    def _answer(self, one: Frame, verdict: Verdict, now_us: int) -> bytes:
        answer = acknowledge(one.payload, verdict, time_us=now_us, number=next(self._numbers))
        return frame(answer) if answer else b""


def _tls(certificate: str, key: str, client_ca: str) -> ssl.SSLContext | None:
    if not certificate and not key and not client_ca:
        return None
    if not certificate or not key:
        raise BadInput("TLS needs both `certificate` and `key`", where="certificate", mend="name both PEM files")
    for path in filter(None, (certificate, key, client_ca)):
        if not Path(path).is_file():
            raise BadInput("there is no such file", where=path, mend="name a PEM file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (ssl.SSLError, OSError) as error:
        raise BadInput(f"TLS cannot be set up: {error}", where=certificate, mend="check the PEM files") from None
    return context
