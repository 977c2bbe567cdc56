"""Which keys a stream has seen: an index on disk that only ever repeats what stands in the stream itself.

JetStream knows the ids of messages for a window of minutes; a device may send again after days. The index is a small
SQLite file that holds each key with its offset, and how far into the stream it has read. It is never the truth: it is
brought up to date from the stream before it is asked, and made anew where it is missing, belongs to another stream, or
has read a message that the stream no longer has. So a key costs a row on disk and no memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fyr.record.failures import disk_errors

__all__ = ["JournalKeys", "ReadSoFar"]

_PAGE: Final = 500
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS stream (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL, identity BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    stream INTEGER NOT NULL, key TEXT NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (stream, key)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """The last message that the index has read, and that message's identity."""

    sequence: int = 0
    identity: bytes = b""


class JournalKeys:
    """The index; processes may share a file, threads may not share an object.

    Parameters
    ----------
    path : Path or None
        ``None`` keeps it in memory: it is read from the stream each time that a process first writes with keys.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            with disk_errors(path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(path or ":memory:", timeout=60, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")  # a lost tail is read again; a torn file would be a lie
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def read_so_far(self, stream: str) -> ReadSoFar:
        """Return how far the index has read a stream."""
        row = self._database.execute("SELECT sequence, identity FROM stream WHERE name = ?", (stream,)).fetchone()
        return ReadSoFar(*row) if row else ReadSoFar()

    def forget(self, stream: str) -> None:
        """Begin anew with a stream."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "DELETE FROM seen WHERE stream IN (SELECT number FROM stream WHERE name = ?)", (stream,)
            )
            self._database.execute("DELETE FROM stream WHERE name = ?", (stream,))

    def add(self, stream: str, seen: Iterable[tuple[str, int]], so_far: ReadSoFar) -> None:
        """Take keys and their offsets over, and note how far that was; what is behind that already is passed over."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "INSERT INTO stream (name, sequence, identity) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " sequence = excluded.sequence, identity = excluded.identity WHERE excluded.sequence > sequence",
                (stream, so_far.sequence, so_far.identity),
            )
            (number,) = self._database.execute("SELECT number FROM stream WHERE name = ?", (stream,)).fetchone()
            self._database.executemany(
                "INSERT OR IGNORE INTO seen (stream, key, offset) VALUES (?, ?, ?)",
                [(number, key, offset) for key, offset in seen],
            )

    def look_up(self, stream: str, keys: Sequence[str]) -> dict[str, int]:
        """Return the offsets of those keys that were seen."""
        found: dict[str, int] = {}
        for first in range(0, len(keys), _PAGE):
            page = keys[first : first + _PAGE]
            marks = ",".join("?" * len(page))
            found.update(
                self._database.execute(
                    "SELECT key, offset FROM seen JOIN stream ON stream.number = seen.stream"  # noqa: S608  marks only
                    f" WHERE stream.name = ? AND key IN ({marks})",
                    (stream, *page),
                )
            )
        return found
