"""One database, SQLite or PostgreSQL, behind one engine: transactions, locks, and errors that a person can act on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from fyr.clock import Clock, SystemClock
from fyr.errors import BadInput, ServiceUnavailable
from fyr.record.failures import database_errors, disk_errors

__all__ = ["Storage", "add_new"]

_BUSY_TIMEOUT_S: Final = 60
_LOCKS: Final = {"schema": 0x66797201, "files": 0x66797202, "audit": 0x66797203}
"""Keys of PostgreSQL's advisory locks; on SQLite the one writer holds them all."""

_WRITES: Final = "fyr_writes"


class Storage:
    """The engine, the folder of files beside it, and the clock.

    Parameters
    ----------
    url : str or Path
        A folder (SQLite in its ``fyr.db``), ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``.
    files : Path, optional
        Where series and objects are kept; beside the SQLite file by default, required for PostgreSQL, where it may
        also stand in the URL as ``?files=/srv/fyr``.
    clock : Clock, optional
        What the time is; the machine's own clock by default.
    create : bool
        Whether folder and file may be made.
    """

    engine: Engine
    """The SQLAlchemy engine; prefer :meth:`reading` and :meth:`writing` to its own ``begin``."""

    def __init__(
        self, url: str | Path, *, files: Path | None = None, clock: Clock | None = None, create: bool = True
    ) -> None:
        address, self.files = _address(url, files)
        self.clock: Clock = clock or SystemClock()
        self.name: str = address.render_as_string(hide_password=True)
        self._one_writer = threading.Lock() if address.get_backend_name() == "sqlite" else None
        self._prepare_folders(address, create=create)
        self.engine = _engine(address)

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """Which database this is."""
        return "postgresql" if self._one_writer is None else "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the database."""
        with database_errors(self.name), self.engine.connect() as plain:
            if self.dialect == "postgresql":
                plain.execution_options(isolation_level="REPEATABLE READ")
            with plain.begin():
                yield plain

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; durable when the block ends, undone when the block raises.

        Do not read or write through the record inside the block: on SQLite its trail would wait for this transaction.
        """
        with database_errors(self.name), self._turn(), self.engine.connect() as plain:
            plain.execution_options(**{_WRITES: True})
            with plain.begin():
                yield plain

    def lock(self, connection: Connection, what: Literal["schema", "files", "audit"]) -> None:
        """Keep other processes from the same work until this transaction ends."""
        if self.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCKS[what]})")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer: threads queue up here, fairly, and only processes meet in its busy loop."""
        if self._one_writer is None:
            yield
        else:
            with self._one_writer:
                yield

    def _prepare_folders(self, address: URL, *, create: bool) -> None:
        if self.dialect == "sqlite":
            path = Path(address.database or "")
            if not create and not path.is_file():
                raise BadInput("there is no record here", where=str(path), mend="name the folder of one that exists")
        with disk_errors(self.files):
            if not self.files.exists():
                self.files.mkdir(mode=0o700, parents=True)
            elif not self.files.is_dir():
                raise BadInput("this is a file, not a folder", where=str(self.files), mend="name a folder")


def add_new(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows, pass over those whose unique key is already there, and return how many were new."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(into).on_conflict_do_nothing().inline()
    return int(connection.execute(adding, rows, execution_options={"preserve_rowcount": True}).rowcount)


def _address(url: str | Path, files: Path | None) -> tuple[URL, Path]:
    if isinstance(url, Path) or "://" not in url:
        folder = Path(url)
        return URL.create("sqlite", database=str(folder / "fyr.db")), files or folder
    try:
        address = make_url(url)
    except ArgumentError:
        raise BadInput(f"'{url}' is not the address of a database", mend=_ADDRESS_MEND) from None
    backend = address.get_backend_name()
    if backend == "sqlite" and address.database not in (None, "", ":memory:"):
        return address, files or Path(str(address.database)).parent
    if backend == "postgresql":
        named = address.query.get("files")
        if files is None and not named:
            raise BadInput(
                "a record in PostgreSQL needs a folder for its series and objects",
                where=address.render_as_string(),
                mend="add ?files=/path/of/a/folder to the address",
            )
        return address.set(drivername="postgresql+psycopg").difference_update_query(["files"]), files or Path(
            str(named)
        )
    raise BadInput(f"Fyr keeps no record at '{address.render_as_string()}'", mend=_ADDRESS_MEND)


_ADDRESS_MEND: Final = "give a folder, sqlite:///PATH/fyr.db or postgresql://USER@HOST/NAME"


def _engine(address: URL) -> Engine:
    if address.get_backend_name() == "postgresql":
        try:
            return create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as problem:
            raise ServiceUnavailable(
                "the PostgreSQL driver psycopg is not installed", where=str(problem), mend="pip install 'fyr[scale]'"
            ) from problem
    engine = create_engine(address, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_on_sqlite, not guessed by the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit is on the disk, not in the operating system's cache
        "foreign_keys=ON",
        "recursive_triggers=ON",  # INSERT OR REPLACE meets the triggers too
        "wal_autocheckpoint=1000",  # whose commit reaches it copies 4 MB into the database, and waits some 10 ms
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_on_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
