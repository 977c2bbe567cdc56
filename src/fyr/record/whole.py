"""Is a record whole: the database, the trail, every file that it names, every entry of its journal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from fyr.errors import BadInput
from fyr.record.record import Record
from fyr.record.sample_batch import SampleBatch
from fyr.record.schema import segment, stored_object

__all__ = ["Wholeness", "check_record"]


@dataclass(frozen=True, slots=True)
class Wholeness:
    """What a walk over a whole record found.

    Parameters
    ----------
    problems : tuple of str
        What is wrong, and where; none where the record is whole.
    audit_entries, journal_entries, files : int
        How much was looked at.
    audit_head : str or None
        ``SEQUENCE:HASH`` of a good trail, to be noted elsewhere.
    """

    problems: tuple[str, ...]
    audit_entries: int
    journal_entries: int
    files: int
    audit_head: str | None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_record(
    record: Record, *, decode: Callable[[str, bytes], object] = lambda _partition, _payload: None
) -> Wholeness:
    """Look at everything in a record; reads all of it, and alters nothing but the trail of who reads.

    Parameters
    ----------
    record : Record
    decode : callable
        Reads an entry of a partition that is no batch of samples, and raises :class:`~fyr.errors.BadInput` or
        ValueError where it cannot be read.
    """
    problems = list(_database_problems(record))
    verdict = record.audit.verify()
    if not verdict.ok:
        problems.append(f"the audit trail: {verdict.message}")
    files, entries = 0, 0
    for problem in _files(record):
        files += 1
        problems += [problem] if problem else []
    for problem in _entries(record, decode):
        entries += 1
        problems += [problem] if problem else []
    return Wholeness(tuple(problems), verdict.entries, entries, files, verdict.head)


def _database_problems(record: Record) -> Iterator[str]:
    if record.storage.dialect != "sqlite":
        return
    with record.storage.reading() as connection:
        for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if said != "ok":
                yield f"the database: {said}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"the database: a row of {row[0]} refers to one of {row[2]} that is not there"


def _files(record: Record) -> Iterator[str | None]:
    """Yield for each file that the record names what is wrong with it, if anything."""
    import polars as pl

    folder = record.storage.files
    with record.storage.reading() as connection:
        segments = connection.execute(select(segment.c.path, segment.c.samples)).all()
        objects = connection.execute(select(stored_object.c.path, stored_object.c.sha256)).all()
    for place, samples in segments:
        try:
            found = len(pl.read_parquet(folder / place, memory_map=False))
            yield None if found == samples else f"{folder / place}: holds {found} samples, not {samples}"
        except FileNotFoundError:
            yield f"{folder / place}: a file of samples is gone"
        except (pl.exceptions.PolarsError, OSError):
            yield f"{folder / place}: a file of samples is damaged"
    for place, sha256 in objects:
        yield _object_problem(folder / place, sha256)


def _object_problem(file: Path, sha256: str) -> str | None:
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as problem:
        return f"{file}: an object's file cannot be read: {problem.strerror}"
    return None if found == sha256 else f"{file}: an object's bytes changed"


def _entries(record: Record, decode: Callable[[str, bytes], object]) -> Iterator[str | None]:
    for partition in record.journal.partitions():
        expected = 0
        for entry in record.journal.read(partition):
            place = f"the journal's partition '{partition}', entry {entry.offset}"
            if entry.offset != expected:
                yield f"the journal's partition '{partition}': entry {expected} is gone"
            expected = entry.offset + 1
            try:
                if entry.kind == "samples":
                    SampleBatch.decode(entry.payload)
                else:
                    decode(partition, entry.payload)
                yield None
            except (BadInput, ValueError, KeyError, TypeError):
                yield f"{place}: it cannot be read"
