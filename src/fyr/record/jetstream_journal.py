"""The journal on NATS JetStream: one stream a partition, the same promises as in the record's own database.

What it rests on: one append is one bundle, all or none (:mod:`fyr.record.journal_bundle`); a message says behind which
sequence it belongs (:mod:`fyr.record.jetstream_writer`); keys are remembered for ever (:mod:`fyr.record.journal_keys`).
An append returns when the server has acknowledged it. What that survives is the server's to say: the end of any
process always; a power cut only where the server synchronises every message to its disk, or keeps copies on others.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from fyr.clock import Clock, SystemClock
from fyr.errors import BadInput
from fyr.record.audit import AuditTrail
from fyr.record.group_commit import GroupCommit
from fyr.record.identity import Access
from fyr.record.jetstream_connection import JetStreamConnection
from fyr.record.jetstream_partition import SPACE, JetStreamPartition, partition_names
from fyr.record.jetstream_writer import JetStreamWriter, StreamLimits
from fyr.record.journal import Append, Journal, JournalEntry, Offsets
from fyr.record.journal_keys import JournalKeys

__all__ = ["JetStreamJournal", "JetStreamJournalStore", "open_jetstream_journal"]

_LOOK_AGAIN_S: Final = 0.25
"""How often a waiting reader looks by itself, should it miss the bell."""

_LARGEST_GROUP: Final = 32


class _Place:
    """A partition with its writer, and the group of threads that write there together."""

    def __init__(self, store: JetStreamJournalStore, name: str) -> None:
        self.partition: Final = JetStreamPartition(store.connection, store.space, name)
        self.writer: Final = JetStreamWriter(self.partition, store.keys, store.limits, store.clock)
        self._store = store
        self.group: GroupCommit[Append, Offsets] = GroupCommit("journal", self._write, largest=_LARGEST_GROUP)

    def _write(self, appends: Sequence[Append]) -> list[Offsets]:
        begins = [append.begins for append in appends if append.begins]
        if begins:
            self._store.audit.append(begins)
        offsets = self._store.connection.run(self.writer.write(appends))
        self._store.ring(self.partition)
        return offsets


class JetStreamJournalStore:
    """All partitions of one space on one server; shared by everyone who has the journal open."""

    def __init__(
        self,
        connection: JetStreamConnection,
        audit: AuditTrail,
        *,
        space: str,
        keys: Path | None,
        limits: StreamLimits,
        clock: Clock,
    ) -> None:
        self.connection: Final = connection
        self.audit = audit
        self.space: Final = space
        self.limits: Final = limits
        self.clock: Final = clock
        self.keys: Final = JournalKeys(keys)
        self._places: dict[str, _Place] = {}
        self._opening = threading.Lock()
        self._rung = threading.Condition()
        self._rings = 0
        self._listens = False

    def append(self, append: Append) -> Offsets:
        """Write together with whatever else waits for this partition; durable when it returns."""
        return self._place(append.partition).group.write(append)

    def walk(self, partition: str, from_offset: int, limit: int | None) -> Iterator[tuple[JournalEntry, str | None]]:
        """Walk entries and their keys from an offset to the end that is found there."""
        if limit is not None and limit <= 0:
            return
        place = self._place(partition).partition
        cursor = self.connection.run(place.begin(max(from_offset, 0)))
        left = limit
        while cursor is not None and (page := self.connection.run(place.page(cursor))):
            for one in place.entries(cursor, page):
                yield one
                left = None if left is None else left - 1
                if left == 0:
                    return

    def partitions(self, prefix: str) -> list[str]:
        """Return the names that begin so, sorted."""
        names = self.connection.run(partition_names(self.connection, self.space))
        return [name for name in names if name.startswith(prefix)]

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next entry will have."""
        end = self.connection.run(self._place(partition).partition.end())
        return 0 if end is None else end.offset

    def wait(self, partition: str, offset: int, timeout_s: float) -> bool:
        """Wait until the partition's end is beyond an offset: a writer rings a bell, whichever process it is in."""
        place = self._place(partition)
        until = time.monotonic() + timeout_s
        self._listen()
        while True:
            with self._rung:
                seen = self._rings
            if place.writer.known_end > offset or self.end(partition) > offset:
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            with self._rung:
                if self._rings == seen:
                    self._rung.wait(min(left, _LOOK_AGAIN_S))

    def ring(self, partition: JetStreamPartition) -> None:
        """Wake whoever waits for a partition, here and in other processes."""
        self._wake()
        self.connection.run(self._ring(partition.bell))

    def close(self) -> None:
        """Write what still waits, then let go of the server."""
        for place in list(self._places.values()):
            place.group.close()
        self.connection.close()
        self.keys.close()

    def _place(self, name: str) -> _Place:
        place = self._places.get(name)
        if place is None:
            with self._opening:
                place = self._places.setdefault(name, _Place(self, name))
        return place

    def _wake(self) -> None:
        with self._rung:
            self._rings += 1
            self._rung.notify_all()

    def _listen(self) -> None:
        with self._opening:
            if not self._listens:
                self.connection.run(self._hear())
                self._listens = True

    async def _hear(self) -> None:
        async def heard(_message: Any) -> None:
            self._wake()

        await self.connection.ask(lambda: self.connection.client.subscribe(f"{self.space}.bell.*", cb=heard))

    async def _ring(self, bell: str) -> None:
        from nats.errors import Error

        try:
            await self.connection.client.publish(bell, b"")
        except (Error, OSError):
            return  # nobody hears it; whoever waits looks by itself


class JetStreamJournal(Journal):
    """The journal on JetStream on behalf of one person; threads may share it."""

    def __init__(self, store: JetStreamJournalStore, access: Access) -> None:
        super().__init__(store, access)
        self._streams = store

    def on_behalf_of(self, access: Access) -> JetStreamJournal:
        """Return the same journal for another person."""
        return JetStreamJournal(self._streams, access)

    def close(self) -> None:
        """Write what still waits and close, for everyone who shares this journal."""
        self._streams.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_jetstream_journal(
    url: str,
    *,
    access: Access,
    audit: AuditTrail,
    keys: Path | None = None,
    space: str = SPACE,
    clock: Clock | None = None,
    limits: StreamLimits | None = None,
    patience_s: float = 10.0,
    ca_file: Path | None = None,
) -> JetStreamJournal:
    """Open the journal on a NATS server; streams are made as they are first written to.

    Parameters
    ----------
    url : str
        ``nats://[USER:PASSWORD@]HOST:PORT`` or ``tls://…``; several with commas between.
    access : Access
        On whose behalf.
    audit : AuditTrail
        The record's trail: who writes and reads the journal stands there.
    keys : Path, optional
        Where the index of keys is kept, a SQLite file that can be made anew from the streams; in memory by default.
    space : str
        What the names of streams and subjects begin with; one for each hospital on a shared server.
    clock : Clock, optional
        What the entries' time is.
    limits : StreamLimits, optional
        Copies and the most bytes of a new stream.
    patience_s : float
        How long a call waits for a server that is away.
    ca_file : Path, optional
        Who vouches for the server's certificate.

    Raises
    ------
    BadInput
        If the address or the space makes no sense.
    ServiceUnavailable
        If the server does not answer, or nats-py is not installed.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]+", space):
        raise BadInput(f"'{space}' cannot begin the name of a stream", mend="use letters, digits and '-'")
    connection = JetStreamConnection(url, patience_s=patience_s, ca_file=ca_file)
    try:
        store = JetStreamJournalStore(
            connection, audit, space=space, keys=keys, limits=limits or StreamLimits(), clock=clock or SystemClock()
        )
    except BaseException:
        connection.close()
        raise
    return JetStreamJournal(store, access)
