"""Read dose reports, plans and what pictures say was given: one after another, or many at once.

A bad one stops no other. A folder on the command line and what the record holds of a patient are read here alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, FyrError, Refused
from fyr.exchange.dicom.administered import ACTIVITY_KINDS
from fyr.exchange.dicom.plan import PLANS
from fyr.exchange.dicom.report import REPORT_KINDS
from fyr.treat.exposure.administered import HEAD, activity_report
from fyr.treat.exposure.dose_report import dose_report
from fyr.treat.exposure.event import DoseReportRead, PatientFacts
from fyr.treat.exposure.ledger import TherapyCourse
from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["DOSE_REPORTS", "EXPOSING", "PICTURES", "ExposureFolder", "FileRead", "read_exposures", "read_one"]

_AT_ONCE: Final = 400
_CHUNK: Final = 64
_HEADER: Final = 1024
PICTURES: Final = ACTIVITY_KINDS
DOSE_REPORTS: Final = REPORT_KINDS
EXPOSING: Final = frozenset({*REPORT_KINDS, *PLANS, *PICTURES})
"""The SOP classes that may tell of an exposure."""
_CLASS_IN_HEADER: Final = b"\x02\x00\x02\x00UI"


@dataclass(frozen=True, slots=True)
class FileRead:
    """What came of one file: reports, a course, or why there is neither.

    Parameters
    ----------
    path : str
    digest : str
        SHA-256 of the file.
    reports : tuple of DoseReportRead
        One; of a picture one for each radiopharmaceutical.
    course : TherapyCourse, optional
    problem : FyrError, optional
    is_dicom : bool
    """

    path: str
    digest: str = ""
    reports: tuple[DoseReportRead, ...] = ()
    course: TherapyCourse | None = None
    problem: FyrError | None = None
    is_dicom: bool = True


@dataclass(slots=True)
class ExposureFolder:
    """All that was read, with what was not.

    Parameters
    ----------
    reports : list of (str, DoseReportRead)
        With the file that each came from; each SOP instance once.
    courses : list of TherapyCourse
    refused : list of FyrError
    skipped : list of str
        Files that are no DICOM.
    repeated : list of str
        Files that are the same as another, byte for byte.
    versions : list of (str, DoseReportRead, str)
        Files with the irradiation of a report that counts, under its UID, and other words around it; and which counts.
    files : int
    """

    reports: list[tuple[str, DoseReportRead]] = field(default_factory=list)
    courses: list[TherapyCourse] = field(default_factory=list)
    refused: list[FyrError] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    versions: list[tuple[str, DoseReportRead, str]] = field(default_factory=list)
    files: int = 0
    _seen: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, one: FileRead) -> None:
        """Add what came of one file."""
        self.files += 1
        if not one.is_dicom:
            self.skipped.append(one.path)
        elif one.problem is not None:
            self.refused.append(one.problem)
        elif one.course is not None and self._is_first(one, one.course.plan_uid, None):
            self.courses.append(one.course)
        for report in one.reports:
            if self._is_first(one, report.uid, report):
                self.reports.append((one.path, report))

    def _is_first(self, one: FileRead, uid: str, report: DoseReportRead | None) -> bool:
        """Tell whether nothing stands under the UID; if it is the same once more, another version, or else, note it."""
        digest, before = self._seen.setdefault(uid, (one.digest, one.path))
        if before == one.path or not uid:
            return True
        if digest == one.digest:
            self.repeated.append(one.path)
            return False
        counted = next((known for _, known in self.reports if known.uid == uid), None)
        if report is None or counted is None or _events(report) != _events(counted):
            reason = f"another file ({before}) says that it is {uid} too, and tells of something else"
            self.refused.append(BadInput(reason, where=one.path, mend="take one of them out"))
        elif report.template != HEAD:  # every picture of a series says the same
            self.versions.append((one.path, report, f"another version of this report counts: {before}"))
        return False


def _events(report: DoseReportRead) -> set[tuple[str, tuple[Quantity, ...]]]:
    return {(one.uid, one.quantities) for one in report.events}


def read_exposures(files: Sequence[Path], done: Callable[[int], None], processes: int | None = None) -> ExposureFolder:
    """Read files, in their order.

    Parameters
    ----------
    files : sequence of Path
    done : callable
        Is told how many files more have been read.
    processes : int, optional
        One for each core where there are many files.
    """
    folder = ExposureFolder()
    wanted = processes or (len(os.sched_getaffinity(0)) if len(files) >= _AT_ONCE else 1)
    for one in map(_read, files) if wanted == 1 else _read_at_once(files, wanted):
        folder.take(one)
        done(1)
    return folder


def _read_at_once(files: Sequence[Path], processes: int) -> Iterator[FileRead]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_read, files, chunksize=_CHUNK)


def _read(path: Path) -> FileRead:
    from fyr.exchange.dicom.opening import reading

    try:
        with reading(path):
            begin = _beginning(path)
            kind = _kind(begin)
            if kind is None and begin[:2] != b"\x08\x00":
                _packed(begin)
                return FileRead(str(path), is_dicom=False)
            _wanted(kind)
        return read_one(path, kind)
    except FyrError as problem:
        return FileRead(str(path), problem=_plain(problem))


def read_one(path: Path, kind: str | None, digest: str = "", data: bytes | None = None) -> FileRead:
    """Read what one file tells of exposure.

    Parameters
    ----------
    path : Path
    kind : str or None
        Its SOP class; a report where it is none that is known.
    digest : str
        SHA-256 of the file, where it is known; it is taken of the file otherwise.
    data : bytes, optional
        What a report's file holds, where it was read already.

    Raises
    ------
    Refused
        If it tells of none; the reason names what it is.
    BadInput
        If it is damaged, or an amount in it cannot be read.
    """
    from fyr.exchange.dicom.administered import read_administered
    from fyr.exchange.dicom.opening import reading
    from fyr.exchange.dicom.report import report_from_bytes

    if kind in PLANS:
        return _course(path, digest)
    if kind in PICTURES:
        return FileRead(str(path), digest, tuple(map(activity_report, read_administered(path))))
    with reading(path):
        data = path.read_bytes() if data is None else data
        report = dose_report(report_from_bytes(data))
    return FileRead(str(path), digest or sha256(data).hexdigest(), (report,))


def _plain(problem: FyrError) -> FyrError:
    """Return the error without its causes, so that it can leave the process."""
    return type(problem)(problem.what, where=problem.where, mend=problem.mend)


def _beginning(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput("there is no such file", mend="check the path")
    with path.open("rb") as file:
        return file.read(_HEADER)


def _kind(begin: bytes) -> str | None:
    """Return the SOP class that a file's header names, '' where it names none, ``None`` where there is no header."""
    if begin[128:132] != b"DICM":
        return None
    at = begin.find(_CLASS_IN_HEADER)
    if at < 0:
        return ""
    length = int.from_bytes(begin[at + 6 : at + 8], "little")
    return begin[at + 8 : at + 8 + length].decode("ascii", "replace").strip(" \0")


def _packed(begin: bytes) -> None:
    """Refuse an archive by name: what is in it would be passed over in silence."""
    for mark, name in (
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
    ):
        if begin.startswith(mark):
            raise BadInput(f"this is {name}, which is not looked into", mend="unpack it")


def _wanted(kind: str | None) -> None:
    """Refuse what is no report before it is read: a folder may hold thousands of pictures."""
    if kind and kind not in EXPOSING:
        from pydicom.uid import UID

        raise Refused(f"this is '{UID(kind).name}', neither a dose report nor a plan", mend="give dose reports alone")


def _course(path: Path, digest: str) -> FileRead:
    from fyr.exchange.dicom.head import read_head
    from fyr.exchange.dicom.plan import read_plan

    plan, head = read_plan(path), read_head(path)
    said = {name: head.text(tag) for name, tag in _PATIENT_TAGS.items()}
    prescriptions = tuple(
        Quantity(QuantityKind.PRESCRIBED_DOSE, one.prescribed_gy, one.description or f"dose reference {one.number}")
        for one in plan.dose_references
        if one.prescribed_gy is not None and one.kind == "TARGET"
    )
    if not prescriptions:
        raise Refused(
            "the plan does not say what is prescribed to a target", where=str(path), mend="give one with a prescription"
        )
    fractions = [one.fractions for one in plan.fraction_groups if one.fractions is not None]
    patient = PatientFacts(said["id"], said["issuer"], said["sex"])
    started = said["date"] + said["time"]
    count = sum(fractions) if fractions else None
    course = TherapyCourse(patient, plan.uid, plan.label, started, count, prescriptions)
    return FileRead(str(path), digest or sha256(path.read_bytes()).hexdigest(), course=course)


_PATIENT_TAGS: Final = {
    "id": 0x00100020,
    "issuer": 0x00100021,
    "sex": 0x00100040,
    "date": 0x300A0006,
    "time": 0x300A0007,
}
