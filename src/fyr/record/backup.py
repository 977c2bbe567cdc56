"""A copy of a record that is consistent though others write meanwhile, and the way back.

Every database file is copied inside one read transaction: the copy is the database as it was at one moment. Files of
samples and objects are written before the row that names them is committed and never changed afterwards, so those that
the copied database names are all there. The copy is made under another name, and renamed when it is complete and on the
disk: whatever kills the backup, there is a whole one under the name, or none.

What says how far somebody has got in the journal (snapshots of the wards, receivers of alarms) is copied first: it may
be behind the copied journal, never ahead of it. Where the wards' journal is on JetStream, the streams' ends are looked
up right before the database: the record may have been told a little more than the wards were, as after a crash.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import orjson

from fyr.clock import SystemClock, to_iso
from fyr.errors import BadInput
from fyr.record.derived import DERIVED
from fyr.record.failures import disk_errors
from fyr.record.jetstream_copy import copy_streams, stream_ends
from fyr.version import __version__

if TYPE_CHECKING:
    from fyr.record.jetstream_connection import JetStreamConnection

__all__ = ["MANIFEST", "STREAMS", "Backup", "back_up", "read_manifest", "restore"]

MANIFEST: Final = "manifest.json"
STREAMS: Final = "streams.sqlite"
"""The streams of JetStream; see :mod:`fyr.record.jetstream_copy`."""

_FORM: Final = "fyr backup 1"
_CHUNK: Final = 1024 * 1024
_PAGES: Final = 2048
_NAMED_BY_ROWS: Final = ("series", "objects")
_HOW_FAR: Final = ("snapshots", "sinks")
_NOT_COPIED: Final = (DERIVED, "staging", "server.lock", ".cache", "journal keys")
_DATABASE_ENDINGS: Final = ("-wal", "-shm", "-journal")

Progress = Callable[[int], object]
"""Told of every so many bytes that were copied."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Parameters
    ----------
    made_us : int
        When it was begun, microseconds UTC.
    version : str
        The Fyr that made it.
    files : mapping of str to (int, str)
        Size and SHA-256 of every file, by its path in the backup.
    """

    made_us: int
    version: str
    files: Mapping[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(size for size, _ in self.files.values())


def back_up(
    home: Path,
    target: Path,
    *,
    configuration: Path | None = None,
    streams: JetStreamConnection | None = None,
    progress: Progress = lambda _: None,
) -> Backup:
    """Copy the record in a folder while others may write it.

    Parameters
    ----------
    home : Path
    target : Path
        The backup's folder; must not exist.
    configuration : Path, optional
        A ``fyr.toml`` that lies elsewhere; it is copied as ``fyr.toml``.
    streams : JetStreamConnection, optional
        Where the wards' journal is, if it is not in the record; what its streams hold is copied too.
    progress : callable
        Told of every so many bytes.

    Raises
    ------
    BadInput
        If there is no record, the target exists or lies in the home, or a file that the record names is gone.
    ServiceUnavailable
        If the disk is full or refuses, or NATS does not answer.
    """
    if not (home / "fyr.db").is_file():
        raise BadInput("there is no record here", where=str(home), mend="name the folder of one that exists")
    home, target = home.resolve(), target.absolute()
    if target.resolve().is_relative_to(home):
        raise BadInput("a backup cannot lie in the record's own folder", where=str(target), mend="name another place")
    made_us = SystemClock().now_us()
    with disk_errors(target.parent), _half_of(target) as half:
        files: dict[str, tuple[int, str]] = {}
        for place in _how_far(home):
            if (copied := _copied(home / place, _place_in(half, place), progress)) is not None:
                files[place] = copied
        ends = [] if streams is None else stream_ends(streams)
        for place in _databases(home):
            _copy_database(home / place, _place_in(half, place), progress)
            files[place] = _measured(half / place)
        for place in _files(home, half / "fyr.db"):
            if place == "fyr.toml" and configuration is not None:
                continue
            if (copied := _copied(home / place, _place_in(half, place), progress)) is not None:
                files[place] = copied
            elif place.startswith(_NAMED_BY_ROWS):
                raise BadInput(
                    "a file that the record names is gone", where=str(home / place), mend="see fyr record check"
                )
        if configuration is not None and (copied := _copied(configuration, _place_in(half, "fyr.toml"), progress)):
            files["fyr.toml"] = copied
        if streams is not None:
            copy_streams(streams, ends, half / STREAMS, progress=progress)
            files[STREAMS] = _measured(half / STREAMS)
        backup = Backup(made_us, __version__, dict(sorted(files.items())))
        _write(half / MANIFEST, orjson.dumps(_document(backup), option=orjson.OPT_INDENT_2))
    return backup


def restore(
    source: Path,
    home: Path,
    *,
    check: Callable[[Path], object],
    put_streams: Callable[[Path], object] | None = None,
    progress: Progress = lambda _: None,
) -> Backup:
    """Make a record from a backup; it is there when every file has its digest and the whole is checked.

    Parameters
    ----------
    source : Path
        A backup.
    home : Path
        The new record's folder; must be empty or not exist.
    check : callable
        Given the folder of the copy; raises where that is no good record.
    put_streams : callable, optional
        Given the backup's file of streams when all else is good; puts them where they are to be.
    progress : callable
        Told of every so many bytes.

    Raises
    ------
    BadInput
        If it is no backup, a file of it is damaged or gone, the home is not empty, or there are streams and it is not
        said where to.
    ServiceUnavailable
        If the disk is full or refuses.
    """
    backup = read_manifest(source)
    if STREAMS in backup.files and put_streams is None:
        raise BadInput("this backup holds streams of NATS", where=str(source), mend="say where they are to be")
    if home.is_dir() and not any(home.iterdir()):
        with disk_errors(home):
            home.rmdir()
    with disk_errors(home.parent), _half_of(home.absolute()) as half:
        for place, expected in backup.files.items():
            if place == STREAMS:
                found = _measured(source / place) if (source / place).is_file() else None
            else:
                found = _copied(source / place, _place_in(half, place), progress)
            if found is None:
                raise BadInput("a file of the backup is gone", where=str(source / place), mend="take another backup")
            if found != expected:
                raise BadInput(
                    "a file of the backup is damaged: its SHA-256 is another",
                    where=str(source / place),
                    mend="take another backup",
                )
        check(half)
        if STREAMS in backup.files and put_streams is not None:
            put_streams(source / STREAMS)
    return backup


def read_manifest(source: Path) -> Backup:
    """Return what a backup says that it holds.

    Raises
    ------
    BadInput
        If it is no backup, or its manifest is damaged.
    """
    file = source / MANIFEST
    try:
        document = orjson.loads(file.read_bytes())
        if document["form"] != _FORM:
            raise BadInput(f"this is a '{document['form']}'", where=str(file), mend=f"Fyr reads '{_FORM}'")
        files = {str(place): (int(one["bytes"]), str(one["sha256"])) for place, one in document["files"].items()}
        backup = Backup(int(document["made_us"]), str(document["version"]), files)
        if document["digest"] != _digest_of(backup):
            raise BadInput("the backup's list of files was changed", where=str(file), mend="take another backup")
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(
            "there is no backup here", where=str(source), mend="name a folder that fyr record backup made"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("the backup's list of files is damaged", where=str(file), mend="take another backup") from None
    for place in files:
        if PurePosixPath(place).is_absolute() or ".." in PurePosixPath(place).parts:
            raise BadInput(f"the backup names a file outside itself: '{place}'", where=str(file), mend="do not use it")
    return backup


def _document(backup: Backup) -> dict[str, Any]:
    return {
        "form": _FORM,
        "version": backup.version,
        "made": to_iso(backup.made_us),
        "made_us": backup.made_us,
        "digest": _digest_of(backup),
        "files": {place: {"bytes": size, "sha256": digest} for place, (size, digest) in backup.files.items()},
    }


def _digest_of(backup: Backup) -> str:
    rows = [[place, size, digest] for place, (size, digest) in sorted(backup.files.items())]
    return hashlib.sha256(orjson.dumps([backup.version, backup.made_us, rows])).hexdigest()


@contextmanager
def _half_of(target: Path) -> Iterator[Path]:
    """Make a folder under another name beside the target; it gets the target's name if the block ends well."""
    _refuse_to_overwrite(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_halves(target)
    half = target.parent / f".{target.name}.half-{uuid.uuid4().hex[:8]}"
    half.mkdir(mode=0o700)
    lock = os.open(half, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield half
        for folder, _, _ in os.walk(half):
            _sync(Path(folder))
        _refuse_to_overwrite(target)
        half.rename(target)
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _refuse_to_overwrite(target: Path) -> None:
    if target.exists():
        raise BadInput("there is something here already", where=str(target), mend="name a folder that does not exist")


def _clear_halves(target: Path) -> None:
    """Remove what killed ones left behind; the kernel lets go of their locks."""
    for left in target.parent.glob(f".{target.name}.half-*"):
        descriptor = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            continue  # somebody is still making it
        finally:
            os.close(descriptor)


def _databases(home: Path) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*.db") if path.is_file())


def _how_far(home: Path) -> list[str]:
    return sorted(
        path.relative_to(home).as_posix() for name in _HOW_FAR for path in (home / name).rglob("*") if path.is_file()
    )


def _files(home: Path, database: Path) -> Iterator[str]:
    """Yield the files that the copied database names, then whatever else lies in the home and was not copied yet."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as copied:
        for table in ("segment", "stored_object"):
            for (place,) in copied.execute(f"SELECT path FROM {table}"):  # noqa: S608  one of two names above
                yield str(place)
    for folder, folders, names in os.walk(home):
        if Path(folder) == home:
            folders[:] = [one for one in folders if one not in (*_NAMED_BY_ROWS, *_HOW_FAR, *_NOT_COPIED)]
        for name in names:
            if name not in _NOT_COPIED and not name.endswith((".db", *(f".db{end}" for end in _DATABASE_ENDINGS))):
                yield (Path(folder) / name).relative_to(home).as_posix()


def _copy_database(origin: Path, copy: Path, progress: Progress) -> None:
    """Copy a database as it is at one moment: the read transaction keeps that moment, and holds no writer up."""
    with (
        closing(sqlite3.connect(f"file:{origin}?mode=ro", uri=True, timeout=60, isolation_level=None)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (page_size,) = source.execute("PRAGMA page_size").fetchone()
        left = [0]

        def told(_status: int, remaining: int, total: int) -> None:
            progress(page_size * (total - remaining - left[0]))
            left[0] = total - remaining

        source.backup(target, pages=_PAGES, progress=told, sleep=0)
        source.execute("ROLLBACK")
    copy.chmod(0o600)
    with copy.open("rb") as written:
        os.fsync(written.fileno())


def _copied(origin: Path, copy: Path, progress: Progress) -> tuple[int, str] | None:
    """Copy a file durably and return its size and digest; ``None`` where there is none (any more)."""
    hashed, size = hashlib.sha256(), 0
    try:
        with origin.open("rb") as source, copy.open("xb") as target:
            copy.chmod(0o600)
            while chunk := source.read(_CHUNK):
                hashed.update(chunk)
                size += len(chunk)
                target.write(chunk)
                progress(len(chunk))
            target.flush()
            os.fsync(target.fileno())
    except FileNotFoundError:
        return None
    return size, hashed.hexdigest()


def _measured(file: Path) -> tuple[int, str]:
    with file.open("rb") as opened:
        return file.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest()


def _place_in(folder: Path, place: str) -> Path:
    for parent in reversed(PurePosixPath(place).parents):
        (folder / parent).mkdir(mode=0o700, exist_ok=True)
    return folder / place


def _write(file: Path, data: bytes) -> None:
    with file.open("xb") as opened:
        file.chmod(0o600)
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
