"""The audit trail: who read or wrote what about whom, in which role and why; a chain that shows every later change.

Each entry is one canonical JSON document. It holds its own sequence number and the SHA-256 of the document before it,
so that anyone with the exported lines can check the chain without Fyr. The newest hash also stands in a row of its own
(the head), which gives a cut tail away; a head noted outside the database gives away a trail rewritten as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import orjson
from sqlalchemy import bindparam, insert, select, update

from fyr.clock import to_iso
from fyr.errors import BadInput
from fyr.record.canonical import canonical_json, digest
from fyr.record.group_commit import GroupCommit
from fyr.record.identity import Access, PatientId
from fyr.record.schema import audit_entry, audit_head

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from fyr.record.audit_verdict import AuditVerdict
    from fyr.record.storage import Storage

__all__ = ["GENESIS", "AuditEvent", "AuditHead", "AuditTrail"]

GENESIS: Final = "0" * 64
"""What the first entry names as the hash before it."""

_PAGE: Final = 2000

_HEAD: Final = select(audit_head.c.sequence, audit_head.c.hash)
_ADD: Final = insert(audit_entry)
_MOVE_HEAD: Final = update(audit_head).values(sequence=bindparam("to_sequence"), hash=bindparam("to_hash"))


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something done with patient data, before it has its place in the chain.

    Parameters
    ----------
    access : Access
        Who, in which role and why.
    action : str
        What was done, as a verb and an object: ``read series``, ``add observations``, ``sign in``.
    patient : PatientId or None
        About whom.
    detail : mapping of str to object
        What a reader of the trail needs besides; JSON.
    """

    access: Access
    action: str
    patient: PatientId | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry's number and hash: note it elsewhere, and no one can rewrite the trail unseen."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``SEQUENCE:HASH``.

        Raises
        ------
        BadInput
            If it is not a number, a colon and 64 hexadecimal digits.
        """
        number, _, hashed = text.strip().partition(":")
        if not number.isdecimal() or len(hashed) != 64 or set(hashed) - set("0123456789abcdef"):
            raise BadInput(f"'{text}' is not the head of an audit trail", mend="give SEQUENCE:HASH as it was printed")
        return cls(int(number), hashed)


class AuditTrail:
    """Append, follow and verify the trail; threads and processes may append at once."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._group: GroupCommit[AuditEvent, int] = GroupCommit("audit", self._write)

    def submit(self, event: AuditEvent) -> Future[int]:
        """Hand an event over; the future has its sequence number once the entry is durable."""
        return self._group.submit(event)

    def append(self, events: Sequence[AuditEvent]) -> list[int]:
        """Write events and return their sequence numbers; durable when it returns.

        Raises
        ------
        BadInput
            If a detail has no place in JSON.
        ServiceUnavailable
            If the database is not there or has no room.
        """
        if len(events) == 1:
            return [self._group.write(events[0])]
        return [done.result() for done in [self.submit(event) for event in events]]

    def append_within(self, connection: Connection, events: Sequence[AuditEvent]) -> list[int]:
        """Write events inside a caller's transaction, so that deed and trail are one; the last thing that it does.

        On PostgreSQL this takes the trail's lock until the transaction ends.
        """
        if not events:
            return []
        self._storage.lock(connection, "audit")
        head = _head(connection)
        time = to_iso(self._storage.clock.now_us())
        sequence, previous, rows = head.sequence, head.hash, []
        for event in events:
            sequence += 1
            document = canonical_json(
                {
                    "sequence": sequence,
                    "time": time,
                    "person": event.access.person,
                    "role": event.access.role,
                    "purpose": event.access.purpose,
                    "action": event.action,
                    "patient": str(event.patient) if event.patient else None,
                    "detail": event.detail,
                    "previous": previous,
                }
            )
            previous = digest(document)
            rows.append(
                {
                    "sequence": sequence,
                    "patient": str(event.patient) if event.patient else None,
                    "document": document,
                    "hash": previous,
                }
            )
        connection.execute(_ADD, rows)
        connection.execute(_MOVE_HEAD, {"to_sequence": sequence, "to_hash": previous})
        return [row["sequence"] for row in rows]  # type: ignore[misc]

    def head(self) -> AuditHead:
        """Return the newest entry's number and hash."""
        with self._storage.reading() as connection:
            return _head(connection)

    def entries(self, *, limit: int, patient: PatientId | None = None) -> list[dict[str, Any]]:
        """Return the newest entries, newest first, each with its ``hash``; of one patient where one is named."""
        newest = select(audit_entry.c.document, audit_entry.c.hash).order_by(audit_entry.c.sequence.desc()).limit(limit)
        if patient is not None:
            newest = newest.where(audit_entry.c.patient == str(patient))
        with self._storage.reading() as connection:
            return [{**orjson.loads(document), "hash": hashed} for document, hashed in connection.execute(newest)]

    def export(self) -> Iterator[dict[str, Any]]:
        """Walk all entries from the first, each with its ``hash``: the SHA-256 of its canonical JSON without it."""
        after = 0
        while rows := self._page(after):
            for sequence, document, hashed in rows:
                yield {**orjson.loads(document), "hash": hashed}
                after = sequence

    def verify(self, head: AuditHead | str | None = None) -> AuditVerdict:
        """Walk the whole chain and name the first entry that is not as it was written.

        Parameters
        ----------
        head : AuditHead, or str, or None
            A head noted earlier, ``SEQUENCE:HASH``: the trail must still lead through it.
        """
        from fyr.record.audit_verdict import verify

        with self._storage.reading() as connection:
            return verify(connection, AuditHead.parse(head) if isinstance(head, str) else head)

    def close(self) -> None:
        """Write what still waits, then stop."""
        self._group.close()

    def _write(self, events: Sequence[AuditEvent]) -> list[int]:
        with self._storage.writing() as connection:
            return self.append_within(connection, events)

    def _page(self, after: int) -> Sequence[Any]:
        page = (
            select(audit_entry.c.sequence, audit_entry.c.document, audit_entry.c.hash)
            .where(audit_entry.c.sequence > after)
            .order_by(audit_entry.c.sequence)
            .limit(_PAGE)
        )
        with self._storage.reading() as connection:
            return connection.execute(page).all()


def _head(connection: Connection) -> AuditHead:
    sequence, hashed = connection.execute(_HEAD).one()
    return AuditHead(sequence, hashed)
