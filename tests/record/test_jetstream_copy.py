"""Streams as a file: one moment of them while others write, and the same streams again on another server."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import nats
import pytest
from tests.record.nats_server import NatsServer, two_nats_servers

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record import Access, Record
from fyr.record.backup import STREAMS, back_up, restore
from fyr.record.jetstream_check import stream_problems
from fyr.record.jetstream_connection import JetStreamConnection
from fyr.record.jetstream_copy import check_streams, copy_streams, put_streams, refuse_unless_empty, stream_ends
from fyr.record.jetstream_journal import JetStreamJournal, open_jetstream_journal
from fyr.record.jetstream_partition import JetStreamPartition

ACCESS = Access("test", "software", "backup")


def _nothing(_partition: str, _payload: bytes) -> None:
    """Take every entry as it is."""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[NatsServer, NatsServer]]:
    with two_nats_servers(tmp_path) as both:
        yield both


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "home", access=ACCESS) as record:
        yield record


def _journal(server: NatsServer, record: Record) -> JetStreamJournal:
    return open_jetstream_journal(server.url, access=ACCESS, audit=record.audit)


def test_streams_are_the_same_on_another_server(
    servers: tuple[NatsServer, NatsServer], record: Record, tmp_path: Path
) -> None:
    one, two = servers
    file = tmp_path / STREAMS
    stop = threading.Event()
    with _journal(one, record) as journal, closing(JetStreamConnection(one.url)) as connection:
        journal.append("ward/large", [bytes([7]) * 3_000_000, b"small"])  # more than a message may hold
        for number in range(600):
            journal.append("ward/A", [b"%d" % number], keys=[f"message {number}"])
        asyncio.run(_publish(one, JetStreamPartition(connection, "fyr", "ward/A").subject))
        journal.append("ward/A", [b"last"], keys=["last"])

        def write() -> None:
            while not stop.is_set():
                journal.append("ward/A", [b"later"])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            ends = stream_ends(connection)
            copy_streams(connection, ends, file)
        finally:
            stop.set()
            writer.join()
        assert [end.partition for end in ends] == ["ward/A", "ward/large"]
        entries = check_streams(file, _nothing)
        assert entries >= 601 + 2
        in_a = entries - 2
        expected = {"ward/A": journal.digest("ward/A", in_a), "ward/large": journal.digest("ward/large")}

        with closing(JetStreamConnection(two.url)) as other:
            refuse_unless_empty(file, other)
            assert [end.partition for end in put_streams(file, other)] == ["ward/A", "ward/large"]
            with pytest.raises(BadInput, match="is there already and holds 6"):
                put_streams(file, other)

    with _journal(two, record) as again:
        assert again.partitions() == ["ward/A", "ward/large"]
        assert {name: again.digest(name) for name in again.partitions()} == expected
        assert again.append("ward/A", [b"5"], keys=["message 5"]).each == (5,)
        assert again.append("ward/A", [b"new"], keys=["new"]).each == (in_a,)


async def _publish(server: NatsServer, subject: str) -> None:
    """Put a message of somebody else into a stream."""
    client = await nats.connect(server.url)
    await client.jetstream().publish(subject, b"not Fyr's")
    await client.close()


def test_what_cannot_be_put_whole_leaves_nothing(
    servers: tuple[NatsServer, NatsServer], record: Record, tmp_path: Path
) -> None:
    one, _ = servers
    small = tmp_path / "small"
    small.mkdir()
    full = NatsServer(small, store_limit="1MB")
    full.start()
    try:
        with _journal(one, record) as journal, closing(JetStreamConnection(one.url)) as connection:
            for name in ("ward/A", "ward/B"):
                for _ in range(4):
                    journal.append(name, [bytes(200_000)])
            copy_streams(connection, stream_ends(connection), tmp_path / STREAMS)
        with closing(JetStreamConnection(full.url, patience_s=3)) as connection:
            with pytest.raises(ServiceUnavailable, match="no room"):
                put_streams(tmp_path / STREAMS, connection)
            assert stream_ends(connection) == []
    finally:
        full.stop()


def test_a_copy_in_which_something_is_missing_is_no_good(
    servers: tuple[NatsServer, NatsServer], record: Record, tmp_path: Path
) -> None:
    one, _ = servers
    with _journal(one, record) as journal, closing(JetStreamConnection(one.url)) as connection:
        for number in range(5):
            journal.append("ward/A", [b"%d" % number])
        copy_streams(connection, stream_ends(connection), tmp_path / STREAMS)
    with pytest.raises(BadInput, match="entry 0 of 'ward/A' cannot be read"):
        check_streams(tmp_path / STREAMS, lambda _partition, _payload: int("x"))
    for wrong, said in (
        ("sequence = 3", "missing from 'ward/A' before message 4"),
        ("sequence = 5", "ends at message"),
    ):
        file = tmp_path / f"{wrong[-1]}.sqlite"
        file.write_bytes((tmp_path / STREAMS).read_bytes())
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(f"DELETE FROM message WHERE {wrong}")  # noqa: S608  one of two above
        with pytest.raises(BadInput, match=said):
            check_streams(file, _nothing)
    (tmp_path / "none.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(BadInput, match="no good"):
        check_streams(tmp_path / "none.sqlite", _nothing)


def test_a_backup_with_streams_is_not_restored_without_them(
    servers: tuple[NatsServer, NatsServer], record: Record, tmp_path: Path
) -> None:
    one, _ = servers
    with _journal(one, record) as journal, closing(JetStreamConnection(one.url)) as connection:
        journal.append("ward/A", [b"1"])
        made = back_up(tmp_path / "home", tmp_path / "backup", streams=connection)
    assert STREAMS in made.files
    with pytest.raises(BadInput, match="holds streams"):
        restore(tmp_path / "backup", tmp_path / "new", check=lambda _: None)
    put: list[Path] = []
    restore(tmp_path / "backup", tmp_path / "new", check=lambda _: None, put_streams=put.append)
    assert put == [tmp_path / "backup" / STREAMS]
    assert not (tmp_path / "new" / STREAMS).exists()


def test_streams_on_a_server_are_looked_through(servers: tuple[NatsServer, NatsServer], record: Record) -> None:
    one, _ = servers
    with _journal(one, record) as journal, closing(JetStreamConnection(one.url)) as connection:
        asyncio.run(_make_erasable(one, JetStreamPartition(connection, "fyr", "ward/B")))
        for number in range(5):
            journal.append("ward/A", [b"%d" % number, b"again"])
            journal.append("ward/B", [b"%d" % number])
        journal.append("ward/A", [bytes(3_000_000)])  # in parts
        assert list(stream_problems(connection, _nothing)) == [None] * 16

        def read(partition: str, payload: bytes) -> None:
            if (partition, payload) == ("ward/A", b"3"):
                raise ValueError

        found = [problem for problem in stream_problems(connection, read) if problem is not None]
        assert found == ["entry 6 of 'ward/A' cannot be read"]

        asyncio.run(_erase(one, JetStreamPartition(connection, "fyr", "ward/B"), 3))
        found = [problem for problem in stream_problems(connection, _nothing) if problem is not None]
        assert found == ["1 of 5 messages of 'ward/B' are gone"]


async def _make_erasable(server: NatsServer, place: JetStreamPartition) -> None:
    """Make a stream as somebody might who gives a message up again."""
    client = await nats.connect(server.url)
    await client.jetstream().add_stream(
        name=place.stream, description=place.name, subjects=[place.subject], allow_direct=True
    )
    await client.close()


async def _erase(server: NatsServer, place: JetStreamPartition, sequence: int) -> None:
    client = await nats.connect(server.url)
    assert await client.jetstream().delete_msg(place.stream, sequence)
    await client.close()
