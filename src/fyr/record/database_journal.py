"""The journal in the record's own database, SQLite or PostgreSQL: a row an entry, a transaction a group of appends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, insert, select

from fyr.errors import BadInput
from fyr.record.audit import AuditTrail
from fyr.record.group_commit import GroupCommit
from fyr.record.journal import Append, JournalEntry, Offsets
from fyr.record.schema import journal_entry, journal_partition
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from fyr.record.storage import Storage

__all__ = ["DatabaseJournalStore"]

_PAGE: Final = 256
_POLL_S: Final = 0.02


class DatabaseJournalStore:
    """The journal's one writer, shared by everyone who has the record open."""

    def __init__(self, storage: Storage, audit: AuditTrail) -> None:
        self.storage = storage
        self.audit = audit
        self._added = threading.Condition()
        self._additions = 0
        self._group: GroupCommit[Append, Offsets] = GroupCommit("journal", self._write, largest=200)

    def append(self, append: Append) -> Offsets:
        """Write together with whatever else waits; durable when it returns."""
        offsets = self._group.write(append)
        with self._added:
            self._additions += 1
            self._added.notify_all()
        return offsets

    def partitions(self, prefix: str) -> list[str]:
        """Return the names that begin so, sorted."""
        names = select(journal_partition.c.name)
        if prefix:
            names = names.where(func.substr(journal_partition.c.name, 1, len(prefix)) == prefix)
        with self.storage.reading() as connection:
            return sorted(connection.scalars(names))

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next entry will have."""
        with self.storage.reading() as connection:
            key = _partition_key(connection, partition)
            return 0 if key is None else _end(connection, key)

    def wait(self, partition: str, offset: int, timeout_s: float) -> bool:
        """Wait until the partition's end is beyond an offset: at once woken by this process, by a look for others."""
        until = time.monotonic() + timeout_s
        while True:
            with self._added:
                seen = self._additions
            if self.end(partition) > offset:
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            with self._added:
                if self._additions == seen:
                    self._added.wait(min(left, _POLL_S))

    def close(self) -> None:
        """Write what still waits, then stop."""
        self._group.close()

    def _write(self, appends: Sequence[Append]) -> list[Offsets]:
        with self.storage.writing() as connection:
            partitions = {
                name: _PartitionEnd.locked(connection, name) for name in sorted({one.partition for one in appends})
            }
            time_us = self.storage.clock.now_us()
            results = [partitions[one.partition].add(connection, one, time_us) for one in appends]
            rows = [row for partition in partitions.values() for row in partition.rows]
            if rows:
                connection.execute(_ADD, rows)
            self.audit.append_within(connection, [one.begins for one in appends if one.begins])
        return results

    def walk(self, partition: str, from_offset: int, limit: int | None) -> Iterator[tuple[JournalEntry, str | None]]:
        """Walk entries and their keys from an offset to the end that is found there."""
        left = limit
        while left is None or left > 0:
            rows = self._page(partition, from_offset, _PAGE if left is None else min(left, _PAGE))
            if not rows:
                return
            for position, time_us, kind, payload, key in rows:
                yield JournalEntry(position, time_us, kind, bytes(payload)), key
            from_offset = rows[-1].position + 1
            left = None if left is None else left - len(rows)

    def _page(self, partition: str, from_offset: int, rows: int) -> Sequence[Any]:
        """Read some rows in a short transaction of their own: a slow reader must not hold the write-ahead log."""
        entry = journal_entry.c
        with self.storage.reading() as connection:
            key = _partition_key(connection, partition)
            if key is None:
                return []
            page = (
                select(entry.position, entry.time_us, entry.kind, entry.payload, entry.dedupe_key)
                .where(entry.partition_key == key, entry.position >= from_offset)
                .order_by(entry.position)
                .limit(rows)
            )
            return connection.execute(page).all()


class _PartitionEnd:
    """The end of one partition inside a transaction that alone may write there."""

    def __init__(self, key: int, end: int) -> None:
        self._key = key
        self._end = end
        self._seen: dict[str, int] = {}
        self.rows: list[dict[str, Any]] = []

    @classmethod
    def locked(cls, connection: Connection, name: str) -> _PartitionEnd:
        key = _partition_key(connection, name, lock=True)
        if key is None:
            add_new(connection, journal_partition, [{"name": name}])
            key = _partition_key(connection, name, lock=True)
        if key is None:
            raise BadInput("the partition cannot be made", where=name)
        return cls(key, _end(connection, key))

    def add(self, connection: Connection, append: Append, time_us: int) -> Offsets:
        self._look_up(connection, append.keys)
        each, before = [], self._end
        for payload, key in zip(append.payloads, append.keys, strict=True):
            if key is not None and key in self._seen:
                each.append(self._seen[key])
                continue
            if key is not None:
                self._seen[key] = self._end
            each.append(self._end)
            self.rows.append(
                {
                    "partition_key": self._key,
                    "position": self._end,
                    "time_us": time_us,
                    "kind": append.kind,
                    "dedupe_key": key,
                    "payload": payload,
                }
            )
            self._end += 1
        return Offsets(tuple(each), self._end - before)

    def _look_up(self, connection: Connection, keys: Sequence[str | None]) -> None:
        entry = journal_entry.c
        unknown = [key for key in keys if key is not None and key not in self._seen]
        for first in range(0, len(unknown), _PAGE):
            page = unknown[first : first + _PAGE]
            known = select(entry.dedupe_key, entry.position).where(
                entry.partition_key == self._key, entry.dedupe_key.in_(page)
            )
            self._seen.update((key, position) for key, position in connection.execute(known))


def _partition_key(connection: Connection, name: str, *, lock: bool = False) -> int | None:
    return connection.scalar(_LOCKED_PARTITION if lock else _PARTITION, {"name": name})


def _end(connection: Connection, key: int) -> int:
    last = connection.scalar(_LAST, {"key": key})
    return 0 if last is None else last + 1


_PARTITION: Final = select(journal_partition.c.key).where(journal_partition.c.name == bindparam("name"))
_LOCKED_PARTITION: Final = _PARTITION.with_for_update()
_LAST: Final = select(func.max(journal_entry.c.position)).where(journal_entry.c.partition_key == bindparam("key"))
_ADD: Final = insert(journal_entry)
