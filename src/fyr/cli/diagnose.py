"""``fyr diagnose``: every model of a pathway on one patient, side by side, and what each of them declines to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, Refused, UsageError

if TYPE_CHECKING:
    from fyr.diagnose.pathways import Pathway
    from fyr.diagnose.patient import Assessment
    from fyr.record import Observation

__all__ = ["diagnose"]

_ID_COLUMNS: Final = ("patient", "patient_id", "id")
_DAY: Final = "%Y-%m-%d"


@click.group()
def diagnose() -> None:
    """Diagnose a cancer: every published model that applies, its versions side by side, each with its refusal."""


def _pathway_command(name: str, words: str) -> Callable[..., None]:
    @diagnose.command(
        name,
        help=f"Ask every model of {words} about PATIENT (HOSPITAL/ID), or about each row of a file.\n\n"
        "A file is .csv, .json (one object or a list of them) or .jsonl; its columns are clinical facts, in the unit "
        "that docs/reference gives. A cell may say 'unknown' or 'not done'; in JSON a fact may be an object with "
        "value, unit, status and time. A refused model never stops the others; the exit code is 4 if every model "
        "refused every patient.",
    )
    @click.argument("patient", required=False)
    @click.option("--input", "source", type=click.Path(path_type=Path), help="Facts of patients: .csv, .json, .jsonl.")
    @click.option("--at", metavar="DATE", help="As it was known then: 2026-11-20, to its end, or a time in ISO 8601.")
    @home_option
    @json_option
    def command(patient: str | None, source: Path | None, at: str | None, home: Home, json_wanted: bool) -> None:
        _diagnose(name, patient, source, at, home, json_wanted)

    return command


_pathway_command("breast", "breast cancer")
_pathway_command("lung", "lung cancer and lung nodules")


def _diagnose(
    name: str, patient: str | None, source: Path | None, at: str | None, home: Home, json_wanted: bool
) -> None:
    from fyr.cli.diagnose_text import assessment_lines
    from fyr.clock import SystemClock
    from fyr.diagnose.documents import assessment_document
    from fyr.diagnose.pathways import Pathway
    from fyr.diagnose.patient import assess

    if (patient is None) == (source is None):
        raise UsageError("whose diagnosis is not said once", mend="name PATIENT (HOSPITAL/ID), or --input FILE")
    pathway = Pathway(name)
    at_us = None if at is None else _time(at)
    if patient is not None:
        people = {patient: _of_record(patient, home)}
    else:
        assert source is not None  # noqa: S101  one of the two is given
        people = _of_file(source, pathway, SystemClock().now_us() if at_us is None else at_us)
    found: dict[str, Assessment] = {
        who: assess(observations, pathway, at_us=at_us) for who, observations in people.items()
    }
    if json_wanted:
        as_json(
            {"pathway": name, "patients": [{"patient": who, **assessment_document(one)} for who, one in found.items()]}
        )
    else:
        click.echo("\n\n".join("\n".join(assessment_lines(who, one)) for who, one in found.items()))
    if not any(one.answers for one in found.values()):
        raise Refused(f"no model of {name} cancer is installed", mend="see fyr models list")
    if all(one.refused for one in found.values()):
        raise Refused("every model refused", mend="give the facts that the refusals name")


def _time(text: str) -> int:
    """Read a date, which counts to its end (UTC), or a moment."""
    from fyr.clock import from_datetime, from_iso

    try:
        day = datetime.strptime(text, _DAY).replace(tzinfo=UTC)
    except ValueError:
        return from_iso(text)
    return from_datetime(datetime.combine(day.date(), time.max, UTC))


def _of_record(patient: str, home: Home) -> list[Observation]:
    from fyr.record import Access, PatientId
    from fyr.record.record import Record

    access = Access.of_operating_system_user(purpose="diagnosis on the command line")
    with Record.open(home, access=access, create=False) as opened:
        return opened.observations(PatientId.parse(patient))


def _of_file(source: Path, pathway: Pathway, now_us: int) -> dict[str, list[Observation]]:
    from fyr.diagnose.form import form_fields
    from fyr.diagnose.given_facts import observations_of_row
    from fyr.diagnose.patient import models_of
    from fyr.record import PatientId

    fields = {field.name: field for field in form_fields(models_of(pathway).items())}
    people: dict[str, list[Observation]] = {}
    strangers: dict[str, None] = {}
    for number, row in enumerate(_rows(source), start=1):
        who = next((str(row[name]) for name in _ID_COLUMNS if row.get(name) not in (None, "")), f"row {number}")
        if who in people:
            raise BadInput(f"the patient '{who}' has two rows", where=str(source), mend="give each patient one row")
        try:
            observed, ignored = observations_of_row(row, PatientId("file", str(number)), now_us, str(source), fields)
        except BadInput as problem:
            raise BadInput(problem.what, where=f"{source}, row {number}", mend=problem.mend) from None
        people[who] = observed
        strangers |= dict.fromkeys(name for name in ignored if name not in _ID_COLUMNS)
    if not people:
        raise BadInput("there is no row", where=str(source), mend="give a row for each patient")
    if strangers:
        click.echo(f"fyr: warning: no clinical fact, so not read: {', '.join(strangers)}", err=True)
    return people


def _rows(source: Path) -> list[Mapping[str, Any]]:
    import csv

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
