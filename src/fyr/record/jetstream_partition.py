"""One partition of the journal as a stream: where its entries lie, and how they are read.

The stream keeps everything: no age, no number, nothing old dropped for something new, no deletion and no purge. Which
message holds an offset is found by halves, since every bundle says its first offset; who reads on from where a reading
ended is there at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record.journal import JournalEntry
from fyr.record.journal_bundle import Bundle, BundleHead

if TYPE_CHECKING:
    from fyr.record.jetstream_connection import JetStreamConnection

__all__ = ["SPACE", "BundleReader", "Cursor", "End", "JetStreamPartition", "partition_names", "stream_name"]

SPACE: Final = "fyr"
"""What the names of streams and subjects begin with."""

_LOG: Final = logging.getLogger(__name__)
_MOST_MESSAGES: Final = 64
_PAGE_BYTES: Final = 16 * 1024 * 1024
_MOST_HINTS: Final = 256
_LONGEST_NAME: Final = 4096
_LOOKS: Final = 40
_BETWEEN_LOOKS_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class End:
    """The stream's last sequence, what offset comes next, and the identity of the last bundle's message."""

    sequence: int
    offset: int
    identity: bytes = b""


class BundleReader:
    """Puts the parts of bundles together; what never got its last part is passed over."""

    def __init__(self) -> None:
        self._head: BundleHead | None = None
        self._shares: list[bytes] = []

    def take(self, message: bytes) -> tuple[BundleHead, list[bytes]] | None:
        """Take the next message, and return a bundle if it is complete with that."""
        head = BundleHead.of(message)
        if head is None:
            return None
        if head.part == 0:
            self._shares = []
        elif self._head is None or head.identity != self._head.identity or head.part != len(self._shares):
            self._head, self._shares = None, []
            return None
        self._head = head
        self._shares.append(message)
        return (head, self._shares) if head.is_last else None

    @property
    def is_between_bundles(self) -> bool:
        """Whether nothing half is held."""
        return self._head is None or self._head.is_last


@dataclass(slots=True)
class Cursor:
    """Where a reading is: the next sequence to read, the last that is known to be there."""

    offset: int
    sequence: int
    last: int
    messages: int = 2
    expected: int | None = None
    bundles: BundleReader = field(default_factory=BundleReader)


class JetStreamPartition:
    """A partition's stream, read; everything here runs in the connection's own thread, except :meth:`entries`."""

    def __init__(self, connection: JetStreamConnection, space: str, name: str) -> None:
        if len(name.encode()) > _LONGEST_NAME:
            raise BadInput("the name of a partition exceeds 4096 bytes", where=name[:40])
        self.connection: Final = connection
        self.name: Final = name
        self.stream: Final = stream_name(space, name)
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        self.subject: Final = f"{space}.journal.{digest}"
        self.bell: Final = f"{space}.bell.{digest}"
        self._looked = End(0, 0)
        self._hints: dict[int, int] = {}

    async def info(self) -> Any:
        """Return the stream's description and state; ``None`` where there is none."""
        try:
            info = await self.connection.ask(lambda: self.connection.js.stream_info(self.stream))
        except KeyError:
            return None
        if info.config.description != self.name:
            raise BadInput(
                f"the stream {self.stream} belongs to '{info.config.description}'", where=self.name, mend="rename it"
            )
        return info

    async def make(self, *, replicas: int = 1, max_bytes: int = -1) -> Any:
        """Make the stream, and return its description and state."""
        from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

        config = StreamConfig(
            name=self.stream,
            description=self.name,
            subjects=[self.subject],
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.NEW,
            storage=StorageType.FILE,
            max_bytes=max_bytes,
            num_replicas=replicas,
            deny_delete=True,
            deny_purge=True,
            allow_direct=True,
        )
        return await self.connection.ask(lambda: self.connection.js.add_stream(config))

    async def remove(self) -> None:
        """Remove the stream with everything in it, if it is there."""
        with contextlib.suppress(KeyError):
            await self.connection.ask(lambda: self.connection.js.delete_stream(self.stream))

    async def message(self, sequence: int) -> bytes:
        """Return a message that is there; a replica that does not have it yet is asked again."""
        js = self.connection.js
        for look in range(_LOOKS):
            try:
                found = await self.connection.ask(lambda: js.get_msg(self.stream, sequence, direct=True))
            except KeyError:
                if look + 1 < _LOOKS:
                    await asyncio.sleep(_BETWEEN_LOOKS_S)
            else:
                return found.data or b""
        raise ServiceUnavailable(
            f"message {sequence} is missing from the stream {self.stream}",
            where=self.name,
            mend="somebody removed it, or the server lost it: restore the stream",
        )

    async def end(self) -> End | None:
        """Return where the partition ends now; ``None`` where it does not exist."""
        info = await self.info()
        return None if info is None else await self.end_at(info.state.last_seq)

    async def end_at(self, last: int) -> End:
        """Return what offset comes after a sequence."""
        if self._looked.sequence != last:
            self._looked = End(last, 0)
            for sequence in range(last, 0, -1):
                head = BundleHead.of(await self.message(sequence))
                if head is not None:
                    self._looked = End(last, head.end, head.identity)
                    break
                _LOG.warning("a message of another writer lies in the stream %s at %d", self.stream, sequence)
        return self._looked

    async def begin(self, offset: int) -> Cursor | None:
        """Find the bundle that holds an offset; ``None`` where the partition does not exist."""
        hint = self._hints.get(offset)
        if hint is not None:
            return Cursor(offset, hint, hint - 1)
        info = await self.info()
        if info is None:
            return None
        last = info.state.last_seq
        return Cursor(offset, await self._sequence_of(offset, max(info.state.first_seq, 1), last), last)

    async def page(self, cursor: Cursor) -> list[bytes]:
        """Return the next messages; none at the end."""
        if cursor.sequence > cursor.last:
            info = await self.info()
            cursor.last = cursor.last if info is None else info.state.last_seq
        until = min(cursor.last + 1, cursor.sequence + cursor.messages)
        page = await asyncio.gather(*(self.message(sequence) for sequence in range(cursor.sequence, until)))
        size = sum(map(len, page))
        cursor.messages = (
            max(1, cursor.messages // 2) if size > _PAGE_BYTES else min(_MOST_MESSAGES, cursor.messages * 2)
        )
        return page

    def entries(self, cursor: Cursor, page: list[bytes]) -> Iterator[tuple[JournalEntry, str | None]]:
        """Walk the entries of a page that the reading wants, and move on behind it."""
        for message in page:
            cursor.sequence += 1
            bundle = cursor.bundles.take(message)
            if bundle is None:
                continue
            head, shares = bundle
            if cursor.expected not in (None, head.first_offset):
                raise ServiceUnavailable(
                    f"offset {head.first_offset} follows where {cursor.expected} was to come",
                    where=self.name,
                    mend="entries are missing from the stream: restore it",
                )
            cursor.expected = head.end
            if head.end > cursor.offset:
                yield from (one for one in Bundle.entries(head, shares) if one[0].offset >= cursor.offset)
        if cursor.expected is not None and cursor.bundles.is_between_bundles:
            self._hints.pop(cursor.expected, None)
            self._hints[cursor.expected] = cursor.sequence
            while len(self._hints) > _MOST_HINTS:
                self._hints.pop(next(iter(self._hints)))

    def forget(self) -> None:
        """Take nothing for granted: the stream is not the one that it was."""
        self._hints.clear()
        self._looked = End(0, 0)

    async def _sequence_of(self, offset: int, first: int, last: int) -> int:
        """Return the first sequence of the bundle with an offset, or of the last one that begins no later.

        First offsets never fall from one message to the next, so halving finds the first message behind the bundle.
        """
        low, high = first, last + 1
        while low < high and offset > 0:
            middle = (low + high) // 2
            at, head = middle, None
            while at < high and (head := BundleHead.of(await self.message(at))) is None:
                at += 1
            if head is None or head.first_offset > offset:
                high = middle
            else:
                low = at + 1
        while low > first:
            low -= 1
            head = BundleHead.of(await self.message(low))
            if head is not None:
                return low - head.part
        return low


async def partition_names(connection: JetStreamConnection, space: str) -> list[str]:
    """Return the names of the partitions that have a stream, sorted."""
    names: list[str] = []
    seen = 0
    while streams := await connection.ask(functools.partial(connection.js.streams_info, offset=seen)):
        seen += len(streams)
        names.extend(
            info.config.description or ""
            for info in streams
            if any(subject.startswith(f"{space}.journal.") for subject in info.config.subjects or [])
        )
    return sorted(names)


def stream_name(space: str, partition: str) -> str:
    """Return the name of a partition's stream: readable as far as NATS allows, told apart by a digest.

    >>> stream_name("fyr", "ward/4 B")
    'fyr_ward_4_B_75fe6cd077b2'
    """
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", partition)[:40]
    return f"{space}_{readable}_{hashlib.sha256(partition.encode()).hexdigest()[:12]}"
