"""``fyr record backup | restore | check``: a copy to rely on, the way back, and whether a record is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.record.jetstream_connection import JetStreamConnection
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

    TARGET appears when the copy is complete and on the disk, and is never overwritten. It holds patient data. Where the
    wards' journal is on NATS JetStream, it holds the streams too.
    """
    from fyr.record import Access, AuditEvent
    from fyr.record.backup import STREAMS, back_up
    from fyr.record.record import Record
    from fyr.serve.configuration import configuration_file, read_configuration

    folder = _folder_of(home, "back up")
    configuration = configuration_file(config_path, folder)
    said = read_configuration(configuration).journal
    access = Access.of_operating_system_user(purpose="backup")
    with Record.open(folder, access=access, create=False) as record:
        _refuse_another_journal(record, said.kind)
        record.audit.append([AuditEvent(access, "back up record", detail={"target": str(target)})])
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    elsewhere = configuration is not None and configuration.resolve() != (folder / "fyr.toml").resolve()
    with (
        _connected(said.url) if said.kind == "jetstream" else nullcontext() as streams,
        progress("copying", size) as step,
    ):
        made = back_up(
            folder, target, configuration=configuration if elsewhere else None, streams=streams, progress=step
        )
    if json_wanted:
        as_json({"backup": str(target), "files": len(made.files), "bytes": made.size, "streams": STREAMS in made.files})
    else:
        streams_too = ", the streams of NATS JetStream among them" if STREAMS in made.files else ""
        click.echo(f"{target}: {len(made.files):,} files, {made.size:,} bytes{streams_too}; it holds patient data")


@click.command()
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path))
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The new record's folder; empty or new.")
@click.option(
    "--journal-url",
    metavar="URL",
    help="The NATS server that gets the streams, where there are some; by default the one in the backup's fyr.toml.",
)
@json_option
def restore(source: Path, home: Path, journal_url: str | None, json_wanted: bool) -> None:
    """Make a new record from BACKUP: every file is compared with its digest, and the whole is checked first.

    Streams of NATS JetStream are made anew as well, and refused where one of them holds something already.
    """
    from fyr.record.backup import STREAMS, read_manifest
    from fyr.record.backup import restore as restore_backup
    from fyr.record.jetstream_copy import check_streams, put_streams, refuse_unless_empty

    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BadInput("this folder is not empty", where=str(home), mend="name a new folder with --home")
    kept = read_manifest(source)
    if journal_url is not None and STREAMS not in kept.files:
        raise UsageError("this backup holds no streams", where=str(source), mend="leave --journal-url out")
    url = (journal_url or _journal_url_in(source)) if STREAMS in kept.files else None
    if url is None and STREAMS in kept.files:
        raise UsageError("the backup does not say where its streams were", where=str(source), mend="give --journal-url")
    found: list[Wholeness] = []
    entries = 0

    with (
        _connected(url) if url is not None else nullcontext() as server,
        progress("copying", kept.size) as step,
    ):
        if server is not None:
            refuse_unless_empty(source / STREAMS, server)

        def put(file: Path) -> None:
            nonlocal entries
            entries = check_streams(file, _decode)
            if server is not None:
                put_streams(file, server, progress=step)

        made = restore_backup(
            source,
            home,
            check=lambda folder: found.append(_good(folder, source)),
            put_streams=put,
            progress=step,
        )
    whole = found[0]
    if json_wanted:
        as_json(
            {
                "home": str(home),
                "files": len(made.files),
                "bytes": made.size,
                "stream_entries": entries,
                **asdict(whole),
            }
        )
    else:
        streams = f", {entries:,} in the streams" if STREAMS in made.files else ""
        click.echo(f"{home}: {len(made.files):,} files as they were backed up; {_in_words(whole)}{streams}")
    if journal_url is not None and journal_url != _journal_url_in(home):
        click.echo(f'fyr: write url = "{journal_url}" into {home / "fyr.toml"} before you serve this record', err=True)


@click.command()
@home_option
@click.option("--config", "config_path", type=click.Path(dir_okay=False, path_type=Path), help="A fyr.toml elsewhere.")
@click.option("--without-streams", is_flag=True, help="Leave out the streams of NATS JetStream, where there are some.")
@json_option
def check(home: Home, config_path: Path | None, without_streams: bool, json_wanted: bool) -> None:
    """Look at everything in the record: database, audit trail, files, journal. Leave with 3 if anything is wrong.

    Where the wards' journal is on NATS JetStream, every entry of its streams is read too, so the server must be there.
    """
    from fyr.record import Access
    from fyr.record.record import Record
    from fyr.serve.journal_choice import kept_choice

    with Record.open(home, access=Access.of_operating_system_user(purpose="check the record"), create=False) as record:
        choice = kept_choice(record.journal)
        has_streams = choice is not None and choice.kind == "jetstream"
        url = _url_of_streams(record, home, config_path) if has_streams and not without_streams else None
        entries, problems = (None, ()) if url is None else _checked_streams(url)
        whole = _checked(record)
    whole = replace(whole, problems=(*whole.problems, *problems))
    if json_wanted:
        as_json({"ok": whole.ok, "streams": url, "stream_entries": entries, **asdict(whole)})
    elif whole.ok:
        streams = "" if entries is None else f", {entries:,} in the streams on {url}"
        left_out = "; the wards' streams on NATS JetStream were not looked at" if has_streams and url is None else ""
        click.echo(f"{home}: {_in_words(whole)}{streams}{left_out}")
    if not whole.ok:
        if not json_wanted:
            more = f"; and {len(whole.problems) - 1} more: --json has them all" if len(whole.problems) > 1 else ""
            click.echo(f"fyr: {home}: {whole.problems[0]}{more}; restore it from a backup", err=True)
        raise click.exceptions.Exit(3)


def _url_of_streams(record: Record, home: Home, config_path: Path | None) -> str:
    """Return where the streams of the wards are, by the configuration that the server has."""
    from fyr.serve.configuration import configuration_file, read_configuration

    said = read_configuration(configuration_file(config_path, home)).journal
    _refuse_another_journal(record, said.kind)
    return said.url


def _checked_streams(url: str) -> tuple[int, tuple[str, ...]]:
    """Read every entry of the streams; return how many there are, and what is wrong."""
    from fyr.record.jetstream_check import stream_problems

    with _connected(url) as server:
        found = list(stream_problems(server, _decode))
    return found.count(None), tuple(f"the streams on {url}: {problem}" for problem in found if problem is not None)


def _checked(record: Record) -> Wholeness:
    from fyr.record.whole import check_record

    return check_record(record, decode=_decode)


def _decode(partition: str, payload: bytes) -> None:
    from fyr.serve.ward_codec import decode_entry

    if partition.startswith("ward/"):
        decode_entry(payload)


def _refuse_another_journal(record: Record, kind: str) -> None:
    """Stop here rather than leave out the wards' streams."""
    from fyr.serve.journal_choice import kept_choice

    choice = kept_choice(record.journal)
    if choice is not None and choice.kind != kind:
        raise BadInput(
            f"the wards are in the journal '{choice}', and the configuration says '{kind}'",
            where="[journal]",
            mend="name the configuration that fyr serve has with --config",
        )


def _journal_url_in(folder: Path) -> str | None:
    from fyr.serve.configuration import read_configuration

    file = folder / "fyr.toml"
    said = read_configuration(file).journal if file.is_file() else None
    return said.url if said is not None and said.kind == "jetstream" else None


@contextmanager
def _connected(url: str) -> Iterator[JetStreamConnection]:
    from fyr.record.jetstream_connection import JetStreamConnection

    with closing(JetStreamConnection(url)) as connection:
        yield connection


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
