"""What only JetStream has: a server that goes away or is full, parts without their last one, an index of keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from tests.record.nats_server import NatsServer, nats_server_program

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record import Access, Record
from fyr.record.jetstream_connection import without_password
from fyr.record.jetstream_journal import JetStreamJournal, open_jetstream_journal
from fyr.record.journal_bundle import Bundle, parts_of

NURSE = Access("ingrid", "nurse", "care")
Opener = Callable[..., JetStreamJournal]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    if nats_server_program() is None:
        pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
    server = NatsServer(tmp_path, store_limit="20MB")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def opened(server: NatsServer, tmp_path: Path) -> Iterator[Opener]:
    journals: list[JetStreamJournal] = []
    with Record.open(tmp_path / "home", access=NURSE) as record:

        def open_it(**options: Any) -> JetStreamJournal:
            journals.append(open_jetstream_journal(server.url, access=NURSE, audit=record.audit, **options))
            return journals[-1]

        yield open_it
        for journal in journals:
            journal.close()


def _publish(server: NatsServer, journal: JetStreamJournal, messages: list[bytes]) -> None:
    """Put messages into the ward's stream past the journal."""
    subject = journal._streams._place("ward").partition.subject

    async def publish() -> None:
        client = await nats.connect(server.url)
        for message in messages:
            await client.jetstream().publish(subject, message)
        await client.close()

    asyncio.run(publish())


def test_an_append_waits_for_a_server_that_comes_back(opened: Opener, server: NatsServer) -> None:
    journal = opened()
    journal.append("ward", [b"before"])
    server.kill()
    threading.Timer(0.5, server.start).start()
    assert journal.append("ward", [b"after"]).each == (1,)
    assert [entry.payload for entry in journal.read("ward")] == [b"before", b"after"]


def test_a_server_that_stays_away_is_said_and_nothing_is_stored(opened: Opener, server: NatsServer) -> None:
    journal = opened(patience_s=0.5)
    journal.append("ward", [b"before"])
    server.kill()
    with pytest.raises(ServiceUnavailable, match=r"away|not known|does not answer"):
        journal.append("ward", [b"lost"], keys=["1"])
    with pytest.raises(ServiceUnavailable, match=r"nothing was stored or read|does not answer"):
        list(journal.read("ward"))
    server.start()
    assert opened().append("ward", [b"lost"], keys=["1"]).each == (1,)


def test_a_connection_that_was_cut_closes_without_a_word(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = opened()._streams.connection
    close = connection.client.close

    async def cut() -> None:
        await close()
        raise ConnectionResetError("Connection lost")

    monkeypatch.setattr(connection.client, "close", cut)
    connection.close()
    assert not connection._thread.is_alive()


def test_a_full_server_keeps_what_it_has_and_takes_nothing(opened: Opener) -> None:
    journal = opened()
    filled = 0

    def fill() -> None:
        nonlocal filled
        while filled < 10:
            journal.append("ward", [bytes(3_000_000)])
            filled += 1

    with pytest.raises(ServiceUnavailable, match=r"no room.*nothing was stored"):
        fill()
    assert 0 < filled < 10
    assert [entry.offset for entry in journal.read("ward")] == list(range(filled))
    assert opened().end("ward") == filled


def test_a_bundle_without_its_last_part_never_was(opened: Opener, server: NatsServer) -> None:
    journal = opened()
    journal.append("ward", [b"a", b"b"])
    half = Bundle(["bytes"], ["key"], [bytes(300)])
    parts = parts_of(half, first_offset=2, time_us=0, identity=bytes(16), largest=150)
    assert len(parts) > 2
    _publish(server, journal, parts[:-1])
    for reader in (journal, opened()):
        assert reader.end("ward") == 2
        assert [entry.payload for entry in reader.read("ward", 1)] == [b"b"]
        assert list(reader.read("ward", 2)) == []
    assert journal.append("ward", [b"c"], keys=["key"]).each == (2,)
    for reader in (journal, opened()):
        assert [entry.payload for entry in reader.read("ward", 2)] == [b"c"]
        assert [entry.payload for entry in reader.read("ward")] == [b"a", b"b", b"c"]


def test_messages_of_others_are_no_entries(opened: Opener, server: NatsServer) -> None:
    journal = opened()
    journal.append("ward", [b"a"])
    _publish(server, journal, [b"hello", b""])
    assert opened().end("ward") == 1
    assert opened().append("ward", [b"b"]).each == (1,)
    assert journal.append("ward", [b"c"]).each == (2,)
    assert [entry.payload for entry in opened().read("ward", 1)] == [b"b", b"c"]


def test_every_offset_is_found_anew(opened: Opener) -> None:
    journal = opened()
    for bundle in range(20):
        journal.append("ward", [f"{bundle}/{number}".encode() for number in range(bundle % 4 + 1)])
    whole = list(journal.read("ward"))
    for entry in whole:
        assert next(iter(opened().read("ward", entry.offset))) == entry


def test_an_index_of_keys_that_is_missing_or_strange_is_made_anew(opened: Opener, tmp_path: Path) -> None:
    index = tmp_path / "keys.db"
    opened(keys=index).append("ward", [b"a", b"b"], keys=["1", "2"])
    assert opened(keys=None).append("ward", [b"a"], keys=["1"]).each == (0,)
    assert opened(keys=index, space="other").append("ward", [b"a"], keys=["1"]).added == 1
    index.unlink()
    again = opened(keys=tmp_path / "new.db").append("ward", [b"c", b"b"], keys=["3", "2"])
    assert (again.each, again.added) == ((2, 1), 1)


def test_an_address_or_space_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home", access=NURSE) as record:
        with pytest.raises(BadInput, match="not the address of a NATS server"):
            open_jetstream_journal("http://127.0.0.1:1", access=NURSE, audit=record.audit)
        with pytest.raises(BadInput, match="cannot begin the name of a stream"):
            open_jetstream_journal("nats://127.0.0.1:1", access=NURSE, audit=record.audit, space="a.b")
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            open_jetstream_journal("nats://127.0.0.1:1", access=NURSE, audit=record.audit, patience_s=0.3)


def test_a_password_is_not_shown() -> None:
    assert without_password("tls://fyr:secret@nats.example:4222") == "tls://fyr@nats.example:4222"
