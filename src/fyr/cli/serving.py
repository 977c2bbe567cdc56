"""What ``fyr serve`` starts: everything in this process, or a front that keeps workers."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home

if TYPE_CHECKING:
    import socket

    from fyr.record.journal import Journal
    from fyr.record.record import Record
    from fyr.serve.configuration import Configuration
    from fyr.serve.hospital import House
    from fyr.serve.installation import Installation
    from fyr.serve.log_setup import PatientWords

__all__ = ["house_of", "serve_front", "serve_house", "serve_until_stopped", "serve_worker"]


def serve_house(house: House, listening: socket.socket, *, begin_anew: bool = False) -> None:
    """Serve everything in this process until stopped."""
    from fyr.serve.hospital import open_hospital
    from fyr.serve.journal_choice import JournalChoice, hold_to_choice

    hold_to_choice(house.record.journal, house.record.journal, JournalChoice("embedded", 1), begin_anew=begin_anew)
    here = _with_token(open_hospital(house), house)
    serve_until_stopped(here, listening, lambda: _say_it_is_open(here, house, listening))


def serve_front(house: House, listening: socket.socket, *, begin_anew: bool = False) -> None:
    """Serve with workers until stopped; they are this very command with ``worker`` behind it."""
    from fyr.serve.app import create_app
    from fyr.serve.hospital import open_front
    from fyr.serve.journal_choice import JournalChoice, hold_to_choice
    from fyr.serve.server import run
    from fyr.serve.shard_proxy import ShardProxy
    from fyr.serve.workers import Workers

    shards = house.configuration.journal.workers
    with _journal_of(house.record, house.configuration, "front") as journal, tempfile.TemporaryDirectory() as folder:
        wanted = JournalChoice(house.configuration.journal.kind, shards)
        hold_to_choice(house.record.journal, journal, wanted, begin_anew=begin_anew)
        here, inputs = open_front(house, journal)
        here = _with_token(here, house)
        sockets = [Path(folder) / f"{shard}.sock" for shard in range(shards)]
        workers = Workers(
            [
                [sys.executable, "-m", "fyr.cli", *sys.argv[1:], "worker", "--shard", str(shard), "--socket", str(path)]
                for shard, path in enumerate(sockets)
            ]
        )
        app = ShardProxy(
            create_app(here),
            sockets,
            inputs.shard_of,
            lambda: [one.document() for one in here.watchdog.board.standing()],
        )
        workers.start()
        try:
            with nullcontext() if here.interfaces is None else here.interfaces.open():
                run(app, here, listening, lambda: _say_it_is_open(here, house, listening))
        finally:
            workers.stop()
    click.echo("fyr: stopped", err=True)


def serve_worker(house: House, shard: int, path: Path) -> None:
    """Serve the wards of one worker on a Unix socket until stopped, or until the front is gone."""
    from fyr.serve.hospital import open_worker
    from fyr.serve.only_server import only_server
    from fyr.serve.server import bind_unix, stop_when_input_ends

    lock = house.record.storage.files / "workers" / str(shard + 1)
    lock.mkdir(parents=True, exist_ok=True)
    with only_server(lock), _journal_of(house.record, house.configuration, f"worker {shard + 1}") as journal:
        here = open_worker(house, journal, shard)
        stop_when_input_ends()
        serve_until_stopped(here, bind_unix(path), lambda: None, is_worker=True)


def serve_until_stopped(
    here: Installation, listening: socket.socket, on_started: Callable[[], None], *, is_worker: bool = False
) -> None:
    """Serve until Ctrl-C, and say where the page is missing."""
    from fyr.serve.app import create_app
    from fyr.serve.server import run

    if not here.page.is_built and not is_worker:
        click.echo("fyr: the page is not built: `make run` builds it; the API works meanwhile", err=True)
    with nullcontext() if here.interfaces is None else here.interfaces.open():
        run(create_app(here), here, listening, on_started)
    if not is_worker:
        click.echo("fyr: stopped", err=True)


@contextmanager
def _journal_of(record: Record, configuration: Configuration, who: str) -> Iterator[Journal]:
    from fyr.record import Access
    from fyr.record.jetstream_journal import open_jetstream_journal

    access = Access(f"fyr serve, {who}", "software", "care")
    keys = record.storage.files / "journal keys"
    keys.mkdir(exist_ok=True)
    with open_jetstream_journal(
        configuration.journal.url, access=access, audit=record.audit, keys=keys / f"{who}.sqlite"
    ) as journal:
        yield journal


def _with_token(here: Installation, house: House) -> Installation:
    from fyr.serve.configuration_check import secret_of

    return replace(here, metrics_token=secret_of(house.configuration.server.metrics_token_file))


def _say_it_is_open(here: Installation, house: House, listening: socket.socket) -> None:
    from fyr.serve.accounts import LocalAccounts
    from fyr.serve.credential_store import StoredAccounts

    server, title = house.configuration.server, house.configuration.hospital.title
    click.echo(f"{title} is open: http://{server.host}:{listening.getsockname()[1]}")
    if not LocalAccounts(StoredAccounts(house.record.storage)).all():
        click.echo("Nobody can sign in yet: fyr serve account add NAME --role nurse")
    for source in here.interfaces.sources() if here.interfaces is not None else ():
        click.echo(f"{source.name} ({source.kind}): {source.health.state.value}, {source.health.detail}")
    if house.configuration.journal.kind == "embedded" and not here.wards.wards():
        click.echo("The wards are empty: a source admits patients, or fyr record import PATH brings recordings in.")
    click.echo("Stop it with Ctrl-C.")
    sys.stdout.flush()


def house_of(
    home: Home, record: Record, configuration: Configuration, words: PatientWords, *, with_sources: bool = True
) -> House:
    """Return what a hospital is opened with."""
    from fyr.serve.hospital import House
    from fyr.serve.host_names import names_of
    from fyr.serve.interfaces import OpenSource
    from fyr.serve.source_kinds import build_sink, build_source

    server, options = configuration.server, configuration.hospital.options
    return House(
        home,
        record,
        configuration,
        names_of(server.host, server.names),
        words,
        [
            OpenSource(build_source(one, **options), one.kind, one.silent_after_us)
            for one in configuration.sources
            if with_sources
        ],
        [(build_sink(one, **options), one.kind) for one in configuration.sinks],
    )
