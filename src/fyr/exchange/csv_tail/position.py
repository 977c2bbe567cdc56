"""How far a growing file has been taken: kept on the disk, and only after what was read is kept."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

__all__ = ["Position", "PositionStore", "digest"]

_log = logging.getLogger(__name__)

_FORM: Final = 1


@dataclass(frozen=True, slots=True)
class Position:
    """How far one file has been taken.

    Parameters
    ----------
    device, inode : int
        Which file it is, whatever its name.
    path : str
        Where it was.
    offset : int
        Bytes from the beginning.
    line : int
        The number of the line that begins there.
    header, last : str
        Digests of the header and of the last bytes before the offset: a file that was written anew has others.
    """

    device: int
    inode: int
    path: str
    offset: int = 0
    line: int = 1
    header: str = ""
    last: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Which file it is."""
        return self.device, self.inode


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class PositionStore:
    """The positions of one source, in one small file.

    Parameters
    ----------
    path : Path or None
        ``None`` keeps nothing: every start begins at the beginning, and what was taken is taken again.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> dict[tuple[int, int], Position]:
        """Return what is kept; nothing where the file is not there or damaged, since taking again does no harm."""
        if self._path is None or not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_text())
            positions = [Position(**one) for one in content["files"] if content["form"] == _FORM]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            _log.warning("%s cannot be read (%s); all is taken again", self._path, type(problem).__name__)
            return {}
        return {one.key: one for one in positions}

    def write(self, positions: list[Position]) -> None:
        """Keep positions; they are on the disk when this returns.

        Raises
        ------
        OSError
            If they cannot be written; the file is as it was.
        """
        if self._path is None:
            return
        text = json.dumps({"form": _FORM, "files": [asdict(one) for one in positions]}, indent=1)
        new = self._path.with_suffix(".new")
        with new.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
