"""What was read of objects' exposure, kept in the record's folder for as long as the reader is the same.

Of many objects the rest is read behind what the server does, in processes of low priority, while whoever asked is told
how far it is. What is at fault for a moment (a disk that does not answer) is told and tried again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, FyrError, ServiceUnavailable
from fyr.record.derived import DerivedFile
from fyr.record.dicom_index import DicomInstance
from fyr.record.object_store import StoredObject, verified_bytes
from fyr.serve.exposures.reading import PICTURES, FileRead, read_one
from fyr.serve.exposures.written import as_bytes, from_bytes, reader_version
from fyr.serve.viewing.viewing import Viewing

__all__ = ["KeptReadings", "Wanted", "read_wanted"]

Wanted = tuple[str, str, int]
"""An object: SHA-256, SOP class, bytes."""
_Answer = tuple[str, bytes | FileRead]
_LOG: Final = logging.getLogger("fyr.serve")
_CHUNK: Final = 48
_PASSING_S: Final = 60.0
_LOOK_S: Final = 0.5


class KeptReadings:
    """What was read of the objects of a record; threads may share it, and processes the file behind it.

    Parameters
    ----------
    files : Path
        The record's folder of files.
    viewing : Viewing
        Whose processes read.
    """

    def __init__(self, files: Path, viewing: Viewing) -> None:
        self._files: Final = files
        self._viewing: Final = viewing
        self._changed: Final = threading.Condition()
        self._wanted: dict[str, Wanted] = {}
        self._passing: dict[str, tuple[FileRead, float]] = {}
        self._unwritten: dict[str, bytes] = {}
        self._filling: threading.Thread | None = None
        self._is_closed = False

    @cached_property
    def _kept(self) -> DerivedFile:
        return DerivedFile(self._files, "exposures", reader_version())

    def close(self) -> None:
        """Begin nothing more; what is read now is not waited for."""
        with self._changed:
            self._is_closed = True
            self._wanted.clear()
            self._changed.notify_all()

    def of(self, instances: Iterable[DicomInstance]) -> list[FileRead]:
        """Return what there is of each instance; what is not kept is read now."""
        asked = list(instances)
        held = self._held({one.sha256 for one in asked})
        found: dict[str, FileRead] = {}
        for one in asked:
            kept = held.get(one.sha256)
            read = from_bytes(kept, one.sop_class, one.sha256) if isinstance(kept, bytes) else kept
            if read is not None:
                found[one.sha256] = read
        rest = list({one.sha256: _wanted(one) for one in asked if one.sha256 not in found}.values())
        for begin in range(0, len(rest), _CHUNK):
            some = rest[begin : begin + _CHUNK]
            answers = read_wanted(self._files, some)
            self._take(answers)
            kinds = {sha256: kind for sha256, kind, _ in some}
            for sha256, answer in answers:
                read = from_bytes(answer, kinds[sha256], sha256) if isinstance(answer, bytes) else answer
                if read is not None:
                    found[sha256] = read
        return [_named(found[one.sha256], one) for one in asked]

    def wait(self, instances: Sequence[DicomInstance], seconds: float) -> int:
        """Have everything read that is not kept, wait for it some seconds, and return how many are not read yet."""
        wanted = {one.sha256: _wanted(one) for one in instances}
        until = time.monotonic() + seconds
        while True:
            missing = self._missing(wanted)
            left = until - time.monotonic()
            if not missing or left <= 0 or self._is_closed:
                return sum(one.sha256 in missing for one in instances) if missing else 0
            self.begin(wanted[one] for one in missing)
            with self._changed:
                self._changed.wait(min(left, _LOOK_S))

    def begin(self, wanted: Iterable[Wanted]) -> None:
        """Have objects read behind everything else, unless they are being read already."""
        with self._changed:
            if self._is_closed:
                return
            self._wanted.update((one[0], one) for one in wanted)
            if self._wanted and self._filling is None:
                self._filling = threading.Thread(target=self._fill, name="fyr-exposures", daemon=True)
                self._filling.start()

    def begin_with(self, instances: Iterable[DicomInstance]) -> None:
        """Have those of these instances read that are not kept, behind everything else."""
        wanted = {one.sha256: _wanted(one) for one in instances}
        missing = self._missing(wanted)
        if missing:
            self.begin(wanted[one] for one in missing)

    def _missing(self, keys: Iterable[str]) -> set[str]:
        now = time.monotonic()
        with self._changed:
            self._passing = {key: one for key, one in self._passing.items() if one[1] > now}
            not_at_hand = [key for key in keys if key not in self._passing and key not in self._unwritten]
        return set(self._kept.missing(not_at_hand))

    def _held(self, keys: set[str]) -> dict[str, bytes | FileRead]:
        held: dict[str, bytes | FileRead] = dict(self._kept.read(keys))
        with self._changed:
            held |= {key: self._unwritten[key] for key in keys & self._unwritten.keys()}
            held |= {key: self._passing[key][0] for key in keys & self._passing.keys() if key not in held}
        return held

    def _take(self, answers: Sequence[_Answer]) -> None:
        values = {sha256: answer for sha256, answer in answers if isinstance(answer, bytes)}
        until = time.monotonic() + _PASSING_S
        unwritten: dict[str, bytes] = {}
        try:
            self._kept.add(values)
        except OSError as problem:
            _LOG.warning("what was read of exposures is not kept: %s", problem)
            unwritten = values
        with self._changed:
            self._unwritten |= unwritten
            self._passing |= {sha256: (one, until) for sha256, one in answers if isinstance(one, FileRead)}
            self._changed.notify_all()

    def _fill(self) -> None:
        try:
            while self._next():
                with self._kept.sole() as is_mine:
                    while is_mine and (some := self._next()):
                        self._take(self._read(some))
                        self._done(some)
                if not is_mine:  # another process reads: see what it has kept
                    time.sleep(_LOOK_S)
        except (Exception, CancelledError):  # noqa: BLE001  whoever waits begins again
            if not self._is_closed:  # else the server ends, and its processes before this thread
                _LOG.exception("reading what objects tell of exposures failed")
        finally:
            with self._changed:
                self._filling = None
                self._changed.notify_all()

    def _next(self) -> list[Wanted]:
        """Return the next to be read; what another process has read meanwhile is wanted no more."""
        with self._changed:
            wanted = dict(self._wanted)
        missing = self._missing(wanted)
        with self._changed:
            for key in wanted:
                if key not in missing:
                    self._wanted.pop(key, None)
            return list(self._wanted.values())[:_CHUNK]

    def _done(self, some: Sequence[Wanted]) -> None:
        with self._changed:
            for sha256, _, _ in some:
                self._wanted.pop(sha256, None)

    def _read(self, some: list[Wanted]) -> list[_Answer]:
        try:
            return self._viewing.compute(read_wanted, self._files, some)
        except ServiceUnavailable as problem:  # one of them ended the process that read it: which?
            if len(some) == 1:
                return [(some[0][0], FileRead("", some[0][0], problem=problem))]
            return [answer for one in some for answer in self._read([one])]


def read_wanted(files: Path, some: Sequence[Wanted]) -> list[_Answer]:
    """Read objects; of each what may be kept of it, or else what was found."""
    return [(one[0], _read_wanted(files, one)) for one in some]


def _read_wanted(files: Path, wanted: Wanted) -> bytes | FileRead:
    sha256, kind, size = wanted
    path = files / StoredObject(sha256, "application/dicom", size).place
    try:
        data = verified_bytes(path, sha256)
    except FyrError as problem:
        return FileRead("", sha256, problem=type(problem)(problem.what, mend=problem.mend))
    except OSError as problem:
        what = f"the file cannot be read ({problem.strerror or problem})"
        return FileRead("", sha256, problem=BadInput(what, mend="check path and rights"))
    try:
        read = replace(read_one(path, kind, sha256, None if kind in PICTURES else data), path="")
        kept = as_bytes(read, kind)
    except FyrError as problem:
        problem.where = problem.where.removeprefix(str(path)).removeprefix(": ")
        read = FileRead("", sha256, problem=problem)
        kept = as_bytes(read, kind)
        read = replace(read, problem=type(problem)(problem.what, where=problem.where, mend=problem.mend))
    return read if kept is None else kept


def _wanted(one: DicomInstance) -> Wanted:
    return one.sha256, one.sop_class, one.size


def _named(read: FileRead, one: DicomInstance) -> FileRead:
    """Name the object as the page does, in its problem too."""
    name = f"object {one.sha256[:12]}"
    problem = read.problem
    if problem is not None:
        inner = f": {problem.where}" if problem.where else ""
        where = f"{name}, study of {one.study.date or 'an unknown day'}{inner}"
        problem = type(problem)(problem.what, where=where, mend=problem.mend)
    return replace(read, path=name, problem=problem)
