"""The ledger is durable, charges once, forgets nothing, and shows whether it was altered."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.ledger import Entry, Ledger
from fyr.learn.federation.disclosure.row_keys import patient_key

_SECRET = b"k" * 32


def _keys(*names: str) -> list[bytes]:
    return [patient_key(_SECRET, name) for name in names]


def _entry(number: int, study: str = "a", question: str = "q") -> Entry:
    return Entry(study, "trial", number, "glm", question, rows=2, numbers=3, columns=("age",))


def test_what_was_charged_is_there_after_a_restart(tmp_path: Path) -> None:
    kept = tmp_path / "site" / "disclosed.db"
    first = Ledger(kept)
    first.charge(_entry(0), [_keys("ann", "bo"), _keys("ann")], after=0)
    again = Ledger(kept)
    (entry,) = again.entries()
    assert (entry.study, entry.rows, entry.columns, len(entry.groups)) == ("a", 2, ("age",), 2)
    assert {len(members) for members in again.groups().values()} == {1, 2}
    assert again.verify() == 1
    assert oct(kept.stat().st_mode)[-3:] == "600"


def test_a_round_is_charged_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.db")
    first = ledger.charge(_entry(0), [_keys("ann")], after=0)
    assert ledger.charge(_entry(0), [_keys("bo")], after=1) == first
    assert len(ledger.entries()) == 1
    with pytest.raises(Refused, match="another question"):
        ledger.charge(_entry(0, question="other"), after=1)


def test_what_was_weighed_before_others_charged_is_weighed_again(tmp_path: Path) -> None:
    one, other = Ledger(tmp_path / "l.db"), Ledger(tmp_path / "l.db")
    assert one.charge(_entry(0), after=0) is not None
    assert other.charge(_entry(1), after=0) is None
    assert len(other.entries()) == 1
    assert other.charge(_entry(1), after=1) is not None


def test_a_patient_is_told_what_they_were_part_of() -> None:
    ledger = Ledger()
    ledger.charge(_entry(0), [_keys("ann", "bo")], after=0)
    ledger.charge(_entry(1), [_keys("bo", "eva")], after=1)
    assert [entry.round for entry in ledger.patient(*_keys("bo"))] == [0, 1]
    assert [entry.round for entry in ledger.patient(*_keys("ann"))] == [0]
    assert ledger.patient(*_keys("nobody")) == []
    assert sorted(ledger.by_patient().values()) == [1, 1, 2]
    told = ledger.document()
    assert (told["patients"], told["disclosures_by_patient"]) == (3, {"fewest": 1, "most": 2})
    assert told["studies"]["a"]["numbers"] == 6


def test_no_name_is_in_the_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.db")
    ledger.charge(_entry(0), [_keys("a-very-rare-name")], after=0)
    held = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert b"a-very-rare-name" not in held
    assert patient_key(_SECRET, "a-very-rare-name") in held


@pytest.mark.parametrize(
    "change",
    ["UPDATE entries SET document = replace(document, '\"rows\":2', '\"rows\":1') WHERE number = 2",
     "DELETE FROM entries WHERE number = 2", "UPDATE entries SET chain = 'x' WHERE number = 3"],
)  # fmt: skip
def test_an_entry_that_was_altered_is_found(tmp_path: Path, change: str) -> None:
    kept = tmp_path / "l.db"
    ledger = Ledger(kept)
    for number in range(3):
        ledger.charge(_entry(number), after=number)
    assert ledger.verify() == 3
    with sqlite3.connect(kept) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(BadInput, match="not as it was written"):
        Ledger(kept).verify()


def test_many_who_charge_at_once_lose_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "l.db"
    Ledger(kept)

    def charge(study: str) -> None:
        ledger = Ledger(kept)
        for number in range(10):
            while ledger.charge(_entry(number, study), after=len(ledger.entries())) is None:
                pass

    threads = [threading.Thread(target=charge, args=(name,)) for name in ("a", "b", "c")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Ledger(kept).verify() == 30


_CHARGES = """
import sys
from fyr.learn.federation.disclosure.ledger import Entry, Ledger
ledger = Ledger(__import__("pathlib").Path(sys.argv[1]))
for number in range(len(ledger.entries()), 100_000):
    ledger.charge(Entry("a", "trial", number, "glm", "q"), [[b"0123456789abcdef"]], after=number)
    print(number, flush=True)
"""


@pytest.mark.slow
def test_what_was_said_to_be_charged_survives_a_kill(tmp_path: Path) -> None:
    kept = tmp_path / "l.db"
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHARGES, str(kept)], stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(7)]
        child.send_signal(signal.SIGKILL)
        said += [int(line) for line in child.stdout.read().split()]
        child.wait()
        child.stdout.close()
        assert Ledger(kept).verify() > said[-1]
