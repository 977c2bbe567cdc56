"""The journal: what happened, in order, append-only and durable, in partitions that are read back from any offset.

A partition is a ward, a patient or a stream of events; its entries are numbered 0, 1, 2, … without gaps. Samples go in
as :class:`~fyr.record.sample_batch.SampleBatch` bytes, one batch an entry, so that a million samples are a few rows.

Audit: the journal is itself append-only and names its sources, so the trail notes when somebody begins to write into a
partition (once per person, partition and source), not every batch; each reading is noted as it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import bindparam, func, insert, select

from fyr.errors import BadInput
from fyr.record.audit import AuditEvent, AuditTrail
from fyr.record.group_commit import GroupCommit
from fyr.record.identity import Access
from fyr.record.sample_batch import SampleBatch
from fyr.record.schema import journal_entry, journal_partition
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from fyr.record.storage import Storage

__all__ = ["Journal", "JournalEntry", "JournalStore", "Kind", "Offsets"]

Kind = Literal["bytes", "samples"]

_PAGE: Final = 256
_LARGEST_PAYLOAD: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Offsets:
    """Where payloads lie in their partition.

    Parameters
    ----------
    each : tuple of int
        The offset of each payload; of the earlier one where its key had been seen before.
    added : int
        How many of them were newly stored.
    """

    each: tuple[int, ...]
    added: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry: its offset in the partition, when it was written (microseconds UTC), and what."""

    offset: int
    time_us: int
    kind: Kind
    payload: bytes

    def samples(self) -> SampleBatch:
        """Return the batch of samples that the payload is.

        Raises
        ------
        BadInput
            If the payload is something else, or damaged.
        """
        return SampleBatch.decode(self.payload)


@dataclass(frozen=True, slots=True)
class _Append:
    partition: str
    kind: Kind
    payloads: tuple[bytes, ...]
    keys: tuple[str | None, ...]
    begins: AuditEvent | None


class JournalStore:
    """The journal's one writer, shared by everyone who has the record open."""

    def __init__(self, storage: Storage, audit: AuditTrail) -> None:
        self.storage = storage
        self.audit = audit
        self._group: GroupCommit[_Append, Offsets] = GroupCommit("journal", self._write, largest=200)

    def append(self, append: _Append) -> Offsets:
        """Write together with whatever else waits; durable when it returns."""
        return self._group.write(append)

    def close(self) -> None:
        """Write what still waits, then stop."""
        self._group.close()

    def _write(self, appends: Sequence[_Append]) -> list[Offsets]:
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


class Journal:
    """The journal on behalf of one person."""

    def __init__(self, store: JournalStore, access: Access) -> None:
        self._store = store
        self._access = access
        self._begun: set[tuple[str, str]] = set()

    def append(self, partition: str, payloads: Sequence[bytes], *, keys: Sequence[str] | None = None) -> Offsets:
        """Add payloads to the end of a partition, all or none; durable when it returns.

        Parameters
        ----------
        partition : str
            Made when it is first written to.
        payloads : sequence of bytes
        keys : sequence of str, optional
            One for each payload: what has a key seen before in that partition is not stored again, so that a sender
            who never heard the answer may send again.

        Raises
        ------
        BadInput
            If keys and payloads differ in number, a payload exceeds 256 MiB, or the partition has no name.
        ServiceUnavailable
            If the database is not there or has no room; nothing was stored.
        """
        return self._append(partition, "bytes", payloads, keys, source="")

    def append_samples(self, partition: str, batch: SampleBatch, *, key: str | None = None) -> Offsets:
        """Add a batch of samples as one entry; durable when it returns. Errors as in :meth:`append`."""
        return self._append(partition, "samples", [batch.encode()], [key] if key else None, source=batch.source)

    def read(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[JournalEntry]:
        """Walk a partition's entries from an offset, at most `limit`; none where the partition does not exist."""
        self._store.audit.append(
            [AuditEvent(self._access, "read journal", detail={"partition": partition, "from_offset": from_offset})]
        )
        return (entry for entry, _key in self._walk(partition, from_offset, limit))

    def partitions(self, prefix: str = "") -> list[str]:
        """Return the names of the partitions that begin so, sorted."""
        names = select(journal_partition.c.name)
        if prefix:
            names = names.where(func.substr(journal_partition.c.name, 1, len(prefix)) == prefix)
        with self._store.storage.reading() as connection:
            return sorted(connection.scalars(names))

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next entry will have."""
        with self._store.storage.reading() as connection:
            key = _partition_key(connection, partition)
            return 0 if key is None else _end(connection, key)

    def digest(self, partition: str, up_to: int | None = None) -> str:
        """Return the SHA-256 over the entries before offset `up_to`: their offsets, kinds, keys and payloads.

        The time of writing is left out, so that a replay can be compared with what it repeats.
        """
        hashed = hashlib.sha256()
        for entry, key in self._walk(partition, 0, up_to):
            for part in (str(entry.offset).encode(), entry.kind.encode(), (key or "").encode(), entry.payload):
                hashed.update(len(part).to_bytes(8, "little"))
                hashed.update(part)
        return hashed.hexdigest()

    def _append(
        self, partition: str, kind: Kind, payloads: Sequence[bytes], keys: Sequence[str | None] | None, *, source: str
    ) -> Offsets:
        if not partition or partition != partition.strip():
            raise BadInput(f"'{partition}' cannot name a partition", mend="give text without surrounding spaces")
        if keys is not None and len(keys) != len(payloads):
            raise BadInput(f"{len(payloads)} payloads came with {len(keys)} keys", where=partition)
        if any(len(payload) > _LARGEST_PAYLOAD for payload in payloads):
            raise BadInput("a payload exceeds 256 MiB", where=partition, mend="split it")
        if not payloads:
            return Offsets((), 0)
        begins = None
        if (partition, source) not in self._begun:
            begins = AuditEvent(self._access, "write journal", detail={"partition": partition, "source": source})
        offsets = self._store.append(
            _Append(partition, kind, tuple(payloads), tuple(keys or [None] * len(payloads)), begins)
        )
        self._begun.add((partition, source))
        return offsets

    def _walk(self, partition: str, from_offset: int, limit: int | None) -> Iterator[tuple[JournalEntry, str | None]]:
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
        with self._store.storage.reading() as connection:
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

    def add(self, connection: Connection, append: _Append, time_us: int) -> Offsets:
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
