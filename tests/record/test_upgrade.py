"""The schema: made by its migrations, equal to what the code says, and left alone when it is newer."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from fyr.errors import BadInput
from fyr.record import PatientId, Record
from fyr.record.schema import METADATA, REVISION, REVISION_TABLE


def test_the_migrations_make_what_the_code_says(record: Record) -> None:
    with record.storage.reading() as connection:
        found = MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE})
        assert compare_metadata(found, METADATA) == []
        assert found.get_current_revision() == REVISION


def test_the_code_knows_its_newest_revision() -> None:
    settings = Config()
    settings.set_main_option("script_location", "fyr.record:migrations")
    assert ScriptDirectory.from_config(settings).get_current_head() == REVISION


def test_a_record_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_holds(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'fyr.db'}")
    settings = Config()
    settings.set_main_option("script_location", "fyr.record:migrations")
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.execute(text("INSERT INTO account VALUES ('anna', 'Anna', 'nurse', 'hash', 1, NULL)"))
    engine.dispose()
    with Record.open(tmp_path) as record, record.storage.reading() as connection:
        assert (
            MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE}).get_current_revision()
            == REVISION
        )
        assert connection.scalar(text("SELECT title FROM account")) == "Anna"
        assert connection.scalar(text("SELECT count(*) FROM machine_token")) == 0


def test_a_newer_schema_is_left_alone(opened: Callable[..., Record]) -> None:
    record = opened()
    record.add_patient(PatientId("demo", "1"))
    with record.storage.writing() as connection:
        connection.execute(text(f"UPDATE {REVISION_TABLE} SET version_num = '9999'"))  # noqa: S608  a constant
        before = _everything(connection)
    record.close()
    with pytest.raises(BadInput) as refused:
        opened()
    assert "revision 9999" in str(refused.value)
    assert f"up to {REVISION}" in str(refused.value)
    assert "nothing was altered" in refused.value.mend
    with record.storage.reading() as connection:
        assert _everything(connection) == before


def test_another_programs_tables_are_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "fyr.db")
    database.execute("CREATE TABLE patient (name TEXT)")
    database.commit()
    database.close()
    with pytest.raises(BadInput, match="tables patient that are not Fyr's"):
        Record.open(tmp_path)
    assert inspect_tables(tmp_path / "fyr.db") == ["patient"]


def test_nothing_is_made_where_nothing_may_be(address: str, opened: Callable[..., Record]) -> None:
    with pytest.raises(BadInput, match="there is no record here"):
        opened(create=False)
    opened().close()
    assert opened(create=False).patients() == []


def test_many_processes_may_open_a_new_record_at_once(address: str) -> None:
    program = f"from fyr.record import Record; Record.open({address!r}).patients()"
    openers = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(3)]
    said = [opener.communicate(timeout=120)[1].decode() for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * 3, said
    with Record.open(address, create=False) as record:
        verdict = record.audit.verify()
    assert (verdict.ok, verdict.entries) == (True, 3)


def inspect_tables(file: Path) -> list[str]:
    database = sqlite3.connect(file)
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    database.close()
    return names


def _everything(connection: object) -> str:
    """The digest of all tables and their rows."""
    hashed = hashlib.sha256()
    for table in sorted(inspect(connection).get_table_names()):  # type: ignore[attr-defined]
        rows = connection.execute(text("SELECT * FROM TABLE_NAME".replace("TABLE_NAME", table)))  # type: ignore[attr-defined]
        hashed.update(f"{table} {sorted(map(repr, rows))}".encode())
    return hashed.hexdigest()
