"""Snapshots on disk: the newest few of each partition, each whole or not there at all.

A snapshot is written under another name, flushed to the disk, and only then given its own: whatever happens in
between, the older ones stay as they were. Reading takes the newest that is sound and fits, and says in the log why it
passed over others. Nothing is lost when all of them are deleted but the time of a full replay.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.serve.ward_snapshot import Externals, Snapshot, restored, snapshot
from fyr.serve.ward_state import WardState

__all__ = ["SnapshotStore"]

_LOG: Final = logging.getLogger("fyr.serve")
_SUFFIX: Final = ".fyrsnap"
_UNFINISHED: Final = ".unfinished"
_DIGITS: Final = 20
"""So many that names sort like offsets."""

_KEPT: Final = 3


class SnapshotStore:
    """The snapshots of one partition of the journal.

    Parameters
    ----------
    folder : Path
        Where those of all partitions lie; made when the first is kept.
    partition : str
        The name of the partition.

    Notes
    -----
    Snapshots hold what the journal holds, patients' data too: folder and files are for their owner alone.
    """

    def __init__(self, folder: Path, partition: str) -> None:
        self.partition = partition
        self.folder = folder / hashlib.sha256(partition.encode()).hexdigest()[:32]

    def keep(self, state: WardState, offset: int, *, relayed: int = 0) -> Path:
        """Keep the state that all entries before an offset have made; let go of all but the newest three.

        Parameters
        ----------
        state : WardState
        offset, relayed : int
            See :func:`fyr.serve.ward_snapshot.snapshot`.

        Raises
        ------
        ServiceUnavailable
            If there is no room, or the folder cannot be written to; the older ones stay.
        FyrError
            If the state holds something that snapshots do not know.
        """
        return self.write(snapshot(state, partition=self.partition, offset=offset, relayed=relayed), offset)

    def write(self, data: bytes, offset: int) -> Path:
        """Keep a snapshot that was made already: its bytes need no lock of the wards, and a disk may be slow.

        Raises
        ------
        ServiceUnavailable
            As :meth:`keep`.
        """
        path = self.folder / f"{offset:0{_DIGITS}d}{_SUFFIX}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, data)
            for old in self._newest_first()[_KEPT:]:
                old.unlink(missing_ok=True)
            for left in self.folder.glob(f"*{_UNFINISHED}"):
                left.unlink(missing_ok=True)
        except OSError as problem:
            raise ServiceUnavailable(
                f"no snapshot could be kept: {problem.strerror}",
                where=str(path),
                mend="make room; the wards go on, and would replay more of their journal",
            ) from None
        return path

    def newest(self, end: int, externals: Externals) -> Snapshot | None:
        """Return what the newest snapshot holds that is sound and fits; ``None``: replay everything.

        Parameters
        ----------
        end : int
            The end of the journal: a snapshot of more than there is belongs to another one.
        externals : Externals
        """
        for path in self._newest_first():
            try:
                found = restored(path.read_bytes(), externals, partition=self.partition, where=path.name)
                _check_offset(found.offset, path, end)
            except (FyrError, OSError) as problem:
                _LOG.warning("a snapshot was passed over: %s", problem)
                continue
            return found
        return None

    def _newest_first(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SUFFIX}"), reverse=True)


def _check_offset(offset: int, path: Path, end: int) -> None:
    if offset > end:
        raise BadInput(
            f"the snapshot was made at entry {offset}, the journal ends at {end}",
            where=path.name,
            mend="delete it, unless the journal was restored to an older one by mistake",
        )


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; it is on the disk when this returns."""
    unfinished = path.with_suffix(_UNFINISHED)
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123  of a descriptor that only its owner may read
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
