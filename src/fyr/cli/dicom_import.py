"""``fyr record import`` of DICOM: every whole file kept under its SHA-256, part by part, and what they hold is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.home import Home
from fyr.cli.output import as_json, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from fyr.exchange.dicom.keeping import Given, Outcome
    from fyr.exchange.dicom.scan import FolderScan, ScannedFile, ScannedSeries
    from fyr.record.record import Record

__all__ = ["are_dicom_files", "import_dicom"]

_FILES_AT_ONCE: Final = 128
_BYTES_AT_ONCE: Final = 64 << 20
_LOOKED_AT: Final = 20_000
"""Files whose first bytes are read: a medium also carries a viewer, with files of its own."""
_SHOWN: Final = 20


def are_dicom_files(paths: Sequence[Path]) -> bool:
    """Tell whether the paths are DICOM files, or folders that hold some.

    Raises
    ------
    UsageError
        If some are and others are not.
    """
    kinds = {_is_dicom(path) for path in paths}
    if len(kinds) > 1:
        raise UsageError("some paths are of DICOM, others not", mend="import the two one after the other")
    return True in kinds


def _is_dicom(path: Path) -> bool:
    from itertools import islice

    from fyr.exchange.dicom.scan import is_dicom

    if path.is_file():
        return is_dicom(path)
    if not path.is_dir() or not list(path.iterdir()) or (path / "samples.parquet").is_file() or any(path.glob("*.hea")):
        return False
    files = (file for file in path.rglob("*") if file.is_file())
    return any(file.name == "DICOMDIR" or is_dicom(file) for file in islice(files, _LOOKED_AT))


@dataclass(slots=True)
class _Part:
    """Files that are kept together."""

    given: list[Given] = field(default_factory=list)
    files: list[ScannedFile] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.files) >= _FILES_AT_ONCE or sum(len(one.data) for one in self.given) >= _BYTES_AT_ONCE

    def take(self, file: ScannedFile, scan: FolderScan) -> None:
        from fyr.exchange.dicom.keeping import Given
        from fyr.exchange.dicom.opening import file_bytes, reading

        try:
            with reading(file.path):
                self.given.append(Given(file_bytes(file.path), file.path))
                self.files.append(file)
        except BadInput as problem:
            scan.refused.append(problem)

    def keep(
        self, record: Record, hospital: str, source: str, scan: FolderScan, tally: Counter[Outcome]
    ) -> list[ScannedFile]:
        """Keep them, and return those that are in the record now."""
        from fyr.exchange.dicom.keeping import keep_objects

        kept = keep_objects(record, self.given, hospital, source=source)
        tally.update(one.outcome for one in kept)
        scan.refused += [one.problem for one in kept if one.problem is not None]
        return [file for file, one in zip(self.files, kept, strict=True) if one.is_kept]


def import_dicom(home: Home, paths: Sequence[Path], hospital: str | None, *, json_wanted: bool) -> None:
    """Import DICOM files, and say what they hold.

    Part by part is kept, while the next is read: an import that was killed goes on where it was when it is run again.

    Raises
    ------
    BadInput
        If no file could be read.
    """
    from fyr.exchange.dicom.foreign import foreign
    from fyr.exchange.dicom.keeping import DEFAULT_HOSPITAL
    from fyr.exchange.dicom.scan import dicom_files, scan_folder

    hospital = hospital or DEFAULT_HOSPITAL
    closed: list[BadInput] = []
    files = dicom_files(paths, closed)
    with progress("looking", len(files)) as done:
        scan = scan_folder(files, done)
    scan.refused += closed
    if not scan.files:
        raise _nothing(scan, paths)
    added, known = _keep_all(home, scan, hospital, " ".join(str(path) for path in paths))
    if not scan.files:
        raise _nothing(scan, paths)
    studies = _examined(scan, hospital)
    document = {
        "home": str(home),
        "sources": [str(path) for path in paths],
        "read": {
            "patients": len({one.patient for one in scan.files}),
            "studies": len({one.study for one in scan.files}),
            "series": sum(len(study["series"]) for study in studies),
            "objects": len(scan.files),
            "bytes": sum(one.size for one in scan.files),
        },
        "added": added,
        "known": known,
        "studies": studies,
        "refused": [{"where": one.where, "reason": one.what, "mend": one.mend} for one in scan.refused],
        "skipped": [{"name": str(path), "reason": foreign(path)} for path in scan.skipped],
        "notes": _notes(paths),
        "nothing_new": not any(added.values()),
    }
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


def _notes(paths: Sequence[Path]) -> list[str]:
    """Say what the indexes of media list and is not there."""
    from fyr.exchange.dicom.foreign import files_lacking

    found: list[str] = []
    for folder in (path for path in paths if path.is_dir()):
        try:
            lacking = files_lacking(folder)
        except BadInput as problem:
            found.append(f"the medium's index was not looked into: {problem}")
            continue
        if lacking:
            named = ", ".join(lacking[:3]) + (", ..." if len(lacking) > 3 else "")
            found.append(f"the DICOMDIR of {folder} lists {len(lacking):,} files that are not there: {named}")
    return found


def _nothing(scan: FolderScan, paths: Sequence[Path]) -> BadInput:
    if not scan.refused:
        mend = "check the path; copy the whole medium where there is a DICOMDIR, and unpack archives"
        return BadInput("there is no DICOM file", where=" ".join(map(str, paths)), mend=mend)
    first, more = scan.refused[0], len(scan.refused) - 1
    others = f" (and {more:,} more files were refused)" if more else ""
    return BadInput(f"{first.what}{others}", where=first.where, mend=first.mend)


def _keep_all(home: Home, scan: FolderScan, hospital: str, source: str) -> tuple[dict[str, int], int]:
    """Keep every file that is whole; refused ones move from the scan's files to what it refused."""
    from concurrent.futures import ThreadPoolExecutor

    from fyr.exchange.dicom.indexing import index_record, to_index
    from fyr.exchange.dicom.keeping import Outcome
    from fyr.record import Access
    from fyr.record.record import Record

    with Record.open(home, access=Access.of_operating_system_user(purpose="import of DICOM")) as record:
        if earlier := to_index(record):
            with progress("indexing what was kept before", len(earlier)) as done:
                index_record(record, done, wanted=earlier)
        patients = len(record.patients(hospital))
        good: list[ScannedFile] = []
        tally: Counter[Outcome] = Counter()
        part = _Part()
        with progress("importing", len(scan.files)) as done, ThreadPoolExecutor(1) as keeper:
            before: Future[list[ScannedFile]] | None = None
            for file in scan.files:
                part.take(file, scan)
                if part.is_full:  # the disk settles one part while the next is read
                    good += before.result() if before is not None else []
                    before = keeper.submit(part.keep, record, hospital, source, scan, tally)
                    part = _Part()
                done(1)
            good += before.result() if before is not None else []
            good += part.keep(record, hospital, source, scan, tally)
        added = {"patients": len(record.patients(hospital)) - patients, "objects": tally[Outcome.ADDED]}
    scan.files[:] = good
    return added, tally[Outcome.KNOWN]


def _examined(scan: FolderScan, hospital: str) -> list[dict[str, Any]]:
    from fyr.exchange.dicom.examined import examine

    found = scan.series()
    studies: dict[tuple[str, str], dict[str, Any]] = {}
    with progress("reading", len(found)) as done:
        for series in found:
            one = series.first
            study = studies.setdefault(
                (one.patient, one.study),
                {
                    "patient": f"{hospital}/{one.patient}",
                    "study": one.study,
                    "date": one.study_date,
                    "description": one.study_description,
                    "series": [],
                },
            )
            study["series"].append(_series(series, examine))
            done(1)
    for study in studies.values():
        _compare(study["series"])
    return list(studies.values())


def _series(series: ScannedSeries, examine: Callable[[ScannedSeries], Any]) -> dict[str, Any]:
    from pydicom.uid import UID

    one = series.first
    outcome = examine(series)
    return {
        "series": one.series,
        "modality": one.modality,
        "kind": UID(one.kind).name,
        "description": one.description,
        "objects": len(series.files),
        "bytes": series.size,
        "frame_of_reference": one.frame_of_reference or None,
        "read": outcome.is_read,
        "holds": outcome.said,
        "refused": [{"where": bad.where, "reason": bad.what, "mend": bad.mend} for bad in outcome.refused],
        "notes": outcome.notes,
    }


def _compare(series: list[dict[str, Any]]) -> None:
    """Say where structures and doses of a study do not go with its pictures."""
    pictures = {one["frame_of_reference"] for one in series if any("unit" in held for held in one["holds"])} - {None}
    for one in series:
        for held in one["holds"]:
            drawn_on = held.get("image_series")
            if drawn_on and drawn_on not in {other["series"] for other in series}:
                one["notes"].append(f"drawn on series {drawn_on}, which is not among these files")
            frame = held.get("frame_of_reference")
            if frame and pictures and frame not in pictures:
                one["notes"].append("in a frame of reference of which no picture is among these files")


def _as_text(document: dict[str, Any]) -> Iterator[str]:
    for study in document["studies"][:_SHOWN]:
        yield f"{study['patient']}  study {study['study']} {study['date']} {study['description']}".rstrip()
        for one in study["series"]:
            said = {True: "read", False: "refused", None: "kept; no reader for it"}[one["read"]]
            yield f"  {one['modality']:<9} {one['objects']:>6,} files  {said}  {one['description']}".rstrip()
            yield from (f"    refused: {_reason(bad)}" for bad in one["refused"])
            yield from (f"    note: {note}" for note in one["notes"])
    if len(document["studies"]) > _SHOWN:
        yield f"... and {len(document['studies']) - _SHOWN:,} more studies: --json has them all"
    yield from (f"refused: {_reason(bad)}" for bad in document["refused"][:_SHOWN])
    if len(document["refused"]) > _SHOWN:
        yield f"refused: ... and {len(document['refused']) - _SHOWN:,} more: --json has them all"
    if document["skipped"]:
        yield f"skipped {len(document['skipped']):,} files that are no DICOM"
    packed = [one for one in document["skipped"] if "archive" in one["reason"]]
    yield from (f"  {one['name']} is {one['reason']}" for one in packed[:_SHOWN])
    yield from (f"note: {note}" for note in document["notes"])
    read, added = document["read"], document["added"]
    yield f"read {read['objects']:,} files of {read['series']:,} series of {read['patients']:,} patients"
    if document["nothing_new"]:
        yield f"added nothing: all of it was in {document['home']} already"
    else:
        yield f"added {added['objects']:,} objects and {added['patients']:,} patients to {document['home']}"


def _reason(bad: dict[str, str]) -> str:
    return str(BadInput(bad["reason"], where=bad["where"], mend=bad["mend"]))
