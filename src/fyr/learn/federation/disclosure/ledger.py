"""What a hospital has disclosed so far, in all studies: on the disk before an answer leaves, never changed after.

An entry is charged once, however often its round is asked again. Entries form a hash chain, so that one taken out or
altered is found. Who was in a group is kept as keyed digests (:mod:`~.row_keys`): the ledger names no patient.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

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
    insert,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import StaticPool

from fyr.clock import Clock, SystemClock, to_iso
from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.row_keys import OTHERS, SIZE
from fyr.record.failures import database_errors, disk_errors

__all__ = ["Entry", "Ledger", "group_of"]

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
        self._entries: list[Entry] = []
        self._groups: dict[str, list[bytes]] = {}
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
        with self._writing() as connection:
            before = connection.execute(
                select(_ENTRIES.c.document).where(_ENTRIES.c.study == entry.study, _ENTRIES.c.round == entry.round)
            ).scalar()
            if before is not None:
                return _same(Entry.read(before), entry)
            last = connection.execute(
                select(_ENTRIES.c.number, _ENTRIES.c.chain).order_by(_ENTRIES.c.number.desc()).limit(1)
            ).one_or_none()
            if (0 if last is None else last.number) != after:
                return None
            known = self._groups.keys()
            new = [{"digest": digest, "members": blob} for digest, blob in blobs.items() if digest not in known]
            if new:
                connection.execute(sqlite.insert(_GROUPS).on_conflict_do_nothing().inline(), new)
            document = json.dumps(asdict(entry), sort_keys=True, separators=(",", ":"))
            connection.execute(
                insert(_ENTRIES).values(
                    number=after + 1,
                    study=entry.study,
                    round=entry.round,
                    document=document,
                    chain=_link(_START if last is None else last.chain, document),
                )
            )
        return entry

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                select(_ENTRIES.c.document).where(_ENTRIES.c.number > len(self._entries)).order_by(_ENTRIES.c.number)
            ).scalars()
            self._entries += [Entry.read(document) for document in rows]
        return list(self._entries)

    def groups(self) -> dict[str, list[bytes]]:
        """Return the keys of the patients in each group that was ever summed, by the group's digest."""
        wanted = {digest for entry in self.entries() for digest in entry.groups} - self._groups.keys()
        if wanted:
            with self._reading() as connection:
                for digest, blob in connection.execute(select(_GROUPS.c.digest, _GROUPS.c.members)):
                    if digest in wanted:
                        self._groups[digest] = _members(blob)
        return dict(self._groups)

    def find(self, study: str, number: int) -> Entry | None:
        """Return what was charged for a round."""
        return next((one for one in self.entries() if one.study == study and one.round == number), None)

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
                raise BadInput(f"entry {at} is not as it was written", where=self.name, mend="ask who had this file")
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
    blob = b"".join(sorted(members))
    return hashlib.sha256(blob).hexdigest(), blob


def _members(blob: bytes) -> list[bytes]:
    return [blob[at : at + SIZE] for at in range(0, len(blob), SIZE)]


def _link(before: str, document: str) -> str:
    return hashlib.sha256(f"{before}\n{document}".encode()).hexdigest()
