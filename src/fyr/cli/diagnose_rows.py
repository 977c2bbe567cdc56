"""The rows of a file as facts of patients: a row that cannot be used is refused with its reasons, the rest goes on."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fyr.diagnose.form import form_fields
from fyr.diagnose.given_facts import observations_of_row
from fyr.diagnose.pathways import Pathway
from fyr.diagnose.patient import models_of
from fyr.errors import BadInput
from fyr.record import Observation, PatientId

__all__ = ["PeopleOfFile", "people_of_file"]

_ID_COLUMNS: Final = ("patient", "patient_id", "id")


@dataclass(frozen=True, slots=True)
class PeopleOfFile:
    """What the rows of a file say.

    Parameters
    ----------
    known : mapping of str to list of Observation
        By patient, or ``row N`` where the file names none.
    refused : mapping of str to str
        Why a row could not be used.
    ignored : tuple of str
        Columns that are no clinical fact.
    """

    known: Mapping[str, list[Observation]]
    refused: Mapping[str, str]
    ignored: tuple[str, ...]


def people_of_file(source: Path, pathway: Pathway, now_us: int) -> PeopleOfFile:
    """Read a row for each patient.

    Raises
    ------
    BadInput
        If the file cannot be read, has no row, or has two rows of a patient.
    """
    fields = {field.name: field for field in form_fields(models_of(pathway).items())}
    known: dict[str, list[Observation]] = {}
    refused: dict[str, str] = {}
    strangers: dict[str, None] = {}
    for number, row in enumerate(_rows(source), start=1):
        who = next((str(row[name]) for name in _ID_COLUMNS if row.get(name) not in (None, "")), f"row {number}")
        if who in known or who in refused:
            raise BadInput(f"the patient '{who}' has two rows", where=str(source), mend="give each patient one row")
        try:
            known[who], ignored = observations_of_row(row, PatientId("file", str(number)), now_us, str(source), fields)
        except BadInput as problem:
            refused[who] = problem.what
            continue
        strangers |= dict.fromkeys(str(name) for name in ignored if name not in _ID_COLUMNS)
    if not known and not refused:
        raise BadInput("there is no row", where=str(source), mend="give a row for each patient")
    return PeopleOfFile(known, refused, tuple(strangers))


def _rows(source: Path) -> list[Mapping[str, Any]]:
    suffix = source.suffix.lower()
    try:
        text = source.read_text(encoding="utf-8-sig")
        if suffix == ".csv":
            return list(csv.DictReader(text.splitlines()))
        if suffix == ".jsonl":
            read: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        elif suffix == ".json":
            read = json.loads(text)
        else:
            raise BadInput(
                f"'{suffix}' is no kind of file read here", where=str(source), mend="give .csv, .json, .jsonl"
            )
    except OSError as problem:
        raise BadInput(f"it cannot be read: {problem.strerror}", where=str(source), mend="check the path") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise BadInput(f"it is not {suffix[1:]}: {problem}", where=str(source), mend="save it as UTF-8") from None
    rows = read if isinstance(read, list) else [read]
    if not all(isinstance(row, dict) for row in rows):
        raise BadInput("a row is no object of facts", where=str(source), mend='write {"age": 50, …}, or a list of them')
    return rows
