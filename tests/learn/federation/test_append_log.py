"""A log is whole after a crash at any byte, says so when it was damaged, and loses nothing when the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput, ServiceUnavailable
from fyr.learn.federation.append_log import AppendLog, Disk, read_log

HEAD = {"kind": "head", "study": "trial"}
SUMS = {"kind": "answer", "sums": np.array([0.1, -2.5e300, 3.0])}


def log_of(path: Path, *records: dict[str, Any]) -> AppendLog:
    log = AppendLog(path, HEAD)
    for one in records:
        log.append(one)
    return log


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", {"n": 1}, SUMS)
    chain = log.chain
    log.close()
    again = AppendLog(tmp_path / "log", {"kind": "another head, of no use now"})
    assert [one.get("n") for one in again.records] == [None, 1, None]
    assert again.records[0] == HEAD
    assert again.records[2]["sums"].tobytes() == SUMS["sums"].tobytes()
    assert again.chain == chain
    again.close()


def test_several_records_are_one_write_and_one_sync(tmp_path: Path) -> None:
    acts: list[str] = []

    class Counting(Disk):
        def write(self, file: int, data: bytes) -> None:
            acts.append("write")
            super().write(file, data)

        def sync(self, file: int) -> None:
            acts.append("sync")
            super().sync(file)

    log = AppendLog(tmp_path / "log", HEAD, Counting())
    acts.clear()
    log.append({"n": 1}, {"n": 2}, {"n": 3})
    log.close()
    assert acts == ["write", "sync"]


def test_a_tail_that_was_torn_at_any_byte_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = log_of(path, {"n": 1})
    whole = path.stat().st_size
    log.append(SUMS)
    log.close()
    data = path.read_bytes()
    for size in range(whole, len(data)):
        path.write_bytes(data[:size])
        healed = AppendLog(path, HEAD)
        assert [one.get("n") for one in healed.records] == [None, 1]
        assert path.stat().st_size == whole
        healed.append({"n": 2})
        healed.close()
        assert [one.get("n") for one in read_log(path)] == [None, 1, 2]


def test_a_tail_that_had_room_and_no_bytes_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_of(path, {"n": 1}).close()
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(4096))
    AppendLog(path, HEAD).close()
    assert path.read_bytes() == whole


def test_any_changed_bit_before_the_last_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = log_of(path, {"n": 1}, SUMS)
    last = path.stat().st_size
    log.append({"n": 2})
    log.close()
    data = path.read_bytes()
    for at in range(last):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        path.write_bytes(changed)
        with pytest.raises(BadInput):
            AppendLog(path, HEAD)
        assert path.read_bytes() == bytes(changed), "what is refused is not touched"


@given(st.binary(max_size=300))
def test_bytes_that_are_no_log_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_bytes(data)
    with pytest.raises(BadInput):
        AppendLog(path, HEAD)


def test_a_log_has_one_writer_and_any_readers(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", {"n": 1})
    with pytest.raises(ServiceUnavailable, match="another process has this journal open"):
        AppendLog(tmp_path / "log", HEAD)
    assert [one.get("n") for one in read_log(tmp_path / "log")] == [None, 1]
    log.close()
    AppendLog(tmp_path / "log", HEAD).close()


class FullDisk(Disk):
    """A disk with room for so many bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, file: int, data: bytes) -> None:
        super().write(file, data[: self.room])
        if len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)


@pytest.mark.parametrize("room", [0, 5, 40, 90])
def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path, room: int) -> None:
    path = tmp_path / "log"
    log_of(path, {"n": 1}).close()
    log = AppendLog(path, HEAD, FullDisk(room))
    with pytest.raises(
        ServiceUnavailable, match=r"log: the journal cannot be written: No space left.*; make room"
    ) as full:
        log.append(SUMS)
    assert full.value.exit_code == 6
    with pytest.raises(ServiceUnavailable, match="closed"):
        log.append({"n": 2})
    log = AppendLog(path, HEAD)
    assert [one.get("n") for one in log.records] == [None, 1]
    log.append({"n": 2})
    log.close()


def test_a_full_disk_at_the_beginning_leaves_no_log(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="No space left"):
        AppendLog(tmp_path / "log", HEAD, FullDisk(3))
    assert not (tmp_path / "log").exists()
    AppendLog(tmp_path / "log", HEAD).close()


def test_a_sync_that_failed_is_not_believed_later(tmp_path: Path) -> None:
    class Failing(Disk):
        def sync(self, file: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    log_of(tmp_path / "log").close()
    log = AppendLog(tmp_path / "log", HEAD, Failing())
    with pytest.raises(ServiceUnavailable, match="Input/output error"):
        log.append({"n": 1})
    with pytest.raises(ServiceUnavailable, match="closed"):
        log.append({"n": 1})
