"""What lies beside DICOM files on a medium or in an export, said so that a person knows what to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.opening import reading

__all__ = ["INDEX", "archive_of", "files_lacking", "foreign", "nothing_but_strangers"]

INDEX: Final = "DICOMDIR"
"""The name of the index that a medium carries (DICOM PS3.10 8.6)."""

_ARCHIVES: Final = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "7-zip",
    b"Rar!": "rar",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHERS: Final = {
    b"%PDF": "a PDF",
    b"NRRD": "an NRRD volume",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"MZ": "a program",
}
_SUFFIXES: Final = frozenset({".dcm", ".dicom", ".ima"})
_TAR: Final = b"ustar"
_TAR_AT: Final = 257


def archive_of(path: Path) -> str:
    """Return which kind of archive a file is by its first bytes: ``zip``, ``gzip``, …; empty where it is none."""
    begin = _begin(path)
    if begin[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return "tar"
    return next((kind for mark, kind in _ARCHIVES.items() if begin.startswith(mark)), "")


def foreign(path: Path) -> str:
    """Say of a file that is no DICOM what it is, as far as its first bytes tell."""
    begin = _begin(path)
    if not begin:
        return "an empty file"
    if kind := archive_of(path):
        return f"a {kind} archive: unpack it, and import the folder"
    return next((words for mark, words in _OTHERS.items() if begin.startswith(mark)), "no DICOM file")


def nothing_but_strangers(paths: Iterable[Path]) -> BadInput | None:
    """Return the error for paths in which nothing was found that can be read, where one is, or holds, a known stranger.

    ``None`` where that is not so: something else is wrong.
    """
    for path in paths:
        if path.is_file():
            if path.name.upper() == INDEX:
                return BadInput(
                    "this is a medium's index, which holds no pictures", where=str(path), mend="name the whole folder"
                )
            if kind := archive_of(path):
                return BadInput(
                    f"this is a {kind} archive, which is not read",
                    where=str(path),
                    mend="unpack it and import the folder",
                )
            if path.suffix.lower() in _SUFFIXES:
                return BadInput(f"this is no DICOM file by its first bytes: {foreign(path)}", where=str(path))
        elif path.is_dir():
            packed = [file for file in _files(path) if archive_of(file)]
            if packed:
                more = f" and {len(packed) - 1:,} more" if len(packed) > 1 else ""
                return BadInput(
                    f"nothing that can be read is in this folder, but an archive ({packed[0].name}{more})",
                    where=str(path),
                    mend="unpack it, and import the folder that comes out",
                )
    return None


def files_lacking(folder: Path) -> list[str]:
    """Return what the medium's index in a folder lists and is not there, as the index names it.

    Parameters
    ----------
    folder : Path
        That may hold a ``DICOMDIR``; without one nothing is lacking.

    Raises
    ------
    BadInput
        If the index cannot be read.
    """
    index = next((file for file in folder.iterdir() if file.is_file() and file.name.upper() == INDEX), None)
    if index is None:
        return []
    here = {file.relative_to(folder).as_posix().upper() for file in _files(folder)}
    return [name for name in _listed(index) if name.upper() not in here]


def _listed(index: Path) -> list[str]:
    from pydicom import dcmread

    with reading(index):
        names: dict[str, None] = {}
        for record in dcmread(index).get("DirectoryRecordSequence") or ():
            parts = record.get("ReferencedFileID")
            if parts:
                names["/".join([parts] if isinstance(parts, str) else [str(part) for part in parts])] = None
        return list(names)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _begin(path: Path) -> bytes:
    with reading(path), path.open("rb") as file:
        return file.read(_TAR_AT + len(_TAR))
