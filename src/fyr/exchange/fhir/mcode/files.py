"""Files of FHIR: a bundle or a resource (``.json``), one a line (``.ndjson``), a folder with a set of mCODE CSVs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.bundle_reading import Patients, read_resources, resources_of
from fyr.exchange.fhir.mcode.csv_set import PATIENTS, read_csv_set
from fyr.exchange.fhir.mcode.elements import Json
from fyr.exchange.fhir.refusing import Refusal
from fyr.exchange.patient_facts import PatientFacts

__all__ = ["LINES", "SUFFIXES", "fhir_files", "read_fhir_files"]

LINES: Final = (".ndjson", ".jsonl")
SUFFIXES: Final = (".json", *LINES)
_AT_ONCE: Final = 2000
"""Lines that are read, and kept, together."""

_Found = tuple[Json, str | None, str]


def fhir_files(path: Path) -> list[Path]:
    """Return what there is of FHIR at a path: a file, a folder with a set of mCODE CSV files, the files of a folder.

    Nothing for a folder of recordings, and for any other file.
    """
    if path.suffix.lower() in SUFFIXES and not path.is_dir():
        return [path]
    if (path / PATIENTS).is_file():
        return [path]
    if not path.is_dir() or (path / "samples.parquet").is_file() or any(path.glob("*.hea")):
        return []
    return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)


def read_fhir_files(paths: Sequence[Path], *, hospital: str | None = None) -> Iterator[PatientFacts]:
    """Read files one after the other; a resource of one may be about a Patient of another, as in a bulk export.

    Parameters
    ----------
    paths : sequence of Path
        As :func:`fhir_files` finds them.
    hospital : str, optional
        The patients' hospital, where the files do not name one.

    Raises
    ------
    BadInput
        If a file is absent or no JSON.
    """
    patients = Patients(hospital)
    for path in paths:
        for resource, address, _ in _found_in(path, hospital, []):
            if resource["resourceType"] == "Patient":
                try:
                    patients.add(resource, address)
                except Refusal:
                    continue  # it is refused, with its place, when its file is read
    for path in paths:
        refused: list[BadInput] = []
        original = path.read_bytes() if path.suffix.lower() == ".json" else None
        found = _found_in(path, hospital, refused)
        at_once = _AT_ONCE if path.suffix.lower() in LINES else None
        while part := list(islice(found, at_once)):
            facts = read_resources(part, patients, path.name)
            facts.refused += refused
            facts.original = original
            refused.clear()
            facts.notice_contradictions()
            yield facts
        if refused:
            yield PatientFacts(path.name, refused=refused)


def _found_in(path: Path, hospital: str | None, refused: list[BadInput]) -> Iterator[_Found]:
    """Yield the resources of a file; what is not one is added to `refused`."""
    if path.is_dir():
        found = read_csv_set(path, site=hospital or "")
        refused += found.refused
        for who, document in found.bundles.items():
            yield from resources_of(document, f"{path} patient {who}", refused)
        return
    if path.suffix.lower() not in LINES:
        yield from _documents(path.read_bytes(), str(path), refused)
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield from _documents(line, f"{path} line {number}", refused)


def _documents(text: bytes, where: str, refused: list[BadInput]) -> Iterator[_Found]:
    try:
        document: Any = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as problem:
        refused.append(BadInput(f"this is not JSON ({problem})", where=where, mend="export it again from its source"))
        return
    yield from resources_of(document, where, refused)
