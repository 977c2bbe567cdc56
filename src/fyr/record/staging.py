"""Files that appear all at once or not at all.

An import writes its files into a folder of its own under ``staging/``. When all are on the disk, a manifest of their
final names is written, the files are renamed into place, the database commits, and the folder goes. Whatever kills the
process in between, the next :func:`sweep` finds the folder and takes back every file that no committed row names. A
lock on ``staging/lock`` (held shared while importing, released by the kernel even on ``kill -9``) keeps a sweep away
from imports that are still alive.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import orjson

from fyr.record.failures import disk_errors

__all__ = ["Staging", "sweep"]

_AT_ONCE = 8
"""Files that are being written at the same time."""


class Staging:
    """The files of one import, before they are in place.

    Parameters
    ----------
    files : Path
        The record's folder.
    """

    def __init__(self, files: Path) -> None:
        self._files = files
        self._folder = files / "staging" / uuid.uuid4().hex
        self._staged: dict[str, Path] = {}
        self._lock: int | None = None
        self._settled = True

    def stage(self, place: str, data: bytes) -> Path:
        """Write a file to the disk under its staged name and return that.

        Parameters
        ----------
        place : str
            The final name, relative to the record's folder; the last part must be unique to the content.
        data : bytes

        Raises
        ------
        ServiceUnavailable
            If the disk is full or refuses.
        """
        self.stage_many({place: data})
        return self._staged[place]

    def stage_many(self, contents: Mapping[str, bytes]) -> None:
        """Write files by their final names, several at once: a disk settles many as fast as it does one.

        Raises
        ------
        ServiceUnavailable
            If the disk is full or refuses.
        """
        with disk_errors(self._files):
            if self._lock is None:
                self._lock = _shared_lock(self._files)
                self._folder.mkdir(mode=0o700)
            new = {place: self._folder / Path(place).name for place in contents if place not in self._staged}
            if len(new) == 1:
                ((place, staged),) = new.items()
                _write_durably(staged, contents[place])
            elif new:
                with ThreadPoolExecutor(_AT_ONCE) as writers:
                    for _ in writers.map(lambda place: _write_durably(new[place], contents[place]), new):
                        pass
            self._staged.update(new)

    def path(self, place: str) -> Path:
        """Return where a staged file lies for now."""
        return self._staged[place]

    def drop(self, place: str) -> None:
        """Leave a staged file out of what is published."""
        if (staged := self._staged.pop(place, None)) is not None:
            staged.unlink(missing_ok=True)

    def publish(self) -> None:
        """Rename every staged file into place, durably; undone by :meth:`withdraw` or by a later sweep."""
        if not self._staged:
            return
        self._settled = False
        with disk_errors(self._files):
            draft = self._folder / "manifest.draft"
            _write_durably(draft, orjson.dumps(list(self._staged)))
            draft.rename(self._folder / "manifest")
            _sync_folder(self._folder)
            for place, staged in self._staged.items():
                final = self._files / place
                final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                staged.replace(final)
            folders = {(self._files / place).parent for place in self._staged}
            for folder in [*folders, *{folder.parent for folder in folders}]:
                _sync_folder(folder)

    def settle(self) -> None:
        """Leave the published files where they are: the database has committed."""
        self._settled = True

    def withdraw(self, is_kept: Callable[[str], bool]) -> None:
        """Take the published files back, but for those that the record needs."""
        _take_back(self._files, self._folder, is_kept)
        self._settled = True

    def close(self) -> None:
        """Remove the staging folder, unless a sweep must still see what was published, and let sweeps in."""
        if self._lock is not None:
            if self._settled:
                shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = None


def sweep(files: Path, is_kept: Callable[[str], bool]) -> int:
    """Clear away what killed imports left behind; returns how many there were.

    Does nothing while any import is alive: another opening will sweep.
    """
    root = files / "staging"
    if not root.is_dir() or not any(entry.is_dir() for entry in root.iterdir()):
        return 0
    with _sole_lock(root) as alone:
        folders = [entry for entry in root.iterdir() if entry.is_dir()] if alone else []
        for folder in folders:
            _take_back(files, folder, is_kept)
            shutil.rmtree(folder)
    return len(folders)


def _take_back(files: Path, folder: Path, is_kept: Callable[[str], bool]) -> None:
    manifest = folder / "manifest"
    if manifest.exists():  # no manifest, nothing was renamed
        for place in orjson.loads(manifest.read_bytes()):
            if not is_kept(place):
                (files / place).unlink(missing_ok=True)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shared_lock(files: Path) -> int:
    (files / "staging").mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(files / "staging" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


@contextmanager
def _sole_lock(root: Path) -> Iterator[bool]:
    descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
