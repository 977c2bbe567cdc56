"""`fyr audit`: is the trail as it was written, and what does it say."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.record import Record

__all__ = ["audit"]


@click.group()
def audit() -> None:
    """Verify or export the audit trail: who read or wrote which patient's data, and why."""


@audit.command()
@home_option
@click.option("--head", metavar="SEQUENCE:HASH", help="A head noted earlier: the trail must still lead through it.")
@json_option
def verify(home: Home, head: str | None, json_wanted: bool) -> None:
    """Name the first entry that was edited, removed or moved; leave with 3 if there is one.

    Note the printed head somewhere else from time to time: with --head, even a trail that was rewritten as a whole is
    found out.
    """
    with _open(home, purpose="verify the audit trail") as record:
        verdict = record.audit.verify(head)
    if json_wanted:
        as_json(asdict(verdict))
    elif verdict.ok:
        click.echo(verdict.message)
    if not verdict.ok:
        if not json_wanted:
            click.echo(f"fyr: {home}: {verdict.message}; {verdict.first_problem}, first of all", err=True)
        raise click.exceptions.Exit(3)


@audit.command()
@home_option
@click.option("--json", "json_wanted", is_flag=True, help="One JSON document with all entries, not one a line.")
def export(home: Home, json_wanted: bool) -> None:
    """Write every entry as a line of JSON; the export is itself an entry, the last.

    An entry's hash is the SHA-256 of its JSON with sorted keys, no spaces and without the hash; the next entry names it
    as previous. So the chain can be checked without Fyr.
    """
    from fyr.record import AuditEvent
    from fyr.record.canonical import canonical_json

    with _open(home, purpose="export the audit trail") as record:
        record.audit.append([AuditEvent(record.access, "export audit trail")])
        if json_wanted:
            as_json({"entries": list(record.audit.export())})
            return
        for entry in record.audit.export():
            sys.stdout.write(canonical_json(entry) + "\n")


def _open(home: Home, *, purpose: str) -> Record:
    from fyr.record import Access, Record

    return Record.open(home, access=Access.of_operating_system_user(purpose=purpose), create=False)
