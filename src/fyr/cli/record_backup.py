"""``fyr record backup | restore | check``: a copy to rely on, the way back, and whether a record is whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.record.record import Record
    from fyr.record.whole import Wholeness

__all__ = ["backup", "check", "restore"]


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@home_option
@click.option("--config", "config_path", type=click.Path(dir_okay=False, path_type=Path), help="A fyr.toml elsewhere.")
@json_option
def backup(target: Path, home: Home, config_path: Path | None, json_wanted: bool) -> None:
    """Copy the whole record into the new folder TARGET, also while a server writes it.

    TARGET appears when the copy is complete and on the disk, and is never overwritten. It holds patient data.
    """
    from fyr.record import Access, AuditEvent
    from fyr.record.backup import back_up
    from fyr.record.record import Record
    from fyr.serve.configuration import configuration_file

    folder = _folder_of(home, "back up")
    configuration = configuration_file(config_path, folder)
    access = Access.of_operating_system_user(purpose="backup")
    with Record.open(folder, access=access, create=False) as record:
        record.audit.append([AuditEvent(access, "back up record", detail={"target": str(target)})])
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    elsewhere = configuration is not None and configuration.resolve() != (folder / "fyr.toml").resolve()
    with progress("copying", size) as step:
        made = back_up(folder, target, configuration=configuration if elsewhere else None, progress=step)
    if json_wanted:
        as_json({"backup": str(target), "files": len(made.files), "bytes": made.size})
    else:
        click.echo(f"{target}: {len(made.files):,} files, {made.size:,} bytes; it holds patient data")


@click.command()
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path))
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The new record's folder; empty or new.")
@json_option
def restore(source: Path, home: Path, json_wanted: bool) -> None:
    """Make a new record from BACKUP: every file is compared with its digest, and the whole is checked first."""
    from fyr.record.backup import read_manifest
    from fyr.record.backup import restore as restore_backup

    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BadInput("this folder is not empty", where=str(home), mend="name a new folder with --home")
    found: list[Wholeness] = []
    with progress("copying", read_manifest(source).size) as step:
        made = restore_backup(source, home, check=lambda folder: found.append(_good(folder, source)), progress=step)
    whole = found[0]
    if json_wanted:
        as_json({"home": str(home), "files": len(made.files), "bytes": made.size, **asdict(whole)})
    else:
        click.echo(f"{home}: {len(made.files):,} files as they were backed up; {_in_words(whole)}")


@click.command()
@home_option
@json_option
def check(home: Home, json_wanted: bool) -> None:
    """Look at everything in the record: database, audit trail, files, journal. Leave with 3 if anything is wrong."""
    from fyr.record import Access
    from fyr.record.record import Record

    with Record.open(home, access=Access.of_operating_system_user(purpose="check the record"), create=False) as record:
        whole = _checked(record)
    if json_wanted:
        as_json({"ok": whole.ok, **asdict(whole)})
    elif whole.ok:
        click.echo(f"{home}: {_in_words(whole)}")
    if not whole.ok:
        if not json_wanted:
            more = f"; and {len(whole.problems) - 1} more: --json has them all" if len(whole.problems) > 1 else ""
            click.echo(f"fyr: {home}: {whole.problems[0]}{more}; restore it from a backup", err=True)
        raise click.exceptions.Exit(3)


def _checked(record: Record) -> Wholeness:
    from fyr.record.whole import check_record
    from fyr.serve.ward_codec import decode_entry

    def decode(partition: str, payload: bytes) -> None:
        if partition.startswith("ward/"):
            decode_entry(payload)

    return check_record(record, decode=decode)


def _good(folder: Path, source: Path) -> Wholeness:
    """Check a restored copy, and note in its trail where it came from."""
    from fyr.record import Access, AuditEvent
    from fyr.record.record import Record

    access = Access.of_operating_system_user(purpose="restore")
    with Record.open(folder, access=access, create=False) as record:
        whole = _checked(record)
        record.audit.append([AuditEvent(access, "restore record", detail={"backup": str(source)})])
    if not whole.ok:
        raise BadInput(f"the backup holds no good record: {whole.problems[0]}", where=str(source), mend="use another")
    return whole


def _in_words(whole: Wholeness) -> str:
    return (
        f"whole: {whole.audit_entries:,} entries in the audit trail, {whole.journal_entries:,} in the journal, "
        f"{whole.files:,} files of samples and objects"
    )


def _folder_of(home: Home, what: str) -> Path:
    if isinstance(home, Path):
        return home
    raise UsageError(
        f"Fyr does not {what} a database at an address",
        where=home.partition("?")[0],
        mend="use pg_dump for the database, then copy the folder after ?files=",
    )
