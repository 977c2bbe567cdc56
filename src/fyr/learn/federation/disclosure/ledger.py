"""What a hospital has disclosed so far, in all studies: on the disk before an answer leaves, never changed after.

An entry is charged once, however often its round is asked again. Entries form a hash chain, so that one taken out or
altered is found. Who was in a group is kept as keyed digests (:mod:`~.row_keys`): the ledger names no patient.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from fyr.clock import Clock, SystemClock, to_iso
from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.row_keys import OTHERS, SIZE
from fyr.record.failures import database_errors, disk_errors

__all__ = ["Entry", "Ledger", "RowGroup", "group_of"]

_META: Final = MetaData()
_ENTRIES: Final = Table(
    "entries",
    _META,
    Column("number", Integer, primary_key=True),
    Column("study", String, nullable=False),
    Column("round", Integer, nullable=False),
    Column("document", String, nullable=False),
    Column("chain", String, nullable=False),
)
_GROUPS: Final = Table(
    "row_groups",
    _META,
    Column("digest", String, primary_key=True),
    Column("members", LargeBinary, nullable=False),
)
_START: Final = "0" * 64
_ADD_GROUP: Final = "INSERT INTO row_groups (digest, members) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ADD_ENTRY: Final = "INSERT INTO entries (number, study, round, document, chain) VALUES (?, ?, ?, ?, ?)"
_FEW: Final = 200
_ONE_GROUP: Final = "SELECT digest, members FROM row_groups WHERE digest = ?"
_NEWER: Final = "SELECT number, document, chain FROM entries WHERE number >= ? ORDER BY number"


@dataclass(frozen=True, slots=True)
class Entry:
    """One disclosure.

    Parameters
    ----------
    study, name : str
        The study's digest and name.
    round : int
    step : str
    question : str
        The digest of what was asked.
    rows : int
        How many patients' values were summed here.
    masked : bool
        Whether only a total over all sites was told.
    numbers : int
        How many numbers were told that say more than sums by group.
    columns : tuple of str
        What was summed.
    part : str
        The digest of the group of all who took part.
    groups : tuple of str
        The digests of all groups of patients that were summed.
    rho : float
        What was spent of the privacy budget, as zero-concentrated differential privacy.
    isolable : int
        How many patients the meter counted after it.
    pending : mapping
        What must still hold before a masked total may be opened.
    of : int, optional
        The round whose total was opened; None for an answer.
    at_us : int
        When it was charged.
    """

    study: str
    name: str
    round: int
    step: str
    question: str
    rows: int = 0
    masked: bool = False
    numbers: int = 0
    columns: tuple[str, ...] = ()
    part: str = ""
    groups: tuple[str, ...] = ()
    rho: float = 0.0
    isolable: int = 0
    pending: Mapping[str, Any] = field(default_factory=dict)
    of: int | None = None
    at_us: int = 0

    @classmethod
    def read(cls, document: str) -> Entry:
        """Return an entry as it was written."""
        found = json.loads(document)
        return cls(**{**found, "columns": tuple(found["columns"]), "groups": tuple(found["groups"])})

    def document(self) -> dict[str, Any]:
        """Return it as a person reads it."""
        hidden = ("pending", "groups", "part", "at_us")
        plain = {name: value for name, value in asdict(self).items() if name not in hidden}
        return {"at": to_iso(self.at_us), **plain, "columns": list(self.columns), "groups": len(self.groups)}


class RowGroup(list[bytes]):
    """The keys of a group's rows, with their digest, which is made once."""

    def __init__(self, members: Iterable[bytes]) -> None:
        super().__init__(members)
        self.blob = b"".join(sorted(self))
        self.digest = hashlib.sha256(self.blob).hexdigest()


class Ledger:
    """The ledger of one site.

    Parameters
    ----------
    path : Path, optional
        An SQLite file, made where there is none; without it the ledger lives in memory, for experiments.
    clock : Clock, optional
    """

    def __init__(self, path: Path | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.name = "ledger in memory" if path is None else str(path)
        self._engine = _engine(path)
        self._lock = threading.RLock()
        self._entries: list[Entry] = []
        self._by_round: dict[tuple[str, int], Entry] = {}
        self._chain = _START
        self._groups: dict[str, Sequence[bytes]] = {}
        self._grouped = 0
        with self._writing() as connection:
            _META.create_all(connection)

    def charge(self, entry: Entry, groups: Sequence[Sequence[bytes]] = (), *, after: int) -> Entry | None:
        """Write an entry down, with who was in its groups; durable when this returns.

        Parameters
        ----------
        entry : Entry
        groups : sequence of sequence of bytes
            The keys of the rows of each; the first is of all who took part.
        after : int
            How many entries the ledger had when this one was weighed.

        Returns
        -------
        Entry or None
            As it stands in the ledger: an earlier one, if the same was charged before. None if others were charged in
            the meantime, so that this one must be weighed again.

        Raises
        ------
        Refused
            If this round of this study was charged for another question.
        """
        blobs = dict(map(group_of, groups))
        part = group_of(groups[0])[0] if groups else ""
        entry = replace(entry, part=part, groups=tuple(sorted(blobs)), at_us=self._clock.now_us())
        with self._lock, self._driver() as driver:
            driver.execute("BEGIN IMMEDIATE")
            self._take(driver.execute(_NEWER, (max(1, len(self._entries)),)).fetchall())
            before = self._by_round.get((entry.study, entry.round))
            if before is not None:
                return _same(before, entry)
            if len(self._entries) != after:
                return None
            known = self._groups.keys()
            driver.executemany(_ADD_GROUP, [one for one in blobs.items() if one[0] not in known])
            plain = {one.name: getattr(entry, one.name) for one in fields(entry)}
            document = json.dumps(plain, sort_keys=True, separators=(",", ":"))
            chain = _link(self._chain, document)
            driver.execute(_ADD_ENTRY, (after + 1, entry.study, entry.round, document, chain))
            driver.execute("COMMIT")
        return entry

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        with self._lock:
            self._take(self._read(_NEWER, max(1, len(self._entries))))
            return list(self._entries)

    def groups(self) -> dict[str, Sequence[bytes]]:
        """Return the keys of the patients in each group that was ever summed, by the group's digest."""
        with self._lock:
            entries = self.entries()
            wanted = {digest for entry in entries[self._grouped :] for digest in entry.groups} - self._groups.keys()
            if len(wanted) > _FEW:
                found = self._read("SELECT digest, members FROM row_groups")
            else:
                found = [row for one in wanted for row in self._read(_ONE_GROUP, one)]
            self._groups |= {digest: _members(blob) for digest, blob in found if digest in wanted}
            self._grouped = len(entries)
            return dict(self._groups)

    def find(self, study: str, number: int) -> Entry | None:
        """Return what was charged for a round."""
        with self._lock:
            self.entries()
            return self._by_round.get((study, number))

    def patient(self, key: bytes) -> list[Entry]:
        """Return what was disclosed of sums in which one patient was."""
        among = {digest for digest, members in self.groups().items() if key in members}
        return [entry for entry in self.entries() if among.intersection(entry.groups)]

    def by_patient(self) -> dict[str, int]:
        """Return how many disclosures each patient was part of, by the key in hexadecimal digits."""
        counted: dict[str, int] = {}
        groups = {digest: set(members) for digest, members in self.groups().items()}
        for entry in self.entries():
            for key in set().union(*(groups[digest] for digest in entry.groups)).difference(OTHERS):
                counted[key.hex()] = counted.get(key.hex(), 0) + 1
        return counted

    def verify(self) -> int:
        """Return how many entries there are, having followed the chain.

        Raises
        ------
        BadInput
            If an entry was altered, or one before it taken out.
        """
        with self._reading() as connection:
            rows = connection.execute(select(_ENTRIES.c.document, _ENTRIES.c.chain).order_by(_ENTRIES.c.number)).all()
        chain = _START
        for at, (document, link) in enumerate(rows, 1):
            chain = _link(chain, document)
            if chain != link:
                raise self._altered(at)
        return len(rows)

    def document(self) -> dict[str, Any]:
        """Return the ledger as plain values: what was disclosed, and to how many disclosures patients contributed."""
        entries = self.entries()
        counted = self.by_patient()
        studies: dict[str, dict[str, Any]] = {}
        for entry in entries:
            one = studies.setdefault(
                entry.study, {"name": entry.name, "rounds": 0, "rows": 0, "numbers": 0, "rho": 0.0}
            )
            one["rounds"] += entry.of is None
            one["rows"] = max(one["rows"], entry.rows)
            one["numbers"] += entry.numbers
            one["rho"] += entry.rho
        return {
            "ledger": self.name,
            "entries": len(entries),
            "patients": len(counted),
            "disclosures_by_patient": {
                "fewest": min(counted.values(), default=0),
                "most": max(counted.values(), default=0),
            },
            "studies": studies,
            "last": [entry.document() for entry in entries[-20:]],
        }

    def _take(self, rows: Sequence[Any]) -> None:
        """Take in entries from the last known one on; that one must be as it was."""
        have = len(self._entries)
        for at, (number, document, chain) in enumerate(rows, max(1, have)):
            if number != at or (number == have and chain != self._chain):
                raise self._altered(at)
            if number > have:
                entry = Entry.read(document)
                self._entries.append(entry)
                self._by_round.setdefault((entry.study, entry.round), entry)
                self._chain = chain
        if have and not rows:
            raise self._altered(have)

    def _altered(self, at: int) -> BadInput:
        return BadInput(f"entry {at} is not as it was written", where=self.name, mend="ask who had this file")

    def _read(self, statement: str, *values: str | int) -> list[Any]:
        with self._driver() as driver:
            return driver.execute(statement, values).fetchall()

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Cursor]:
        """Speak to SQLite itself: what happens in every round costs a tenth so. What is not committed is undone."""
        with database_errors(self.name):
            connection = self._engine.raw_connection()
            try:
                yield cast(sqlite3.Cursor, connection.cursor())
            except sqlite3.Error as problem:
                raise DBAPIError("ledger", None, problem) from problem
            finally:
                connection.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with database_errors(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with database_errors(self.name), self._engine.begin() as connection:
            yield connection


def _engine(path: Path | None) -> Engine:
    if path is None:
        return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with disk_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _one_writer)
    return engine


def _durable(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _one_writer(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _same(before: Entry, entry: Entry) -> Entry:
    if before.question != entry.question:
        raise Refused(
            f"round {entry.round + 1} was asked before with another question",
            where=f"study '{entry.name}'",
            mend="start a new study",
        )
    return before


def group_of(members: Sequence[bytes]) -> tuple[str, bytes]:
    """Return the digest of a group, and its members' keys in one."""
    if isinstance(members, RowGroup):
        return members.digest, members.blob
    blob = b"".join(sorted(members))
    return hashlib.sha256(blob).hexdigest(), blob


def _members(blob: bytes) -> list[bytes]:
    return [blob[at : at + SIZE] for at in range(0, len(blob), SIZE)]


def _link(before: str, document: str) -> str:
    return hashlib.sha256(f"{before}\n{document}".encode()).hexdigest()
