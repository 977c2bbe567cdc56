"""``fyr diagnose``: every model of a pathway on one patient, side by side, and what each of them declines to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import Refused, UsageError

if TYPE_CHECKING:
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
    from fyr.cli.diagnose_rows import people_of_file
    from fyr.cli.diagnose_text import assessment_lines
    from fyr.clock import SystemClock
    from fyr.diagnose.documents import assessment_document
    from fyr.diagnose.pathways import Pathway
    from fyr.diagnose.patient import assess

    if (patient is None) == (source is None):
        raise UsageError("whose diagnosis is not said once", mend="name PATIENT (HOSPITAL/ID), or --input FILE")
    pathway = Pathway(name)
    at_us = None if at is None else _time(at)
    people: Mapping[str, list[Observation]]
    unread: Mapping[str, str] = {}
    if patient is not None:
        people = {patient: _of_record(patient, home)}
    else:
        assert source is not None  # noqa: S101  one of the two is given
        rows = people_of_file(source, pathway, SystemClock().now_us() if at_us is None else at_us)
        people, unread = rows.known, rows.refused
        if rows.ignored:
            click.echo(f"fyr: warning: no clinical fact, so not read: {', '.join(rows.ignored)}", err=True)
    found: dict[str, Assessment] = {
        who: assess(observations, pathway, at_us=at_us) for who, observations in people.items()
    }
    if json_wanted:
        as_json(
            {
                "pathway": name,
                "patients": [{"patient": who, **assessment_document(one)} for who, one in found.items()],
                "refused": [{"patient": who, "reason": reason} for who, reason in unread.items()],
            }
        )
    else:
        click.echo("\n\n".join("\n".join(assessment_lines(who, one)) for who, one in found.items()))
        for who, reason in unread.items():
            click.echo(f"fyr: {who} refused: {reason}", err=True)
    if not found:
        raise Refused("every row was refused", mend="mend what the reasons name")
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
