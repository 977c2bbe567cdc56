"""Both databases and JetStream for one suite: SQLite in a folder, private servers that the fixtures start."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.record.nats_server import NatsServer, nats_server_program

from fyr.clock import ManualClock
from fyr.record import Access, Journal, PatientId, Record
from fyr.record.jetstream_journal import open_jetstream_journal

ANNA, BO, STRANGER = PatientId("demo", "1"), PatientId("other", "1"), PatientId("demo", "stranger")
NURSE = Access(person="ingrid", role="nurse", purpose="care")

Opener = Callable[..., Record]


def _program(name: str) -> str | None:
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(newest_first[0]) if newest_first else shutil.which(name)


def _unprivileged() -> dict[str, Any]:
    """As whom the server runs: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server of our own, without a database name; stopped by its process id."""
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL is not installed: neither in /usr/lib/postgresql nor on the PATH")
    person = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="fyr-pg-"))
    if person:
        os.chown(folder, person["user"], person["group"])
    try:
        cluster = ["-D", str(folder / "data")]
        subprocess.run(
            [initdb, *cluster, "-U", "fyr", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
            check=True,
            capture_output=True,
            cwd=folder,
            timeout=120,
            **person,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listening = [
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            str(folder),
            "-F",
        ]  # -F: the machine does not lose power here
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([postgres, *cluster, *listening], stdout=log, stderr=log, cwd=folder, **person)
        try:
            _wait_until_it_answers(server, port, folder / "log")
            yield f"postgresql://fyr@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nobody will open this cluster again
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="fyr", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the private PostgreSQL server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        else:
            return


def _new_schema(server: str) -> str:
    """A name space of its own for one test: as empty as a new database, and made a hundred times faster."""
    import psycopg

    name = f"fyr_{secrets.token_hex(8)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{server}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty record, in each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'fyr.db'}"
    return f"{_new_schema(request.getfixturevalue('postgresql_server'))}&files={tmp_path / 'home'}"


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-11-22T08:00:00Z."""
    return ManualClock(1_795_334_400_000_000)


@pytest.fixture
def opened(address: str, clock: ManualClock) -> Iterator[Opener]:
    """Opens the record at the address, as often as asked, and closes all at the end."""
    records: list[Record] = []

    def open_it(**options: Any) -> Record:
        records.append(Record.open(address, **{"access": NURSE, "clock": clock} | options))
        return records[-1]

    yield open_it
    for record in records:
        record.close()


@pytest.fixture
def record(opened: Opener) -> Record:
    """An open record that knows two patients with the same local id in two hospitals."""
    record = opened()
    record.add_patient(ANNA, attributes={"birth_year": 1950})
    record.add_patient(BO)
    return record


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The record's folder of files."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """A NATS server of our own with JetStream; stopped by its process id."""
    if nats_server_program() is None:
        pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
    folder = Path(tempfile.mkdtemp(prefix="fyr-nats-"))
    server = NatsServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


JournalOpener = Callable[[], tuple[Record, Journal]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "jetstream"])
def opened_journal(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[JournalOpener]:
    """Opens a record and the journal beside it, each time the same ones: in both databases and on JetStream."""
    closing: list[Callable[[], None]] = []
    address = f"sqlite:///{tmp_path / 'home' / 'fyr.db'}"
    if request.param == "postgresql":
        address = f"{_new_schema(request.getfixturevalue('postgresql_server'))}&files={tmp_path / 'home'}"
    server = request.getfixturevalue("nats_server") if request.param == "jetstream" else None
    space = secrets.token_hex(6)

    def open_it() -> tuple[Record, Journal]:
        record = Record.open(address, access=NURSE, clock=clock)
        closing.append(record.close)
        if server is None:
            return record, record.journal
        journal = open_jetstream_journal(
            server.url, access=NURSE, audit=record.audit, clock=clock, space=space, keys=tmp_path / "keys.db"
        )
        closing.append(journal.close)
        return record, journal

    yield open_it
    for close in reversed(closing):
        close()


@pytest.fixture
def journal(opened_journal: JournalOpener) -> Journal:
    """An empty journal, in both databases and on JetStream."""
    return opened_journal()[1]
