"""What a database or a disk says when it fails, in words that a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from fyr.errors import BadInput, FyrError, NotPermitted, ServiceUnavailable

__all__ = ["database_errors", "disk_errors"]

_NO_ROOM: Final = "free some space and do the same again; nothing was half-written"
_THERE: Final = "see that the database runs, can be reached, and that you may use it"


class _Meaning(NamedTuple):
    """Codes that begin so (SQLite's error names, PostgreSQL's SQLSTATE), and what they mean to a person."""

    codes: tuple[str, ...]
    error: type[FyrError]
    what: str
    mend: str


_MEANINGS: Final = (
    _Meaning(("SQLITE_FULL", "53100"), ServiceUnavailable, "the disk is full", _NO_ROOM),
    _Meaning(
        ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "55P03"),
        ServiceUnavailable,
        "the database is busy with others",
        "do the same again",
    ),
    _Meaning(("SQLITE_NOTADB", "SQLITE_CORRUPT"), BadInput, "the database is damaged", "restore it from a copy"),
    _Meaning(
        ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR", "08", "28", "3D", "53", "57P"),
        ServiceUnavailable,
        "the database cannot be used",
        _THERE,
    ),
    _Meaning(("22",), BadInput, "the database cannot hold this", "mend the value"),
)


@contextmanager
def database_errors(where: str) -> Iterator[None]:
    """Turn the driver's errors into Fyr's own; what has no known meaning passes as it is."""
    try:
        yield
    except DBAPIError as problem:
        known = _as_fyr_error(problem, where)
        if known is None:
            raise
        raise known from problem


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Say what is wrong with a disk: full, not writable, or failing."""
    try:
        yield
    except OSError as problem:
        place = str(problem.filename or where)
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ServiceUnavailable("the disk is full", where=place, mend=_NO_ROOM) from problem
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
            raise ServiceUnavailable(
                f"the disk refuses: {problem.strerror}", where=place, mend="mend its permissions or the disk itself"
            ) from problem
        raise


def _as_fyr_error(problem: DBAPIError, where: str) -> FyrError | None:
    said = " ".join(str(problem.orig).split())
    if "is never edited" in said:
        return NotPermitted(said, where=where, mend="add what is true now instead")
    code = getattr(problem.orig, "sqlite_errorname", None) or getattr(problem.orig, "sqlstate", None)
    if code is None and type(problem.orig).__name__ in ("OperationalError", "ConnectionTimeout"):
        return ServiceUnavailable(f"the database does not answer: {said}", where=where, mend=_THERE)
    for meaning in _MEANINGS:
        if code is not None and code.startswith(meaning.codes):
            return meaning.error(f"{meaning.what} ({said})", where=where, mend=meaning.mend)
    return None
