"""Where a record is: addresses that make sense, those that do not, and databases that are not there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record import PatientId, Record


def test_a_folder_and_its_database_are_the_same_record(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        record.add_patient(PatientId("demo", "1"))
    for url in (str(tmp_path / "home"), f"sqlite:///{tmp_path / 'home' / 'fyr.db'}"):
        with Record.open(url, create=False) as record:
            assert record.patients() == [PatientId("demo", "1")]
            assert record.storage.files == tmp_path / "home"


def test_only_the_owner_may_look_into_a_new_folder(tmp_path: Path) -> None:
    Record.open(tmp_path / "home").close()
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["mysql://localhost/fyr", "sqlite://", "sqlite:///:memory:", "what://is this"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="give a folder"):
        Record.open(url)


def test_postgresql_needs_a_folder_for_files() -> None:
    with pytest.raises(BadInput, match="files="):
        Record.open("postgresql://fyr:secret@127.0.0.1/fyr")


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"postgresql://fyr:secret@127.0.0.1:{free.getsockname()[1]}/fyr"
        with pytest.raises(ServiceUnavailable, match="does not answer") as refused:
            Record.open(address, files=tmp_path)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fyr.db").write_bytes(b"not a database" * 100)
    with pytest.raises(BadInput, match="the database is damaged"):
        Record.open(tmp_path)
    assert (tmp_path / "fyr.db").read_bytes() == b"not a database" * 100


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(BadInput, match="not a folder"):
        Record.open(tmp_path / "home")


def test_a_commit_is_on_the_disk(record: Record) -> None:
    if record.storage.dialect == "sqlite":
        with record.storage.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL, sqlite.org/pragma.html"
    else:
        with record.storage.reading() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
