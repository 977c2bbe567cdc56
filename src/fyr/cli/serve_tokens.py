"""``fyr serve token``: the tokens by which machines sign in to the HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home
from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.serve.machine_tokens import MachineTokens

__all__ = ["token"]


@click.group()
def token() -> None:
    """Which machines may send samples, read alarms, or read and store images: add, list, revoke."""


@token.command("add")
@click.argument("name")
@click.option(
    "--may",
    type=click.Choice(["send", "read", "read-images", "images"]),
    required=True,
    help="Send samples, read alarms, read images over DICOMweb, or read and store images.",
)
@json_option
@click.pass_obj
def add(home: Home, name: str, may: str, json_wanted: bool) -> None:
    """Make a token and print it, once. The machine sends it as Authorization: Bearer TOKEN."""
    from fyr.serve.machine_tokens import May

    with _tokens_of(home, "add token", name) as tokens:
        made = tokens.add(name, May(may))
    if json_wanted:
        as_json({"name": name, "may": may, "token": made})
    else:
        click.echo(f"{name}: the token, shown this once, is {made}")


@token.command("list")
@json_option
@click.pass_obj
def list_tokens(home: Home, json_wanted: bool) -> None:
    """List all tokens by name; never the tokens themselves, which are kept nowhere."""
    from fyr.clock import to_iso

    with _tokens_of(home, "list tokens", "") as tokens:
        rows = [
            {
                "name": one.name,
                "may": one.may.value,
                "created": to_iso(one.created_us),
                "last_used": None if one.last_used_us is None else to_iso(one.last_used_us),
                "revoked": None if one.revoked_us is None else to_iso(one.revoked_us),
            }
            for one in tokens.all()
        ]
    if json_wanted:
        as_json({"tokens": rows})
        return
    for row in rows:
        used = f"last used {row['last_used']}" if row["last_used"] else "never used"
        click.echo(f"{row['name']:<24} {row['may']:<11} {used}{'  (revoked)' if row['revoked'] else ''}")
    if not rows:
        click.echo("there is no token yet: fyr serve token add NAME --may send")


@token.command("revoke")
@click.argument("name")
@json_option
@click.pass_obj
def revoke(home: Home, name: str, json_wanted: bool) -> None:
    """Let a token open nothing any more, from the machine's next request on."""
    with _tokens_of(home, "revoke token", name) as tokens:
        tokens.revoke(name)
    if json_wanted:
        as_json({"name": name, "revoked": True})
    else:
        click.echo(f"{name} opens nothing any more")


@contextmanager
def _tokens_of(home: Home, action: str, name: str) -> Iterator[MachineTokens]:
    """Open the tokens of a home; what is done with them is in the audit trail."""
    from fyr.record import Access
    from fyr.record.audit import AuditEvent
    from fyr.record.record import Record
    from fyr.serve.machine_tokens import MachineTokens, StoredTokens

    with Record.open(home) as record:
        yield MachineTokens(StoredTokens(record.storage))
        access = Access.of_operating_system_user(purpose="administration")
        record.audit.append([AuditEvent(access, action, detail={"token": name} if name else {})])
