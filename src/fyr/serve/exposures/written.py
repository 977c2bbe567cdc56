"""What was read of an object's exposure as bytes, and back; and which version of the reader it was read by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import orjson

from fyr.errors import BadInput, FyrError, Refused
from fyr.serve.exposures.reading import FileRead
from fyr.treat.exposure.event import DoseReportRead, EventGeometry, IrradiationEvent, PatientFacts
from fyr.treat.exposure.ledger import TherapyCourse
from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["READS", "as_bytes", "from_bytes", "may_pass", "reader_version"]

READS: Final = (
    "clock.py",
    "errors.py",
    "exchange/dicom",
    "imaging",
    "record",
    "serve/exposures",
    "treat/exposure",
    "units",
)
"""Where the code lies that takes part in reading, below the package."""
_PROBLEMS: Final[dict[str, type[FyrError]]] = {"BadInput": BadInput, "Refused": Refused}
_PASSING: Final = (OSError, MemoryError, ImportError)
_QUANTITIES: Final = {str(one): one for one in QuantityKind}


@cache
def reader_version() -> str:
    """Return a digest of all the code that takes part in reading: whatever is altered in it, what is kept is void."""
    from pydicom import __version__ as of_pydicom

    package = Path(__file__).parents[2]
    digest = blake2b(of_pydicom.encode(), digest_size=8)
    for place in READS:
        under = package / place
        for file in [under] if under.is_file() else sorted(under.rglob("*.py")):
            digest.update(b"\0%b\0" % file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def as_bytes(one: FileRead, kind: str) -> bytes | None:
    """Return what was read in one line; ``None`` where that must not be kept: it would come back altered, or may pass.

    Parameters
    ----------
    one : FileRead
        Its problem's place is one within the object.
    kind : str
        The SOP class that it was read as.
    """
    problem = one.problem
    told = None
    if problem is not None:
        if type(problem).__name__ not in _PROBLEMS or may_pass(problem):
            return None
        told = [type(problem).__name__, problem.what, problem.where, problem.mend]
    course = None if one.course is None else astuple(one.course)
    try:
        data = orjson.dumps([kind, [astuple(report) for report in one.reports], course, told])
    except TypeError:  # a text that is none
        return None
    back = from_bytes(data, kind, one.digest)
    is_same = back is not None and (back.reports, back.course) == (one.reports, one.course)
    return data if is_same else None


def from_bytes(data: bytes, kind: str, digest: str) -> FileRead | None:
    """Return what :func:`as_bytes` wrote of the object `digest`; ``None`` where it was read as another kind."""
    said, reports, course, told = orjson.loads(data)
    if said != kind:
        return None
    problem = None if told is None else _PROBLEMS[told[0]](told[1], where=told[2], mend=told[3])
    return FileRead(
        "", digest, tuple([_report(row) for row in reports]), None if course is None else _course(course), problem
    )


def may_pass(problem: BaseException | None) -> bool:
    """Tell whether a problem is one of the disk or the machine, and not of the object."""
    while problem is not None:
        if isinstance(problem, _PASSING):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _report(row: list[Any]) -> DoseReportRead:
    row[5] = PatientFacts(*row[5])
    row[13] = _quantities(row[13])
    row[14] = tuple([_event(one) for one in row[14]])
    row[16:18] = tuple(row[16]), tuple(row[17])
    return DoseReportRead(*row)


def _event(row: list[Any]) -> IrradiationEvent:
    row[7] = _quantities(row[7])
    row[14] = EventGeometry(*row[14])
    return IrradiationEvent(*row)


def _course(row: list[Any]) -> TherapyCourse:
    row[0], row[5] = PatientFacts(*row[0]), _quantities(row[5])
    return TherapyCourse(*row)


def _quantities(rows: Sequence[Sequence[Any]]) -> tuple[Quantity, ...]:
    return tuple([Quantity(_QUANTITIES[kind], *rest) for kind, *rest in rows])
