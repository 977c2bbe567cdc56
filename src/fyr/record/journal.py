"""The journal: what happened, in order, append-only and durable, in partitions that are read back from any offset.

A partition is a ward, a patient or a stream of events; its entries are numbered 0, 1, 2, … without gaps. Samples go in
as :class:`~fyr.record.sample_batch.SampleBatch` bytes, one batch an entry, so that a million samples are a few rows.

Where the entries lie is a :class:`JournalStore`: the record's own database
(:mod:`fyr.record.database_journal`) or NATS JetStream (:mod:`fyr.record.jetstream_journal`). The journal means the
same on both.

Audit: the journal is itself append-only and names its sources, so the trail notes when somebody begins to write into a
partition (once per person, partition and source), not every batch; each reading is noted as it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from fyr.errors import BadInput
from fyr.record.audit import AuditEvent, AuditTrail
from fyr.record.identity import Access
from fyr.record.sample_batch import SampleBatch

__all__ = ["Append", "Journal", "JournalEntry", "JournalStore", "Kind", "Offsets"]

Kind = Literal["bytes", "samples"]

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
class Append:
    """Payloads that go to the end of a partition together; `begins` is what the trail must say of it first."""

    partition: str
    kind: Kind
    payloads: tuple[bytes, ...]
    keys: tuple[str | None, ...]
    begins: AuditEvent | None


class JournalStore(Protocol):
    """Where the entries of a journal lie; shared by everyone who has it open, any thread may call it."""

    audit: AuditTrail

    def append(self, append: Append) -> Offsets:
        """Store all or none of the payloads, and the audit event no later than them; durable when it returns."""
        ...

    def walk(self, partition: str, from_offset: int, limit: int | None) -> Iterator[tuple[JournalEntry, str | None]]:
        """Walk entries and their keys from an offset to the end that is found there."""
        ...

    def partitions(self, prefix: str) -> list[str]:
        """Return the names that begin so, sorted."""
        ...

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next entry will have."""
        ...

    def wait(self, partition: str, offset: int, timeout_s: float) -> bool:
        """Wait until the partition's end is beyond an offset, and say whether it is."""
        ...


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
            If the database is not there or has no room; nothing was stored. On JetStream the message says where it is
            not known whether it was stored: the same keys make another try safe.
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
        return (entry for entry, _key in self._store.walk(partition, from_offset, limit))

    def follow(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[JournalEntry]:
        """Walk as :meth:`read` does, for one who follows a partition: the trail notes it once, not every look."""
        if ("follow", partition) not in self._begun:
            self._store.audit.append(
                [
                    AuditEvent(
                        self._access, "follow journal", detail={"partition": partition, "from_offset": from_offset}
                    )
                ]
            )
            self._begun.add(("follow", partition))
        return (entry for entry, _key in self._store.walk(partition, from_offset, limit))

    def partitions(self, prefix: str = "") -> list[str]:
        """Return the names of the partitions that begin so, sorted."""
        return self._store.partitions(prefix)

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next entry will have."""
        return self._store.end(partition)

    def wait(self, partition: str, offset: int, timeout_s: float) -> bool:
        """Wait for an entry at `offset`, whoever writes it: this process or another.

        Follow a partition with ``wait(partition, offset, 1.0)`` and then ``read(partition, offset)``.

        Parameters
        ----------
        partition : str
            It need not exist yet.
        offset : int
        timeout_s : float
            How long to wait at most, in seconds.

        Returns
        -------
        bool
            True as soon as the partition's end is beyond `offset`; False if it was not in time.
        """
        return self._store.wait(partition, offset, timeout_s)

    def digest(self, partition: str, up_to: int | None = None) -> str:
        """Return the SHA-256 over the entries before offset `up_to`: their offsets, kinds, keys and payloads.

        The time of writing is left out, so that a replay can be compared with what it repeats.
        """
        hashed = hashlib.sha256()
        for entry, key in self._store.walk(partition, 0, up_to):
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
            Append(partition, kind, tuple(payloads), tuple(keys or [None] * len(payloads)), begins)
        )
        self._begun.add((partition, source))
        return offsets
