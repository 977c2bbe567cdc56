"""The journal, the same in both databases and on JetStream: order, offsets, keys, samples, digests, waiting."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import numpy as np
import pytest

from fyr.clock import ManualClock
from fyr.errors import BadInput
from fyr.record import Journal, PatientId, Record, SampleBatch, Series

JournalOpener = Callable[[], tuple[Record, Journal]]

ANNA = PatientId("demo", "1")


def _batch(seconds: int = 5) -> SampleBatch:
    times = np.arange(seconds, dtype=np.int64) * 1_000_000
    quality = np.zeros(seconds, np.uint8)
    return SampleBatch.from_series(
        [Series(ANNA, "heart_rate", "/min", times, np.full(seconds, 70.0), quality, 1_000_000, "monitor 4")]
    )


def test_entries_come_back_in_order_from_any_offset(journal: Journal, clock: ManualClock) -> None:
    assert journal.append("ward", [b"a", b"", b"c"]).each == (0, 1, 2)
    clock.time_us += 1
    assert journal.append("ward", [b"d"]).each == (3,)
    assert journal.append("other ward", [b"z"]).each == (0,)
    entries = list(journal.read("ward"))
    assert [(entry.offset, entry.payload) for entry in entries] == [(0, b"a"), (1, b""), (2, b"c"), (3, b"d")]
    assert entries[3].time_us - entries[0].time_us == 1
    assert [entry.payload for entry in journal.read("ward", from_offset=2)] == [b"c", b"d"]
    assert [entry.payload for entry in journal.read("ward", from_offset=1, limit=2)] == [b"", b"c"]
    assert list(journal.read("ward", from_offset=4)) == []
    assert list(journal.read("nowhere")) == []
    assert (journal.end("ward"), journal.end("nowhere")) == (4, 0)


def test_many_entries_are_read_page_by_page(journal: Journal) -> None:
    payloads = [str(number).encode() for number in range(1000)]
    journal.append("ward", payloads)
    assert [entry.payload for entry in journal.read("ward")] == payloads
    assert [entry.offset for entry in journal.read("ward", 300, 500)] == list(range(300, 800))


def test_a_key_is_stored_once_and_says_where(journal: Journal) -> None:
    assert journal.append("ward", [b"a", b"b"], keys=["1", "2"]).each == (0, 1)
    again = journal.append("ward", [b"b", b"c", b"c"], keys=["2", "3", "3"])
    assert (again.each, again.added) == ((1, 2, 2), 1)
    assert journal.append("other ward", [b"a"], keys=["1"]).added == 1, "keys count in their own partition"
    assert [entry.payload for entry in journal.read("ward")] == [b"a", b"b", b"c"]


def test_a_sender_may_send_everything_again(journal: Journal, opened_journal: JournalOpener) -> None:
    keys = [f"key {number}" for number in range(700)]
    payloads = [key.encode() for key in keys]
    assert journal.append("ward", payloads, keys=keys).added == 700
    again = opened_journal()[1].append("ward", payloads, keys=keys)
    assert (again.each, again.added) == (tuple(range(700)), 0)


def test_samples_come_back_bit_for_bit(journal: Journal) -> None:
    journal.append_samples("ward", _batch(), key="second 0")
    assert journal.append_samples("ward", _batch(), key="second 0").added == 0
    (entry,) = journal.read("ward")
    assert entry.kind == "samples"
    assert entry.samples() == _batch()


def test_partitions_are_listed_by_prefix(journal: Journal) -> None:
    for name in ("ward/b", "ward/a", "events/a", "Ward/c", "ward_x"):
        journal.append(name, [b""])
    assert journal.partitions() == ["Ward/c", "events/a", "ward/a", "ward/b", "ward_x"]
    assert journal.partitions("ward/") == ["ward/a", "ward/b"]


def test_equal_journals_have_equal_digests(journal: Journal, clock: ManualClock) -> None:
    for partition in ("first", "replayed"):
        clock.time_us += 1_000_000
        journal.append(partition, [b"a", b"b"], keys=["1", "2"])
        journal.append(partition, [b"c"])
    assert journal.digest("first") == journal.digest("replayed")
    assert journal.digest("first", up_to=2) != journal.digest("first")
    journal.append("replayed", [b"d"])
    assert journal.digest("replayed") != journal.digest("first")
    assert journal.digest("replayed", up_to=3) == journal.digest("first")
    assert journal.digest("nowhere") == hashlib.sha256().hexdigest()


def test_writing_is_in_the_trail_once_for_each_partition_and_source(opened_journal: JournalOpener) -> None:
    record, journal = opened_journal()
    before = record.audit.head().sequence
    for second in range(5):
        journal.append_samples("ward", _batch(second + 1))
    journal.append_samples("other ward", _batch())
    written = [entry["detail"] for entry in record.audit.entries(limit=record.audit.head().sequence - before)]
    assert written == [
        {"partition": "other ward", "source": "monitor 4"},
        {"partition": "ward", "source": "monitor 4"},
    ]


def test_several_writers_share_a_partition_without_gaps(opened_journal: JournalOpener) -> None:
    journals = [opened_journal()[1], opened_journal()[1]]

    def work(journal: Journal, worker: int) -> None:
        for step in range(20):
            journal.append("ward", [f"{worker}/{step}".encode()], keys=[f"{worker}/{step}"])

    threads = [threading.Thread(target=work, args=(journals[worker % 2], worker)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    entries = list(journals[0].read("ward"))
    assert [entry.offset for entry in entries] == list(range(80))
    for worker in range(4):
        own = [entry.payload.decode() for entry in entries if entry.payload.startswith(f"{worker}/".encode())]
        assert own == [f"{worker}/{step}" for step in range(20)], "each writer's own order is kept"


def test_what_makes_no_sense_is_refused(journal: Journal) -> None:
    with pytest.raises(BadInput, match="2 payloads came with 1 keys"):
        journal.append("ward", [b"a", b"b"], keys=["1"])
    with pytest.raises(BadInput, match="cannot name a partition"):
        journal.append("", [b"a"])
    journal.append("ward", [b"no batch"])
    with pytest.raises(BadInput, match="not a batch of samples"):
        next(journal.read("ward")).samples()


def test_a_waiting_reader_is_woken_by_its_own_process(journal: Journal) -> None:
    assert journal.wait("ward", 0, 0.0) is False
    journal.append("ward", [b"a"])
    assert journal.wait("ward", 0, 0.0) is True
    assert journal.wait("ward", 1, 0.05) is False
    _wakes(journal, journal)


def test_a_waiting_reader_is_woken_by_another_writer(opened_journal: JournalOpener) -> None:
    _wakes(opened_journal()[1], opened_journal()[1])


def _wakes(reader: Journal, writer: Journal) -> None:
    offset = reader.end("ward")
    woken: list[bool] = []
    waiting = threading.Thread(target=lambda: woken.append(reader.wait("ward", offset, 30.0)))
    waiting.start()
    writer.append("ward", [b"news"])
    waiting.join(timeout=20)
    assert woken == [True]
    assert [entry.payload for entry in reader.read("ward", offset)] == [b"news"]


def test_all_or_none_of_payloads_that_are_larger_than_a_message(journal: Journal) -> None:
    payloads = [b"small", bytes(3_000_000), b"x" * 2_500_000, b""]
    assert journal.append("ward", payloads, keys=["a", "b", "c", "d"]).each == (0, 1, 2, 3)
    assert journal.append("ward", payloads, keys=["a", "b", "c", "d"]).added == 0
    journal.append("ward", [b"after"])
    assert [entry.payload for entry in journal.read("ward")] == [*payloads, b"after"]
    assert [entry.payload for entry in journal.read("ward", 2, 1)] == [payloads[2]]
    assert [entry.payload for entry in journal.read("ward", 4)] == [b"after"]
