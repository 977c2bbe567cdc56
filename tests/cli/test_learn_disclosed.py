"""A ledger is read on the command line, and one that was altered is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fyr.cli.main import main
from fyr.learn.federation.disclosure.ledger import Entry, Ledger
from fyr.learn.federation.disclosure.row_keys import patient_key

_SECRET = b"s" * 32


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    kept = tmp_path / "disclosed.ledger"
    entry = Entry("a" * 64, "trial", 0, "glm", "q", rows=2, numbers=5, columns=("age",))
    Ledger(kept).charge(entry, [[patient_key(_SECRET, "ann"), patient_key(_SECRET, "bo")]], after=0)
    (tmp_path / "secret").write_bytes(_SECRET)
    return kept


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(["learn", "disclosed", *map(str, arguments)])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return told


def test_it_says_what_was_told(ledger: Path, run: Callable[..., tuple[int, str]]) -> None:
    code, said = run(ledger, "--json")
    document = json.loads(said)
    assert (code, document["patients"], document["studies"]["a" * 64]["numbers"]) == (0, 2, 5)
    code, said = run(ledger)
    assert "trial (aaaaaaaaaaaa): 1 rounds, 2 rows, 5 numbers" in said


def test_a_patient_is_told_theirs(ledger: Path, run: Callable[..., tuple[int, str]]) -> None:
    secret = ledger.with_name("secret")
    _, said = run(ledger, "--patient", "ann", "--secret", secret, "--json")
    assert [one["step"] for one in json.loads(said)["of_patient"]] == ["glm"]
    _, said = run(ledger, "--patient", "eva", "--secret", secret, "--json")
    assert json.loads(said)["of_patient"] == []


def test_what_cannot_be_read_is_said(ledger: Path, run: Callable[..., tuple[int, str]]) -> None:
    assert run(ledger.with_name("none"))[0] == 3
    assert run(ledger, "--patient", "ann")[0] == 2
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE entries SET document = replace(document, '\"rows\":2', '\"rows\":1')")
    connection.close()
    code, said = run(ledger)
    assert code == 3
    assert "not as it was written" in said
