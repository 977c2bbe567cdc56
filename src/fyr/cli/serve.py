"""``fyr serve``: this hospital, and the accounts that may sign in to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from fyr.cli.configured import config_option, configured
from fyr.cli.home import Home, home_option, set_home
from fyr.cli.output import as_json, json_option
from fyr.cli.serve_config import config
from fyr.cli.serve_tokens import token
from fyr.cli.serving import house_of, serve_front, serve_house, serve_worker

if TYPE_CHECKING:
    from fyr.serve.accounts import LocalAccounts

__all__ = [
    "host_option",
    "nurses_option",
    "port_option",
    "say_how_to_sign_in",
    "serve",
    "warn_of_exposure",
]

_ROLES: Final = ("nurse", "physician", "physicist", "researcher", "administrator")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def port_option(command: _Command) -> _Command:
    """Give a verb ``--port``."""
    return click.option(
        "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port."
    )(command)


def host_option(command: _Command) -> _Command:
    """Give a verb ``--host``."""
    return click.option(
        "--host", default="127.0.0.1", show_default=True, help="The address to listen on; only this machine by default."
    )(command)


def nurses_option(command: _Command) -> _Command:
    """Give a verb ``--nurses``."""
    return click.option(
        "--nurses",
        type=click.IntRange(0, 1000),
        help="How many nurses are on duty on each ward: its alarm budget. As it was left by default.",
    )(command)


@click.group(invoke_without_command=True)
@home_option
@config_option
@host_option
@port_option
@click.option("--name", "names", multiple=True, help="A further name that this server goes by, as browsers write it.")
@click.option("--hospital", default="Fyr", show_default=True, help="The hospital's title on every screen.")
@click.option("--policy", default="ward-demonstration", show_default=True, help="A shipped policy, or a file.")
@nurses_option
@click.option(
    "--per-nurse-hour",
    type=click.FloatRange(0, 1000, min_open=True),
    help="How many notifications one nurse can take in an hour (6 unless set before).",
)
@click.option(
    "--lateness",
    default="5 s",
    show_default=True,
    help="How late a sample may come and still be taken; every alarm waits that long.",
)
@click.option(
    "--begin-anew",
    is_flag=True,
    help="After another kind of journal or number of workers was set: let the wards begin without their alarms.",
)
@click.pass_context
def serve(context: click.Context, /, home: Home, config_path: Path | None, begin_anew: bool, **_: object) -> None:
    """Serve this hospital: its wards, its patients, its models.

    Create an account first: fyr serve account add NAME --role nurse
    """
    context.obj = home
    set_home(home)
    if context.invoked_subcommand is not None:
        return
    from fyr.record.record import Record
    from fyr.serve.configuration_check import check_configuration
    from fyr.serve.log_setup import set_up_logs
    from fyr.serve.only_server import only_server
    from fyr.serve.server import bind

    configuration = configured(context, home, config_path)
    for warning in check_configuration(configuration):
        click.echo(f"fyr: warning: {warning}", err=True)
    hospital, server = configuration.hospital, configuration.server
    listening = bind(server.host, server.port)
    warn_of_exposure(server.host)
    with Record.open(home) as record, only_server(record.storage.files):
        words = set_up_logs(configuration.logs, record.patients(), hospitals=[hospital.id or "local"])
        house = house_of(home, record, configuration, words)
        if configuration.journal.kind == "embedded":
            serve_house(house, listening, begin_anew=begin_anew)
        else:
            serve_front(house, listening, begin_anew=begin_anew)


@serve.command(hidden=True)
@click.option("--shard", type=int, required=True)
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True)
@click.pass_context
def worker(context: click.Context, shard: int, path: Path) -> None:
    """Watch the wards of one worker; `fyr serve` starts it."""
    from fyr.record.record import Record
    from fyr.serve.log_setup import set_up_logs

    front, home = context.parent or context, context.obj
    configuration = configured(front, home, front.params["config_path"])
    hospital = configuration.hospital
    with Record.open(home) as record:
        words = set_up_logs(configuration.logs, record.patients(), hospitals=[hospital.id or "local"])
        serve_worker(house_of(home, record, configuration, words, with_sources=False), shard, path)


serve.add_command(config)
serve.add_command(token)


@serve.group()
def account() -> None:
    """Who may sign in: add, list, disable, enable, password."""


@account.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True)
@click.option("--title", default="", help="How colleagues read it; the name by default.")
@click.option("--random", "random_wanted", is_flag=True, help="Make a random password and print it, once.")
@json_option
@click.pass_obj
def add(home: Home, name: str, role: str, title: str, random_wanted: bool, json_wanted: bool) -> None:
    """Add an account. The password is asked for; without a terminal a random one is printed, once."""
    from fyr.serve.permissions import Role

    password = _new_password(name, random_wanted=random_wanted)
    with _accounts_of(home, "add account", name) as accounts:
        accounts.add(name, password.text, Role(role), title)
    _say_account({"name": name, "role": role}, password, json_wanted=json_wanted)


@account.command("password")
@click.argument("name")
@click.option("--random", "random_wanted", is_flag=True, help="Make a random password and print it, once.")
@json_option
@click.pass_obj
def password(home: Home, name: str, random_wanted: bool, json_wanted: bool) -> None:
    """Set a new password."""
    new = _new_password(name, random_wanted=random_wanted)
    with _accounts_of(home, "set password", name) as accounts:
        accounts.set_password(name, new.text)
    _say_account({"name": name}, new, json_wanted=json_wanted)


@account.command("disable")
@click.argument("name")
@json_option
@click.pass_obj
def disable(home: Home, name: str, json_wanted: bool) -> None:
    """Let an account sign in no more; its sessions end at their next request."""
    with _accounts_of(home, "disable account", name) as accounts:
        accounts.disable(name)
    if json_wanted:
        as_json({"name": name, "disabled": True})
    else:
        click.echo(f"{name} may not sign in any more")


@account.command("enable")
@click.argument("name")
@json_option
@click.pass_obj
def enable(home: Home, name: str, json_wanted: bool) -> None:
    """Let a disabled account sign in again."""
    with _accounts_of(home, "enable account", name) as accounts:
        accounts.enable(name)
    if json_wanted:
        as_json({"name": name, "disabled": False})
    else:
        click.echo(f"{name} may sign in again")


@account.command("list")
@json_option
@click.pass_obj
def list_accounts(home: Home, json_wanted: bool) -> None:
    """List all accounts."""
    from fyr.clock import to_iso

    with _accounts_of(home, "list accounts", "") as accounts:
        rows = [
            {
                "name": entry.name,
                "title": entry.title,
                "role": entry.role.value,
                "created": to_iso(entry.created_us),
                "disabled": None if entry.disabled_us is None else to_iso(entry.disabled_us),
            }
            for entry in accounts.all()
        ]
    if json_wanted:
        as_json({"accounts": rows})
        return
    for row in rows:
        click.echo(f"{row['name']:<24} {row['role']:<14} {row['title']}{'  (disabled)' if row['disabled'] else ''}")
    if not rows:
        click.echo("there is no account yet: fyr serve account add NAME --role nurse")


def warn_of_exposure(host: str) -> None:
    """Say on stderr what it means to listen beyond this machine."""
    from fyr.serve.host_names import is_loopback

    if not is_loopback(host):
        click.echo(
            f"fyr: warning: {host} is reachable from other machines, and without TLS passwords and patient data cross "
            "the network in the clear; put a reverse proxy with TLS in front, or leave --host out",
            err=True,
        )


def say_how_to_sign_in(made: Mapping[str, str], renew: str) -> None:
    """Print passwords that were just made, or how to get new ones."""
    if not made:
        click.echo(f"Sign in with the passwords that were printed at the first start, or get new ones: {renew}")
        return
    click.echo("Sign in as one of these; the passwords are shown this once:")
    for name, password in made.items():
        click.echo(f"    {name:<14} {password}")


@dataclass(frozen=True, slots=True)
class _Password:
    text: str
    is_random: bool


def _new_password(name: str, *, random_wanted: bool) -> _Password:
    from fyr.serve.passwords import random_password

    if random_wanted or not sys.stdin.isatty():
        return _Password(random_password(), is_random=True)
    text: str = click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
    return _Password(text, is_random=False)


def _say_account(entry: dict[str, str], password: _Password, *, json_wanted: bool) -> None:
    shown = {**entry, "password": password.text} if password.is_random else entry
    if json_wanted:
        as_json(shown)
    elif password.is_random:
        click.echo(f"{entry['name']}: the password, shown this once, is {password.text}")
    else:
        click.echo(f"{entry['name']}: done")


@contextmanager
def _accounts_of(home: Home, action: str, name: str) -> Iterator[LocalAccounts]:
    """Open the accounts of a home; what is done with them is in the audit trail."""
    from fyr.record import Access
    from fyr.record.audit import AuditEvent
    from fyr.record.record import Record
    from fyr.serve.accounts import LocalAccounts
    from fyr.serve.credential_store import StoredAccounts

    with Record.open(home) as record:
        yield LocalAccounts(StoredAccounts(record.storage))
        access = Access.of_operating_system_user(purpose="administration")
        record.audit.append([AuditEvent(access, action, detail={"account": name} if name else {})])
