"""Group commit: every item once, in each sender's order, many to a transaction, each error to whom it belongs."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from fyr.errors import FyrError, ServiceUnavailable
from fyr.record.group_commit import GroupCommit


class _Disk:
    """Remembers the groups that were written, slowly, as a disk does."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.error: type[Exception] | None = None

    def write(self, items: Sequence[int]) -> list[int]:
        time.sleep(0.002)
        if -1 in items:
            raise ValueError("a bad item")
        if self.error is not None:
            raise self.error("no disk")
        self.groups.append(list(items))
        return [item * 10 for item in items]


def test_who_comes_alone_writes_alone() -> None:
    disk = _Disk()
    commit = GroupCommit("test", disk.write)
    assert [commit.write(item) for item in range(3)] == [0, 10, 20]
    assert disk.groups == [[0], [1], [2]]
    assert not [thread for thread in threading.enumerate() if thread.name == "test"], "no thread was needed"
    commit.close()


def test_many_share_a_transaction_and_each_gets_its_own_result() -> None:
    disk = _Disk()
    commit = GroupCommit("test", disk.write)
    results: dict[int, list[int]] = {}

    def work(worker: int) -> None:
        results[worker] = [commit.write(worker * 100 + step) for step in range(20)]

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    commit.close()
    written = [item for group in disk.groups for item in group]
    assert sorted(written) == sorted(worker * 100 + step for worker in range(8) for step in range(20))
    for worker in range(8):
        expected = [worker * 100 + step for step in range(20)]
        assert [item for item in written if item // 100 == worker] == expected, "each sender's order"
        assert results[worker] == [item * 10 for item in expected]
    assert len(disk.groups) < len(written) / 2, "transactions were shared"


def test_groups_have_a_largest_size() -> None:
    disk = _Disk()
    commit = GroupCommit("test", disk.write, largest=4)
    futures = [commit.submit(item) for item in range(20)]
    assert [future.result() for future in futures] == [item * 10 for item in range(20)]
    assert max(map(len, disk.groups)) == 4
    commit.close()


def test_a_bad_item_fails_alone() -> None:
    commit = GroupCommit("test", _Disk().write)
    futures = [commit.submit(item) for item in (1, -1, 2)]
    assert (futures[0].result(), futures[2].result()) == (10, 20)
    with pytest.raises(ValueError, match="a bad item"):
        futures[1].result()
    commit.close()
    alone = GroupCommit("test", _Disk().write)
    with pytest.raises(ValueError, match="a bad item"):
        alone.write(-1)
    assert alone.write(3) == 30, "and the next is served"
    alone.close()


def test_a_lost_disk_is_not_asked_again_for_each() -> None:
    disk = _Disk()
    disk.error = ServiceUnavailable
    commit = GroupCommit("test", disk.write)
    futures = [commit.submit(item) for item in range(50)]
    for future in futures:
        with pytest.raises(ServiceUnavailable, match="no disk"):
            future.result()
    commit.close()


def test_closing_writes_what_waits_and_then_refuses() -> None:
    disk = _Disk()
    commit = GroupCommit("test", disk.write)
    futures = [commit.submit(item) for item in range(10)]
    commit.close()
    assert [future.result(timeout=0) for future in futures] == [item * 10 for item in range(10)]
    for refused in (commit.submit, commit.write):
        with pytest.raises(FyrError, match="closed"):
            refused(1)
