"""What was derived from objects, kept in one file under the object's SHA-256, for one version of what derives it.

The file is only ever appended to. Each line has a key, a checksum of key, version and value, and the value; a line that
is torn, damaged or of another version is as if it were not there, so that whoever asks derives the value anew. Several
processes may read and append at once. Losing the file costs time and nothing else: a backup leaves it out.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["DERIVED", "DerivedFile"]

DERIVED: Final = "derived"
"""The folder of such files, in the record's folder of files."""
_CHECKED_BYTES: Final = 16
_OLD_S: Final = 30 * 86_400


class DerivedFile:
    """Values by key in a file; threads and processes may share it.

    Parameters
    ----------
    files : Path
        The record's folder of files.
    name : str
        What is kept.
    version : str
        Of whatever derives the values; each version has a file of its own.
    """

    def __init__(self, files: Path, name: str, version: str) -> None:
        self._folder: Final = files / DERIVED
        self._name: Final = name
        self._version: Final = version.encode()
        self.path: Final = self._folder / f"{name}-{version}"
        self._lock: Final = threading.Lock()
        self._places: dict[str, tuple[int, int]] = {}
        self._scanned = 0
        self._inode = 0

    def read(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the values of those keys that have one that is whole."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    self._scan(file)
                    places = [(key, place) for key in keys if (place := self._places.get(key)) is not None]
                    lines = [(key, os.pread(file.fileno(), end - begin, begin)) for key, (begin, end) in places]
            except OSError:  # not there, or not readable
                return {}
        found = {key: self._value(key, line) for key, line in lines}
        damaged = [key for key, value in found.items() if value is None]
        with self._lock:
            for key in damaged:
                self._places.pop(key, None)
        return {key: value for key, value in found.items() if value is not None}

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return the keys that have no value; whether a value is whole shows when it is read."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    self._scan(file)
            except OSError:
                self._forget()
            return [key for key in keys if key not in self._places]

    def add(self, values: Mapping[str, bytes]) -> None:
        """Append values.

        Raises
        ------
        OSError
            If the disk refuses; what was kept before stays.
        """
        lines = b"".join(self._line(key, value) for key, value in values.items())
        self._prepare()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a line that a killed process left torn
                lines = b"\n" + lines
            while lines:
                lines = lines[os.write(descriptor, lines) :]
        finally:
            os.close(descriptor)

    @contextmanager
    def sole(self) -> Iterator[bool]:
        """Tell whether nobody else is filling the file, and keep others from it meanwhile."""
        try:
            self._prepare()
            descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield True  # a disk that refuses: each process has to do without the other
            return
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self.path.exists():
            return
        for other in self._folder.glob(f"{self._name}-*"):  # of other versions, when nobody wrote to them for long
            if self.path.name not in other.name and other.stat().st_mtime < _now() - _OLD_S:
                other.unlink(missing_ok=True)

    def _scan(self, file: BinaryIO) -> None:
        """Find the lines that are new since the last look."""
        status = os.fstat(file.fileno())
        if status.st_ino != self._inode or status.st_size < self._scanned:
            self._forget()
            self._inode = status.st_ino
        file.seek(self._scanned)
        for line in file:
            if not line.endswith(b"\n"):  # somebody is writing it
                return
            end = self._scanned + len(line)
            key = line[: max(0, line.find(b" "))].decode("ascii", "replace")
            if key:
                self._places[key] = self._scanned, end - 1
            self._scanned = end

    def _forget(self) -> None:
        self._places.clear()
        self._scanned = self._inode = 0

    def _line(self, key: str, value: bytes) -> bytes:
        if b"\n" in value or not key or set(key) & {" ", "\n"}:
            raise ValueError(f"a value of '{key}' cannot stand in one line")
        return b"%b %b %b\n" % (key.encode("ascii"), self._checksum(key, value), value)

    def _value(self, key: str, line: bytes) -> bytes | None:
        said, checksum, value = (*line.split(b" ", 2), b"", b"")[:3]
        return value if said == key.encode("ascii") and checksum == self._checksum(key, value) else None

    def _checksum(self, key: str, value: bytes) -> bytes:
        digest = blake2b(b"%b %b " % (self._version, key.encode("ascii")), digest_size=_CHECKED_BYTES)
        digest.update(value)
        return digest.hexdigest().encode()


def _now() -> float:
    from fyr.clock import SystemClock

    return SystemClock().now_us() / 1e6
