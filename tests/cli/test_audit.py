"""`fyr audit` as a process: verify, export, and what a person reads when something is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fyr.record import PatientId, Record


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a record with a few entries in its trail."""
    with Record.open(tmp_path / "home") as record:
        record.add_patient(PatientId("demo", "1"))
        for _ in range(4):
            record.attributes(PatientId("demo", "1"))
    return tmp_path / "home"


def _fyr(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "FYR_HOME"}
    if home is not None:
        environment["FYR_HOME"] = str(home)
    command = [sys.executable, "-m", "fyr.cli", "audit", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def _edit(home: Path, sequence: int) -> None:
    database = sqlite3.connect(home / "fyr.db")
    database.execute("DROP TRIGGER audit_entry_refuses_update")
    database.execute("UPDATE audit_entry SET document = replace(document, 'os:', 'no') WHERE sequence = ?", [sequence])
    database.commit()
    database.close()


def test_verify_says_that_all_is_well_and_the_head(home: Path) -> None:
    done = _fyr("verify", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all 5 entries are as they were written; head 5:" in done.stdout
    head = done.stdout.split("head ")[1].strip()
    assert _fyr("verify", "--head", head, "--home", str(home)).returncode == 0


def test_verify_as_json(home: Path) -> None:
    done = _fyr("verify", "--json", "--home", str(home))
    verdict = json.loads(done.stdout)
    assert (verdict["ok"], verdict["entries"], verdict["first_problem"]) == (True, 5, None)


def test_verify_names_the_edited_entry_and_leaves_with_3(home: Path) -> None:
    _edit(home, 3)
    done = _fyr("verify", home=home)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "entry 3 is not as it was written" in done.stderr
    as_json = _fyr("verify", "--json", home=home)
    verdict = json.loads(as_json.stdout)
    assert (as_json.returncode, verdict["first_problem"], verdict["sequence"]) == (3, "edited", 3)


def test_export_is_a_chain_of_lines_and_the_last_is_itself(home: Path) -> None:
    done = _fyr("export", home=home)
    assert done.returncode == 0
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["action"] for entry in entries] == ["add patient", *["read attributes"] * 4, "export audit trail"]
    previous = "0" * 64
    for entry in entries:
        hashed = entry.pop("hash")
        assert entry["previous"] == previous
        line = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(line.encode()).hexdigest()
        assert previous == hashed


def test_export_as_one_document(home: Path) -> None:
    assert len(json.loads(_fyr("export", "--json", home=home).stdout)["entries"]) == 6


@pytest.mark.parametrize("verb", ["verify", "export"])
def test_no_record_is_made_where_there_is_none(tmp_path: Path, verb: str) -> None:
    done = _fyr(verb, "--home", str(tmp_path / "nowhere"))
    assert done.returncode == 3
    assert "there is no record here" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_without_a_home_the_record_of_the_folder_is_meant(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fyr.cli", "audit", "verify"]
    environment = {name: value for name, value in os.environ.items() if name != "FYR_HOME"}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert done.returncode == 3
    assert "there is no record here" in done.stderr
    assert ".fyr" in done.stderr


def test_a_head_that_makes_no_sense_is_refused(home: Path) -> None:
    done = _fyr("verify", "--head", "yesterday", home=home)
    assert done.returncode == 3
    assert "SEQUENCE:HASH" in done.stderr
