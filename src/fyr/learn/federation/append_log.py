"""A file that is only ever added to, and that a crash at any instant leaves whole: what journals of rounds are kept in.

A record is its length, a CRC of its bytes and one of the two (so that a damaged length is not believed), the bytes, and
the SHA-256 of the chain so far and the bytes. It is on the disk before :meth:`AppendLog.append` returns. What a crash
left of a record that was never finished is cut off when the file is opened; a record that was damaged later, with whole
ones behind it, is refused.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from pathlib import Path
from typing import Any, Final

from fyr.errors import BadInput, ServiceUnavailable
from fyr.learn.federation.message import Payload, decode, encode

__all__ = ["AppendLog", "Disk", "read_log"]

_MAGIC: Final = b"fyr append log 1\n"
_HEADER: Final = struct.Struct("<III")
_CHAIN: Final = 32
_START: Final = bytes(_CHAIN)


class Disk:
    """The four things that are done to a disk; a test stands in for it to crash between any two of them."""

    def write(self, file: int, data: bytes) -> None:
        """Write all bytes at the end of an open file."""
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]

    def sync(self, file: int) -> None:
        """Return when what was written lies on the disk."""
        os.fsync(file)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name."""
        old.replace(new)

    def truncate(self, file: int, size: int) -> None:
        """Cut a file off."""
        os.ftruncate(file, size)


class AppendLog:
    """An open log; nobody else can have it open at the same time.

    Parameters
    ----------
    path : Path
    head : mapping
        The first record, where the file is made.
    disk : Disk, optional

    Attributes
    ----------
    records : list of dict
        What the file held when it was opened, the head first.
    chain : str
        The digest of all records, in hexadecimal digits.

    Raises
    ------
    BadInput
        If the file is no log, or damaged.
    ServiceUnavailable
        If another process has it open, or the disk cannot be written.
    """

    def __init__(self, path: Path, head: Payload, disk: Disk | None = None) -> None:
        self._path, self._disk = path, disk or Disk()
        self._file = self._lock = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path)
            if not path.exists():
                self._make(head)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            data = path.read_bytes()
            self.records, self._chain, self._size = _parse(data, path)
            if self._size < len(data):
                self._disk.truncate(self._file, self._size)
                self._disk.sync(self._file)
        except OSError as problem:
            self.close()
            raise _no_disk(path, problem) from problem
        except BaseException:
            self.close()
            raise

    @property
    def chain(self) -> str:
        """The digest of all records."""
        return self._chain.hex()

    def append(self, *records: Payload) -> None:
        """Add records; when this returns they lie on the disk, all of them.

        Raises
        ------
        ServiceUnavailable
            If the disk cannot be written. The log takes no further records; open it again when there is room.
        """
        if self._file < 0:
            raise ServiceUnavailable("the journal is closed", where=str(self._path), mend="open it again")
        chain, parts = self._chain, []
        for record in records:
            chain, packed = _packed(chain, record)
            parts.append(packed)
        data = b"".join(parts)
        try:
            self._disk.write(self._file, data)
            self._disk.sync(self._file)
        except OSError as problem:
            # Whether a failed write or sync reached the disk is not known: only a new look at the file can say.
            self.close()
            raise _no_disk(self._path, problem) from problem
        self._chain, self._size = chain, self._size + len(data)

    def close(self) -> None:
        """Let go of the file."""
        for file in (self._file, self._lock):
            if file >= 0:
                os.close(file)
        self._file = self._lock = -1

    def _make(self, head: Payload) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._disk.write(file, _MAGIC + _packed(_START, head)[1])
            self._disk.sync(file)
        finally:
            os.close(file)
        self._disk.rename(fresh, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._disk.sync(folder)
        finally:
            os.close(folder)


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the records of a log that somebody else may be writing; nothing is locked or mended.

    Raises
    ------
    BadInput
        If there is none, or it is damaged.
    """
    if not path.is_file():
        raise BadInput("there is no journal", where=str(path), mend="check the folder")
    return _parse(path.read_bytes(), path)[0]


def _locked(path: Path) -> int:
    import fcntl

    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ServiceUnavailable(
            "another process has this journal open", where=str(path), mend="end that one first, or take another folder"
        ) from None
    return lock


def _packed(chain: bytes, record: Payload) -> tuple[bytes, bytes]:
    data = encode(record)
    front = struct.pack("<II", len(data), zlib.crc32(data))
    chain = hashlib.sha256(chain + data).digest()
    return chain, front + struct.pack("<I", zlib.crc32(front)) + data + chain


def _parse(data: bytes, path: Path) -> tuple[list[dict[str, Any]], bytes, int]:
    """Return the records, the chain, and where the last whole record ends."""
    if not data.startswith(_MAGIC):
        raise BadInput("this is no journal of a study", where=str(path), mend="name another folder")
    records: list[dict[str, Any]] = []
    chain, at = _START, len(_MAGIC)
    while at < len(data):
        found = _record(data, at)
        if found is None:
            _refuse_if_more(data, at, path)
            break
        payload, said = found
        chain = hashlib.sha256(chain + payload).digest()
        if chain != said:
            raise _damaged(path, at)
        records.append(decode(payload))
        at += _HEADER.size + len(payload) + _CHAIN
    if not records:
        raise _damaged(path, len(_MAGIC))
    return records, chain, at


def _record(data: bytes, at: int) -> tuple[bytes, bytes] | None:
    """Return the bytes and the chain of a whole record, or None."""
    if at + _HEADER.size > len(data):
        return None
    length, crc, front = _HEADER.unpack_from(data, at)
    if zlib.crc32(data[at : at + 8]) != front:
        return None
    start = at + _HEADER.size
    end = start + length
    if end + _CHAIN > len(data) or zlib.crc32(data[start:end]) != crc:
        return None
    return data[start:end], data[end : end + _CHAIN]


def _refuse_if_more(data: bytes, at: int, path: Path) -> None:
    """Refuse a file in which a whole record follows the one that is not: a crash does not do that."""
    if not any(data[at:]):
        return  # the file had grown, and the bytes had not come
    for later in range(at + 1, len(data) - _HEADER.size - _CHAIN):
        if _record(data, later) is not None:
            raise _damaged(path, at)


def _damaged(path: Path, at: int) -> BadInput:
    return BadInput(
        f"the journal is damaged at byte {at:,}",
        where=str(path),
        mend="restore it from a backup, or begin the study anew",
    )


def _no_disk(path: Path, problem: OSError) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"the journal cannot be written: {problem.strerror or problem}",
        where=str(path),
        mend="make room and run the same command again; nothing that was answered is lost",
    )
