"""What a folder of DICOM files holds: patients, studies and series, without reading a pixel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.head import Head, read_head
from fyr.exchange.dicom.opening import reading

__all__ = ["FolderScan", "ScannedFile", "ScannedSeries", "dicom_files", "is_dicom", "scan_folder", "scanned"]

_INDEX: Final = "DICOMDIR"


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What the head of a file says; texts that it does not say are empty."""

    path: Path
    size: int
    uid: str
    kind: str
    modality: str
    patient: str
    sex: str
    study: str
    study_date: str
    study_description: str
    series: str
    description: str
    frame_of_reference: str
    syntax: str


@dataclass(slots=True)
class ScannedSeries:
    """The files of one series of one patient."""

    files: list[ScannedFile] = field(default_factory=list)

    @property
    def first(self) -> ScannedFile:
        """One of its files."""
        return self.files[0]

    @property
    def size(self) -> int:
        """Bytes of all."""
        return sum(one.size for one in self.files)


@dataclass(slots=True)
class FolderScan:
    """What was found, and what was refused or is no DICOM file."""

    files: list[ScannedFile] = field(default_factory=list)
    refused: list[BadInput] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)

    def series(self) -> list[ScannedSeries]:
        """Return the series by patient, study and series, in the order in which they were found."""
        found: dict[tuple[str, str, str, str], ScannedSeries] = {}
        for one in self.files:
            found.setdefault((one.patient, one.study, one.series, one.kind), ScannedSeries()).files.append(one)
        return sorted(found.values(), key=lambda series: (series.first.patient, series.first.study))


def scan_folder(
    paths: str | Path | Iterable[str | Path], progress: Callable[[int], None] = lambda _: None
) -> FolderScan:
    """Group the DICOM files of folders by patient, study and series.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files and folders; folders within folders are looked into.
    progress : callable
        Is told how many more files were read.

    Returns
    -------
    FolderScan
        Damaged files stand under `refused`, each with its reason.
    """
    found = FolderScan()
    for path in dicom_files(paths, found.refused):
        try:
            if not is_dicom(path):
                found.skipped.append(path)
                continue
            with reading(path):
                found.files.append(scanned(read_head(path)))
        except BadInput as problem:
            found.refused.append(problem)
        finally:
            progress(1)
    return found


def dicom_files(paths: str | Path | Iterable[str | Path], refused: list[BadInput] | None = None) -> list[Path]:
    """Return the files at these paths and in these folders, sorted, but for the indexes that media carry.

    Parameters
    ----------
    paths : path, or iterable of paths
    refused : list of BadInput, optional
        Takes the folders that the operating system does not let in.

    Raises
    ------
    BadInput
        If there is no such path.
    """
    found: dict[Path, None] = {}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        start = Path(path)
        if not start.exists():
            raise BadInput("there is no such file or folder", where=str(start), mend="check the path")
        files = _files_below(start, [] if refused is None else refused) if start.is_dir() else iter([start])
        found.update(dict.fromkeys(sorted(file for file in files if file.is_file() and file.name != _INDEX)))
    return list(found)


def _files_below(folder: Path, refused: list[BadInput]) -> Iterator[Path]:
    def closed(problem: OSError) -> None:
        refused.append(
            BadInput(
                f"the folder cannot be read ({problem.strerror})",
                where=str(problem.filename),
                mend="ask for the rights, or leave it out",
            )
        )

    for place, _, names in os.walk(folder, onerror=closed):
        yield from (Path(place, name) for name in names)


def is_dicom(path: Path) -> bool:
    """Tell whether a file begins as a DICOM file does, with its header or as old programs wrote them without one."""
    with reading(path), path.open("rb") as file:
        begin = file.read(132)
    return begin[128:] == b"DICM" or (
        begin[:2] == b"\x08\x00" and begin[2:4] in {b"\x00\x00", b"\x05\x00", b"\x08\x00"}
    )


def scanned(head: Head) -> ScannedFile:
    """Return what a head says; to be called within :func:`~fyr.exchange.dicom.opening.reading`.

    Raises
    ------
    BadInput
        If the file does not say what it is, or of which study and series.
    """
    kind, uid = head.text(0x00080016), head.text(0x00080018)
    study, series = head.text(0x0020000D), head.text(0x0020000E)
    for value, name in ((kind, "SOP class"), (uid, "SOP instance"), (study, "study"), (series, "series")):
        if not value or not all(part.isdigit() for part in value.split(".")):
            raise BadInput(f"the file says no {name} ('{value[:64]}')", mend="take the file again")
    return ScannedFile(
        path=head.path,
        size=head.layout.size,
        uid=uid,
        kind=kind,
        modality=head.text(0x00080060),
        patient=head.text(0x00100020),
        sex=head.text(0x00100040),
        study=study,
        study_date=head.text(0x00080020),
        study_description=head.text(0x00081030),
        series=series,
        description=head.text(0x0008103E),
        frame_of_reference=head.text(0x00200052),
        syntax=head.layout.syntax,
    )
