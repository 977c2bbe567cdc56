"""``fyr record import`` of patients: part by part, each kept before the next is read, and what is bad refused alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.home import Home
from fyr.cli.output import as_json, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.exchange.patient_facts import PatientFacts
    from fyr.record.record import Record

__all__ = ["are_patient_files", "import_patients"]

_SHOWN: Final = 20
"""Refused rows, notes and kinds that a person is shown; the JSON has them all."""


@dataclass(slots=True)
class _Outcome:
    """What an import came to."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=lambda: {"patients": 0, "observations": 0})
    added: dict[str, int] = field(default_factory=lambda: {"patients": 0, "observations": 0})
    refused: list[BadInput] = field(default_factory=list)

    def of(self, source: str) -> dict[str, Any]:
        """Return what is said about one file."""
        fresh: dict[str, Any] = {
            "source": source,
            "patients": 0,
            "observations": 0,
            "refused": [],
            "kept": {},
            "notes": [],
        }
        fresh["contradictions"] = []
        return self.files.setdefault(source, fresh)


def are_patient_files(paths: Sequence[Path], mapping: Path | None) -> bool:
    """Tell whether the files are about patients (FHIR, a set of mCODE CSVs, a table of facts) and not recordings.

    Raises
    ------
    UsageError
        If some are and others are not.
    """
    from fyr.exchange.fhir.mcode.files import fhir_files
    from fyr.exchange.tables.clinical_mapping import is_clinical_mapping

    if mapping is not None:
        return is_clinical_mapping(mapping)
    kinds = {bool(fhir_files(path)) for path in paths}
    if len(kinds) > 1:
        raise UsageError("some files are of patients, others recordings", mend="import the two one after the other")
    return True in kinds


def import_patients(
    home: Home,
    paths: Sequence[Path],
    mapping: Path | None,
    hospital: str | None,
    *,
    keep_files: bool = True,
    json_wanted: bool,
) -> None:
    """Import files of patients, and say what came of it.

    Raises
    ------
    BadInput
        If nothing in them could be read.
    """
    outcome = _Outcome()
    with progress("importing", len(paths)) as done:
        parts = _parts(paths, mapping, hospital, done)
        first = _until_somebody(parts, outcome)
        if first is None:
            raise _nothing(outcome)
        with _opened(home) as record:
            for part in chain((first,), parts):
                if not keep_files:
                    part.original = None
                _keep(record, part, outcome)
    document = {
        "home": str(home),
        "files": list(outcome.files.values()),
        "read": outcome.read,
        "added": outcome.added,
        "refused": len(outcome.refused),
        "nothing_new": not any(outcome.added.values()),
    }
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


def _parts(paths: Sequence[Path], mapping: Path | None, hospital: str | None, done: Any) -> Iterator[PatientFacts]:
    from fyr.exchange.fhir.mcode.files import fhir_files, read_fhir_files
    from fyr.exchange.tables.clinical_table import read_clinical_table

    if mapping is None:
        yield from read_fhir_files([file for path in paths for file in fhir_files(path)], hospital=hospital)
        done(len(paths))
        return
    for path in paths:
        yield from read_clinical_table(path, mapping, hospital=hospital)
        done(1)


def _until_somebody(parts: Iterable[PatientFacts], outcome: _Outcome) -> PatientFacts | None:
    """Return the first part that says something about a patient, so that no record is begun for nothing."""
    for part in parts:
        if part.patients:
            return part
        _say(part, outcome)
    return None


def _nothing(outcome: _Outcome) -> BadInput:
    if not outcome.refused:
        return BadInput("the files say nothing about a patient", mend="check the paths")
    first, more = outcome.refused[0], len(outcome.refused) - 1
    others = f" (and {more:,} more like it)" if more else ""
    return BadInput(f"{first.what}{others}", where=first.where, mend=first.mend)


@contextmanager
def _opened(home: Home) -> Iterator[Record]:
    from fyr.record import Access
    from fyr.record.record import Record

    with Record.open(home, access=Access.of_operating_system_user(purpose="import of patients")) as record:
        yield record


def _keep(record: Record, part: PatientFacts, outcome: _Outcome) -> None:
    """Keep a part, all of it or nothing."""
    with record.importing(source=part.source) as batch:
        for who, one in part.patients.items():
            batch.add_patient(who, attributes=one.attributes)
            batch.add_observations(one.observations)
        if part.original is not None and part.patients:
            only = next(iter(part.patients)) if len(part.patients) == 1 else None
            batch.put_object(part.original, media_type="application/fhir+json", patient=only)
    outcome.added["patients"] += batch.added.patients
    outcome.added["observations"] += batch.added.observations
    _say(part, outcome)


def _say(part: PatientFacts, outcome: _Outcome) -> None:
    said = outcome.of(part.source)
    counted = {"patients": len(part.patients), "observations": sum(len(o.observations) for o in part.patients.values())}
    for name, count in counted.items():
        said[name] += count
        outcome.read[name] += count
    said["refused"] += [{"where": one.where, "reason": one.what, "mend": one.mend} for one in part.refused]
    for what, count in part.kept.items():
        said["kept"][what] = said["kept"].get(what, 0) + count
    said["notes"] += part.notes
    said["contradictions"] += [
        {"patient": str(who), "facts": list(found.facts), "kind": found.kind, "what": found.what}
        for who, found in part.contradictions
    ]
    outcome.refused += part.refused


def _as_text(document: dict[str, Any]) -> Iterator[str]:
    for one in document["files"]:
        yield f"{one['source']}: {one['observations']:,} observations of {one['patients']:,} patients"
        yield from _listed("refused", [_reason(refused) for refused in one["refused"]])
        kept = sorted(one["kept"].items(), key=lambda pair: -pair[1])
        yield from _listed("kept whole", [f"{what} ({count:,})" for what, count in kept])
        yield from _listed("note", one["notes"])
        yield from _listed("warning", list(_contradictions(one["contradictions"])))
    added = document["added"]
    if document["nothing_new"]:
        yield f"added nothing: all of it was in {document['home']} already"
    else:
        yield f"added {added['observations']:,} observations and {added['patients']:,} patients to {document['home']}"
    if document["refused"]:
        yield f"{document['refused']:,} rows or resources were refused; mend them and import the file again"


def _contradictions(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield one line a kind, with its first patient."""
    kinds = Counter(one["kind"] for one in found)
    for kind, count in kinds.most_common():
        first = next(one for one in found if one["kind"] == kind)
        patients = "1 patient" if count == 1 else f"{count:,} patients"
        yield f"{patients}: {kind} (first {first['patient']}: {first['what'].removeprefix(f'{kind}: ')})"


def _reason(refused: dict[str, str]) -> str:
    return str(BadInput(refused["reason"], where=refused["where"], mend=refused["mend"]))


def _listed(label: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  {label}: {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  {label}: ... and {len(lines) - _SHOWN:,} more: --json has them all"
