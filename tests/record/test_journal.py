"""The journal, the same on both databases: order, offsets, keys, samples and digests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import numpy as np
import pytest

from fyr.clock import ManualClock
from fyr.errors import BadInput
from fyr.record import PatientId, Record, SampleBatch, Series

ANNA = PatientId("demo", "1")


def _batch(seconds: int = 5) -> SampleBatch:
    times = np.arange(seconds, dtype=np.int64) * 1_000_000
    quality = np.zeros(seconds, np.uint8)
    return SampleBatch.from_series(
        [Series(ANNA, "heart_rate", "/min", times, np.full(seconds, 70.0), quality, 1_000_000, "monitor 4")]
    )


def test_entries_come_back_in_order_from_any_offset(record: Record, clock: ManualClock) -> None:
    assert record.journal.append("ward", [b"a", b"", b"c"]).each == (0, 1, 2)
    clock.time_us += 1
    assert record.journal.append("ward", [b"d"]).each == (3,)
    assert record.journal.append("other ward", [b"z"]).each == (0,)
    entries = list(record.journal.read("ward"))
    assert [(entry.offset, entry.payload) for entry in entries] == [(0, b"a"), (1, b""), (2, b"c"), (3, b"d")]
    assert entries[3].time_us - entries[0].time_us == 1
    assert [entry.payload for entry in record.journal.read("ward", from_offset=2)] == [b"c", b"d"]
    assert [entry.payload for entry in record.journal.read("ward", from_offset=1, limit=2)] == [b"", b"c"]
    assert list(record.journal.read("ward", from_offset=4)) == []
    assert list(record.journal.read("nowhere")) == []
    assert (record.journal.end("ward"), record.journal.end("nowhere")) == (4, 0)


def test_many_entries_are_read_page_by_page(record: Record) -> None:
    payloads = [str(number).encode() for number in range(1000)]
    record.journal.append("ward", payloads)
    assert [entry.payload for entry in record.journal.read("ward")] == payloads
    assert [entry.offset for entry in record.journal.read("ward", 300, 500)] == list(range(300, 800))


def test_a_key_is_stored_once_and_says_where(record: Record) -> None:
    assert record.journal.append("ward", [b"a", b"b"], keys=["1", "2"]).each == (0, 1)
    again = record.journal.append("ward", [b"b", b"c", b"c"], keys=["2", "3", "3"])
    assert (again.each, again.added) == ((1, 2, 2), 1)
    assert record.journal.append("other ward", [b"a"], keys=["1"]).added == 1, "keys count in their own partition"
    assert [entry.payload for entry in record.journal.read("ward")] == [b"a", b"b", b"c"]


def test_a_sender_may_send_everything_again(record: Record, opened: Callable[..., Record]) -> None:
    keys = [f"key {number}" for number in range(700)]
    payloads = [key.encode() for key in keys]
    assert record.journal.append("ward", payloads, keys=keys).added == 700
    again = opened().journal.append("ward", payloads, keys=keys)
    assert (again.each, again.added) == (tuple(range(700)), 0)


def test_samples_come_back_bit_for_bit(record: Record) -> None:
    record.journal.append_samples("ward", _batch(), key="second 0")
    assert record.journal.append_samples("ward", _batch(), key="second 0").added == 0
    (entry,) = record.journal.read("ward")
    assert entry.kind == "samples"
    assert entry.samples() == _batch()


def test_partitions_are_listed_by_prefix(record: Record) -> None:
    for name in ("ward/b", "ward/a", "events/a", "Ward/c", "ward_x"):
        record.journal.append(name, [b""])
    assert record.journal.partitions() == ["Ward/c", "events/a", "ward/a", "ward/b", "ward_x"]
    assert record.journal.partitions("ward/") == ["ward/a", "ward/b"]


def test_equal_journals_have_equal_digests(record: Record, clock: ManualClock) -> None:
    for partition in ("first", "replayed"):
        clock.time_us += 1_000_000
        record.journal.append(partition, [b"a", b"b"], keys=["1", "2"])
        record.journal.append(partition, [b"c"])
    assert record.journal.digest("first") == record.journal.digest("replayed")
    assert record.journal.digest("first", up_to=2) != record.journal.digest("first")
    record.journal.append("replayed", [b"d"])
    assert record.journal.digest("replayed") != record.journal.digest("first")
    assert record.journal.digest("replayed", up_to=3) == record.journal.digest("first")
    assert record.journal.digest("nowhere") == hashlib.sha256().hexdigest()


def test_writing_is_in_the_trail_once_for_each_partition_and_source(record: Record) -> None:
    before = record.audit.head().sequence
    journal = record.journal
    for second in range(5):
        journal.append_samples("ward", _batch(second + 1))
    journal.append_samples("other ward", _batch())
    written = [entry["detail"] for entry in record.audit.entries(limit=record.audit.head().sequence - before)]
    assert written == [
        {"partition": "other ward", "source": "monitor 4"},
        {"partition": "ward", "source": "monitor 4"},
    ]


def test_several_writers_share_a_partition_without_gaps(opened: Callable[..., Record]) -> None:
    records = [opened(), opened()]

    def work(record: Record, worker: int) -> None:
        for step in range(20):
            record.journal.append("ward", [f"{worker}/{step}".encode()], keys=[f"{worker}/{step}"])

    threads = [threading.Thread(target=work, args=(records[worker % 2], worker)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    entries = list(records[0].journal.read("ward"))
    assert [entry.offset for entry in entries] == list(range(80))
    for worker in range(4):
        own = [entry.payload.decode() for entry in entries if entry.payload.startswith(f"{worker}/".encode())]
        assert own == [f"{worker}/{step}" for step in range(20)], "each writer's own order is kept"


def test_what_makes_no_sense_is_refused(record: Record) -> None:
    with pytest.raises(BadInput, match="2 payloads came with 1 keys"):
        record.journal.append("ward", [b"a", b"b"], keys=["1"])
    with pytest.raises(BadInput, match="cannot name a partition"):
        record.journal.append("", [b"a"])
    record.journal.append("ward", [b"no batch"])
    with pytest.raises(BadInput, match="not a batch of samples"):
        next(record.journal.read("ward")).samples()
