"""Is the audit trail as it was written? If not: which entry is the first that was edited, removed or moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
from sqlalchemy import select

from fyr.record.audit import GENESIS, AuditHead
from fyr.record.canonical import digest
from fyr.record.schema import audit_entry, audit_head

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["AuditVerdict", "Problem", "verify"]

_PAGE: Final = 2000

Problem = Literal["edited", "missing", "reordered"]


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a walk over the whole trail found.

    Parameters
    ----------
    ok : bool
        Whether every entry is as it was written.
    entries : int
        How many entries were found to be in order before the walk ended.
    first_problem : "edited", "missing", "reordered" or None
    sequence : int or None
        The number of the first bad entry.
    message : str
        The same in a sentence.
    head : str or None
        ``SEQUENCE:HASH`` of a good trail, to be noted elsewhere.
    """

    ok: bool
    entries: int
    first_problem: Problem | None
    sequence: int | None
    message: str
    head: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry as it now lies in the database."""

    sequence: int
    patient: str | None
    document: str
    hash: str

    def content(self) -> Mapping[str, Any] | None:
        """Return the document, or nothing where it is not as it was hashed."""
        if digest(self.document) != self.hash:
            return None
        content = orjson.loads(self.document)
        return content if content["patient"] == self.patient else None


def verify(connection: Connection, noted: AuditHead | None) -> AuditVerdict:
    """Walk the trail from its first entry to its head, in one moment of the database."""
    row = connection.execute(select(audit_head.c.sequence, audit_head.c.hash)).one_or_none()
    stored = AuditHead(*row) if row else None
    broken = next(_problems(connection, stored, noted), None)
    if broken is not None or stored is None:
        return broken or _broken(1, "missing", "cannot be vouched for: the head is gone")
    return AuditVerdict(
        ok=True,
        entries=stored.sequence,
        first_problem=None,
        sequence=None,
        message=f"all {stored.sequence} entries are as they were written; head {stored}",
        head=str(stored),
    )


def _problems(connection: Connection, stored: AuditHead | None, noted: AuditHead | None) -> Iterator[AuditVerdict]:
    """Tell what is wrong, in the order of the walk; only the first is sure, since what follows may stem from it."""
    good = AuditHead(0, GENESIS)
    for found in _entries(connection):
        yield from _problems_of(connection, found, good)
        good = AuditHead(found.sequence, found.hash)
        if noted is not None and noted.sequence == good.sequence and noted != good:
            yield _broken(good.sequence, "edited", "or one before it was rewritten: the noted head is another")
    if stored is None:
        yield _broken(good.sequence + 1, "missing", "and all after it may be gone: the head is")
    elif good.sequence < stored.sequence:
        yield _broken(good.sequence + 1, "missing", f"and all after it are gone: the head stands at {stored.sequence}")
    elif good.sequence > stored.sequence:
        yield _broken(stored.sequence + 1, "edited", f"was added: the head stands at {stored.sequence}")
    elif good != stored:
        yield _broken(max(good.sequence, 1), "edited", "was rewritten: the head is another")
    if noted is not None and noted.sequence > good.sequence:
        yield _broken(good.sequence + 1, "missing", f"and all after it are gone: the noted head is {noted}")


def _problems_of(connection: Connection, found: _Found, good: AuditHead) -> Iterator[AuditVerdict]:
    """Tell what is wrong with one entry, given the last good one before it."""
    expected = good.sequence + 1
    if found.sequence < expected:
        yield _broken(found.sequence, "edited", "was added: the trail begins with 1")
    if found.sequence > expected:
        yield _absent(connection, expected, "nothing")
    content = found.content()
    if content is None:
        yield _broken(expected, "edited", "is not as it was written")
    elif content["sequence"] != expected:
        yield _absent(connection, expected, f"entry {content['sequence']}")
    elif content["previous"] != good.hash:
        yield _broken(good.sequence or 1, "edited", "was rewritten: the entry after it knows another")


def _entries(connection: Connection) -> Iterator[_Found]:
    columns = select(audit_entry.c.sequence, audit_entry.c.patient, audit_entry.c.document, audit_entry.c.hash)
    page = columns.order_by(audit_entry.c.sequence).limit(_PAGE)
    rows = connection.execute(page).all()
    while rows:
        yield from (_Found(*row) for row in rows)
        rows = connection.execute(page.where(audit_entry.c.sequence > rows[-1].sequence)).all()


def _absent(connection: Connection, wanted: int, instead: str) -> AuditVerdict:
    """Tell whether the entry that is not in its place was moved or taken out."""
    for found in _entries(connection):
        content = found.content()
        if content is not None and content["sequence"] == wanted:
            return _broken(wanted, "reordered", f"was moved: it lies at {found.sequence}, {instead} in its place")
    return _broken(wanted, "missing", f"is gone: {instead} lies in its place")


def _broken(sequence: int, problem: Problem, how: str) -> AuditVerdict:
    return AuditVerdict(
        ok=False, entries=sequence - 1, first_problem=problem, sequence=sequence, message=f"entry {sequence} {how}"
    )
