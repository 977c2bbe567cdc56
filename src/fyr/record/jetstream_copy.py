"""Streams as a file: what every stream of the journal holds, in the order of its messages, and the way back.

The file is an SQLite database of two tables, so that any program can read it::

    stream   number, name, partition, subject, first and last (sequences)
    message  stream (its number), sequence, data

Data is the message as Fyr wrote it (:mod:`fyr.record.journal_bundle`). A stream only grows, so what it held when its
end was looked up can be copied at any time later, while others write on.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record.jetstream_check import Decode, message_problems
from fyr.record.jetstream_connection import JetStreamConnection, MayBeStored, WrongLastSequence
from fyr.record.jetstream_partition import SPACE, JetStreamPartition, partition_names
from fyr.record.jetstream_reader import StreamReader

__all__ = ["StreamEnd", "check_streams", "copy_streams", "put_streams", "refuse_unless_empty", "stream_ends"]

_PAGE: Final = 256
_PAGE_BYTES: Final = 16 * 1024 * 1024
_DATABASE_PAGE: Final = 32 * 1024
"""Bytes; several messages of an ordinary size lie on one."""

_PAUSE_S: Final = 0.05
_TABLES: Final = """
CREATE TABLE stream (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partition TEXT NOT NULL, subject TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE message (
    stream INTEGER NOT NULL, sequence INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (stream, sequence));
"""

Progress = Callable[[int], object]
"""Told of every so many bytes that were copied."""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """A partition's stream, and its first and last message's sequence at one moment; last before first: none."""

    partition: str
    first: int
    last: int

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return self.last - self.first + 1


def stream_ends(connection: JetStreamConnection, space: str = SPACE) -> list[StreamEnd]:
    """Look up what every stream holds now, one after another in the order of the partitions' names.

    In this order a worker's own partition (``ward/hospital/…``) comes before the one that it takes from
    (``ward/relayed/…``): whatever the first refers to, the second holds.

    Raises
    ------
    ServiceUnavailable
        If the server does not answer.
    """
    found = []
    for name in connection.run(partition_names(connection, space)):
        info = connection.run(JetStreamPartition(connection, space, name).info())
        if info is not None:
            found.append(StreamEnd(name, max(info.state.first_seq, 1), info.state.last_seq))
    return found


def copy_streams(
    connection: JetStreamConnection,
    ends: Sequence[StreamEnd],
    file: Path,
    *,
    space: str = SPACE,
    progress: Progress = lambda _: None,
) -> None:
    """Write what streams held at their ends into a new file; it is on the disk when this returns, no good before.

    Raises
    ------
    ServiceUnavailable
        If the server does not answer, or a message is missing from its stream.
    """
    file.touch(mode=0o600)
    with _opened(file, "rw") as database:
        database.executescript(f"PRAGMA page_size={_DATABASE_PAGE}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")
        database.executescript(_TABLES)
        for number, end in enumerate(ends, 1):
            place = JetStreamPartition(connection, space, end.partition)
            with database:
                database.execute(
                    "INSERT INTO stream VALUES (?, ?, ?, ?, ?, ?)",
                    (number, place.stream, end.partition, place.subject, end.first, end.last),
                )
            reader, sequence = StreamReader(place), end.first
            while sequence <= end.last:
                page = connection.run(reader.page(sequence, end.last))
                with database:
                    database.executemany(
                        "INSERT INTO message VALUES (?, ?, ?)",
                        [(number, at, data) for at, data in enumerate(page, sequence)],
                    )
                sequence += len(page)
                progress(sum(map(len, page)))
            connection.run(reader.close())
    with file.open("rb") as written:
        os.fsync(written.fileno())


def check_streams(file: Path, decode: Decode) -> int:
    """Read every entry in a file of streams, and return how many there are.

    Parameters
    ----------
    file : Path
    decode : callable
        Reads an entry of a partition that is no batch of samples, and raises :class:`~fyr.errors.BadInput` or
        ValueError where it cannot be read.

    Raises
    ------
    BadInput
        If messages are missing, or an entry is missing or cannot be read.
    """
    entries = 0
    with _opened(file, "ro") as database:
        for number, end in _ends(database):
            stored = database.execute(
                "SELECT sequence, data FROM message WHERE stream = ? ORDER BY sequence", (number,)
            )
            for problem in message_problems(end.partition, stored, end.first, decode):
                if problem is not None:
                    raise _no_good(file, problem)
                entries += 1
            (sequence,) = database.execute(
                "SELECT coalesce(max(sequence), ?) + 1 FROM message WHERE stream = ?", (end.first - 1, number)
            ).fetchone()
            if sequence != end.last + 1:
                raise _no_good(file, f"'{end.partition}' ends at message {sequence - 1}, not {end.last}")
    return entries


def refuse_unless_empty(file: Path, connection: JetStreamConnection, *, space: str = SPACE) -> None:
    """Refuse to go on if a stream that a file holds is on the server already, and holds something.

    Raises
    ------
    BadInput
        If one does.
    """
    with _opened(file, "ro") as database:
        for _number, end in _ends(database):
            place = JetStreamPartition(connection, space, end.partition)
            info = connection.run(place.info())
            if info is not None and info.state.last_seq:
                raise BadInput(
                    f"the stream {place.stream} is there already and holds {info.state.messages:,} message(s)",
                    where=connection.name,
                    mend="restore to an empty NATS server: name one with --journal-url, or move this one's store away",
                )


def put_streams(
    file: Path, connection: JetStreamConnection, *, space: str = SPACE, progress: Progress = lambda _: None
) -> list[StreamEnd]:
    """Make the streams of a file anew, with the same messages in the same order; all of them, or none is left behind.

    Raises
    ------
    BadInput
        If one of them holds something already, or somebody else writes into it meanwhile.
    ServiceUnavailable
        If the server goes away for long, or has no room.
    """
    refuse_unless_empty(file, connection, space=space)
    begun: list[JetStreamPartition] = []
    with _opened(file, "ro") as database:
        try:
            ends = list(_ends(database))
            for number, end in ends:
                place = JetStreamPartition(connection, space, end.partition)
                begun.append(place)
                if connection.run(place.info()) is None:
                    connection.run(place.make())
                _put(database, number, end, place, progress)
        except BaseException:
            for place in begun:
                connection.run(place.remove())
            raise
    return [end for _number, end in ends]


def _put(
    database: sqlite3.Connection, number: int, end: StreamEnd, place: JetStreamPartition, progress: Progress
) -> None:
    """Put a stream's messages; they get the sequences from 1 on."""
    connection = place.connection
    stored, until_s = 0, time.monotonic() + connection.patience_s
    while stored < end.messages:
        page = _page(database, number, end.first + stored)
        try:
            now = connection.run(connection.publish(place.stream, place.subject, page, stored))
        except (MayBeStored, WrongLastSequence):
            info = connection.run(place.info())
            now = 0 if info is None else info.state.last_seq
            if now > stored and (
                now > stored + len(page) or connection.run(place.message(now)) != page[now - stored - 1]
            ):
                raise BadInput(
                    f"somebody else writes into the stream {place.stream}",
                    where=connection.name,
                    mend="stop every Fyr that uses this NATS server, and restore again",
                ) from None
            if time.monotonic() > until_s:
                raise ServiceUnavailable(
                    f"the stream {place.stream} takes nothing", where=connection.name, mend="see the server's log"
                ) from None
            time.sleep(_PAUSE_S)
        else:
            until_s = time.monotonic() + connection.patience_s
        progress(sum(map(len, page[: now - stored])))
        stored = now


def _page(database: sqlite3.Connection, number: int, sequence: int) -> list[bytes]:
    page: list[bytes] = []
    size = 0
    with closing(
        database.execute(
            "SELECT data FROM message WHERE stream = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
            (number, sequence, _PAGE),
        )
    ) as rows:
        for (data,) in rows:
            page.append(data)
            size += len(data)
            if size >= _PAGE_BYTES:
                break
    return page


def _ends(database: sqlite3.Connection) -> Iterator[tuple[int, StreamEnd]]:
    for number, partition, first, last in database.execute(
        "SELECT number, partition, first, last FROM stream ORDER BY number"
    ).fetchall():
        yield number, StreamEnd(partition, first, last)


@contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)) as database:
            yield database
    except sqlite3.OperationalError as problem:
        raise ServiceUnavailable(
            f"the file of streams: {problem}", where=str(file), mend="look at the disk"
        ) from problem
    except sqlite3.DatabaseError as problem:
        raise _no_good(file, str(problem)) from problem


def _no_good(file: Path, what: str) -> BadInput:
    return BadInput(f"the copy of the streams is no good: {what}", where=str(file), mend="take another backup")
