"""A connection to NATS JetStream for threads that wait: one event loop in a thread of its own, found again when lost.

nats-py is asynchronous and belongs to the extra ``fyr[scale]``; nothing of it is imported before it is used.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from fyr.errors import BadInput, ServiceUnavailable

__all__ = ["JetStreamConnection", "MayBeStored", "WrongLastSequence", "without_password"]

T = TypeVar("T")

_OUTSTANDING: Final = 16
"""Messages on their way at once: of a megabyte each they fill any local network."""

_ANSWER_S: Final = 5.0
_LARGEST_MESSAGE: Final = 8 * 1024 * 1024
_ROOM_FOR_HEADERS: Final = 1024
_MEND: Final = "see that nats-server runs with JetStream and can be reached"
_STREAM_NOT_FOUND: Final = 10059
_WRONG_LAST_SEQUENCE: Final = 10071
_NO_ROOM: Final = {10023, 10028, 10047, 10077}
"""Insufficient resources, account limit, storage limit, the store said no (a stream that is full)."""


class MayBeStored(Exception):
    """The connection went away between a message and its acknowledgement."""


class WrongLastSequence(Exception):
    """Somebody else wrote into the stream; nothing of ours was stored."""


def without_password(url: str) -> str:
    """Return an address that may be shown.

    >>> without_password("nats://fyr:secret@127.0.0.1:4222")
    'nats://fyr@127.0.0.1:4222'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")
    user = host[0].partition(":")[0]
    return urlunsplit((parts.scheme, f"{user}@{host[2]}" if user else host[2], "", "", ""))


class JetStreamConnection:
    """One connection for all threads of a process.

    Parameters
    ----------
    url : str
        ``nats://[USER:PASSWORD@]HOST:PORT``, or ``tls://…``; several, with commas between, for a cluster.
    patience_s : float
        How long a call waits for a server that is away.
    ca_file : Path, optional
        Who vouches for the server's certificate.

    Raises
    ------
    BadInput
        If the address makes no sense.
    ServiceUnavailable
        If the server does not answer, or nats-py is not installed.
    """

    def __init__(self, url: str, *, patience_s: float = 10.0, ca_file: Path | None = None) -> None:
        servers = [one.strip() for one in url.split(",")]
        if not all(urlsplit(one).scheme in ("nats", "tls") and urlsplit(one).hostname for one in servers):
            raise BadInput("this is not the address of a NATS server", where=url, mend="write nats://HOST:4222")
        try:
            from nats.aio.client import Client
        except ImportError:
            raise ServiceUnavailable("nats-py is not installed", mend="pip install 'fyr[scale]'") from None
        self.name: Final = ",".join(without_password(one) for one in servers)
        self.patience_s: Final = patience_s
        self._lost = asyncio.Event()
        self._there = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="jetstream", daemon=True)
        self._thread.start()
        self.client = Client()
        context = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
        try:
            self.run(self._connect(servers, context))
        except BaseException:
            self._stop_loop()
            raise

    async def _connect(self, servers: list[str], context: ssl.SSLContext | None) -> None:
        from nats.errors import Error

        try:
            async with asyncio.timeout(self.patience_s):
                while not self.client.is_connected:
                    try:
                        await self.client.connect(
                            servers,
                            name="fyr journal",
                            tls=context,
                            connect_timeout=2,
                            reconnect_time_wait=0.1,  # type: ignore[arg-type]  # it sleeps for it
                            max_reconnect_attempts=-1,
                            ping_interval=5,
                            pending_size=64 * 1024 * 1024,
                            error_cb=_pass_over,
                            disconnected_cb=self._when_lost,
                            reconnected_cb=self._when_there,
                        )
                    except (OSError, Error):
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise ServiceUnavailable("NATS does not answer", where=self.name, mend=_MEND) from None
        self.js = self.client.jetstream(timeout=_ANSWER_S)
        self._there.set()

    async def _when_lost(self) -> None:
        self._there.clear()
        self._lost.set()

    async def _when_there(self) -> None:
        self._lost = asyncio.Event()
        self._there.set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do asynchronous work in the loop's thread, and wait for it in this one."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Say goodbye to the server and stop the thread."""
        if self._thread.is_alive():
            try:
                self.run(self._goodbye())
            finally:
                self._stop_loop()

    async def _goodbye(self) -> None:
        with suppress(ConnectionError):  # what is cut already needs no goodbye
            await self.client.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}  # a goodbye that was cut short leaves readers waiting
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def largest_message(self) -> int:
        """The most bytes that a message's payload may have."""
        return min(self.client.max_payload, _LARGEST_MESSAGE) - _ROOM_FOR_HEADERS

    async def ready(self) -> None:
        """Wait until the server is there.

        Raises
        ------
        ServiceUnavailable
            If it does not come back in time.
        """
        try:
            async with asyncio.timeout(self.patience_s):
                await self._there.wait()
        except TimeoutError:
            raise ServiceUnavailable("NATS is away; nothing was stored or read", where=self.name, mend=_MEND) from None

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask the server something that may be asked twice, and go on asking while it is away.

        Raises
        ------
        KeyError
            If there is no such stream or message.
        ServiceUnavailable
            If no answer comes in time, or it says that there is no room.
        """
        from nats.errors import Error
        from nats.js.errors import APIError, NotFoundError

        until = self._loop.time() + self.patience_s
        while True:
            await self.ready()
            try:
                return await question()
            except NotFoundError as problem:
                raise KeyError(problem.err_code) from problem
            except APIError as problem:
                if problem.code != 503 or problem.err_code in _NO_ROOM:
                    raise self.refusal(problem) from problem
                why: Exception = problem
            except (Error, TimeoutError, OSError) as problem:
                why = problem
            if self._loop.time() > until:
                raise ServiceUnavailable(f"JetStream does not answer: {why}", where=self.name, mend=_MEND) from why
            await asyncio.sleep(0.02)

    def refusal(self, problem: Any) -> ServiceUnavailable:
        """Say what the server said no to."""
        said = f"{problem.description} ({problem.err_code})"
        if problem.err_code in _NO_ROOM:
            return ServiceUnavailable(
                f"JetStream has no room: {said}; nothing was stored",
                where=self.name,
                mend="give it more, or make room on its disk, and do the same again",
            )
        return ServiceUnavailable(f"JetStream refuses: {said}", where=self.name, mend=_MEND)

    async def publish(self, stream: str, subject: str, messages: Sequence[bytes], after: int) -> int:
        """Store messages one after another right behind sequence `after`, and return the last one's sequence.

        Raises
        ------
        WrongLastSequence
            If the stream does not end there, or nobody listens yet; the last message was not stored.
        MayBeStored
            If the connection was lost, or no acknowledgement came.
        ServiceUnavailable
            If there is no room; the last message was not stored.
        """
        for first in range(0, len(messages), _OUTSTANDING):
            wave = messages[first : first + _OUTSTANDING]
            last = await self._publish_wave(stream, subject, wave, after + first)
        return last

    async def _publish_wave(self, stream: str, subject: str, messages: Sequence[bytes], after: int) -> int:
        """Send some messages at once and wait for all of their acknowledgements.

        nats-py's own ``publish_async`` never answers where the server refuses, so each of them is an ordinary request.
        """
        acknowledgements = [
            asyncio.ensure_future(
                self.js.publish(
                    subject,
                    message,
                    timeout=_ANSWER_S,
                    headers={"Nats-Expected-Stream": stream, "Nats-Expected-Last-Sequence": str(after + number)},
                )
            )
            for number, message in enumerate(messages)
        ]
        together = asyncio.gather(*acknowledgements)
        together.add_done_callback(_retrieved)
        lost = asyncio.ensure_future(self._lost.wait())
        waited: set[asyncio.Future[Any]] = {together, lost}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if together.done():
                return int(together.result()[-1].seq)
        except Exception as problem:
            raise self._why_not(problem) from problem
        finally:
            lost.cancel()
            together.cancel()
            for one in acknowledgements:
                one.cancel()
        raise MayBeStored

    def _why_not(self, problem: Exception) -> Exception:
        from nats.errors import Error
        from nats.js.errors import APIError, NoStreamResponseError

        if isinstance(problem, NoStreamResponseError):
            return WrongLastSequence()
        if isinstance(problem, APIError):
            return WrongLastSequence() if problem.err_code == _WRONG_LAST_SEQUENCE else self.refusal(problem)
        return MayBeStored() if isinstance(problem, (Error, OSError, TimeoutError)) else problem


async def _pass_over(_problem: Exception) -> None:
    """nats-py tells of every failed attempt; whoever waits is told in words."""


def _retrieved(done: asyncio.Future[Any]) -> None:
    """Whoever waited has gone on already: a late failure is no news."""
    if not done.cancelled():
        done.exception()
