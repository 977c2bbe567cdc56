"""The audit trail: tampering behind the code's back is found, and the first bad entry named; on both databases."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fyr.errors import BadInput
from fyr.record import Access, AuditEvent, AuditHead, PatientId, Record
from fyr.record.schema import NEVER_EDITED

ANNA = PatientId("demo", "1")
NURSE = Access("ingrid", "nurse", "care")
ENTRIES = 12


def _tamper(record: Record, *statements: str, **values: object) -> None:
    """Change the trail as somebody with the database's password could: triggers first."""
    with record.storage.writing() as connection:
        for table in NEVER_EDITED:
            if record.storage.dialect == "sqlite":
                for deed in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_refuses_{deed}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement.replace("%", "audit_entry")), named)


@pytest.fixture
def trail(opened: Callable[..., Record]) -> Record:
    """A record whose trail has twelve entries."""
    record = opened()
    record.audit.append([AuditEvent(NURSE, f"deed {n}", ANNA, {"n": n}) for n in range(1, ENTRIES + 1)])
    return record


def _verdict(record: Record, head: AuditHead | str | None = None) -> tuple[str | None, int | None]:
    verdict = record.audit.verify(head)
    assert verdict.ok == (verdict.first_problem is None)
    if not verdict.ok:
        assert verdict.entries == (verdict.sequence or 0) - 1
        assert str(verdict.sequence) in verdict.message
    return verdict.first_problem, verdict.sequence


def test_an_untouched_trail_is_in_order(trail: Record) -> None:
    verdict = trail.audit.verify()
    assert (verdict.ok, verdict.entries) == (True, ENTRIES)
    assert verdict.head == str(trail.audit.head())


def test_an_empty_trail_is_in_order(opened: Callable[..., Record]) -> None:
    assert opened().audit.verify().ok


@pytest.mark.parametrize("victim", [1, 5, ENTRIES])
@pytest.mark.parametrize(
    "change",
    [
        "document = replace(document, 'ingrid', 'nobody')",
        "document = document || ' '",
        "document = '{}'",
        "patient = 'demo/2'",
        "patient = NULL",
        "hash = '" + "0" * 64 + "'",
    ],
)
def test_an_edited_entry_is_named(trail: Record, victim: int, change: str) -> None:
    _tamper(trail, "UPDATE % SET CHANGE WHERE sequence = :victim".replace("CHANGE", change), victim=victim)
    assert _verdict(trail) == ("edited", victim)


@pytest.mark.parametrize("victim", [1, 5, ENTRIES])
def test_an_edited_entry_with_its_hash_made_to_fit_is_named(trail: Record, victim: int) -> None:
    entry = trail.audit.entries(limit=ENTRIES)[-victim]
    del entry["hash"]
    forged = json.dumps(entry | {"person": "nobody"}, sort_keys=True, separators=(",", ":"))
    hashed = hashlib.sha256(forged.encode()).hexdigest()
    changing = "UPDATE % SET document = :forged, hash = :hashed WHERE sequence = :victim"
    _tamper(trail, changing, forged=forged, hashed=hashed, victim=victim)
    assert _verdict(trail) == ("edited", victim)


@pytest.mark.parametrize("victim", [1, 5, ENTRIES])
def test_a_missing_entry_is_named(trail: Record, victim: int) -> None:
    _tamper(trail, "DELETE FROM % WHERE sequence = :victim", victim=victim)
    assert _verdict(trail) == ("missing", victim)


def test_a_missing_entry_is_named_when_the_others_close_ranks(trail: Record) -> None:
    _tamper(
        trail,
        "DELETE FROM % WHERE sequence = 5",
        "UPDATE % SET sequence = -sequence WHERE sequence > 5",
        "UPDATE % SET sequence = -sequence - 1 WHERE sequence < 0",
    )
    assert _verdict(trail) == ("missing", 5)


def test_a_cut_tail_is_named(trail: Record) -> None:
    _tamper(trail, "DELETE FROM % WHERE sequence > 7")
    assert _verdict(trail) == ("missing", 8)


def test_a_trail_cut_to_nothing_is_named(trail: Record) -> None:
    _tamper(trail, "DELETE FROM %")
    assert _verdict(trail) == ("missing", 1)


def test_a_cut_tail_with_a_forged_head_needs_a_noted_head(trail: Record) -> None:
    noted = trail.audit.head()
    (seventh,) = [entry["hash"] for entry in trail.audit.export() if entry["sequence"] == 7]
    _tamper(
        trail,
        "DELETE FROM % WHERE sequence > 7",
        "UPDATE audit_head SET sequence = 7, hash = :seventh",
        seventh=seventh,
    )
    assert trail.audit.verify().ok, "nothing inside the database knows better"
    assert _verdict(trail, noted) == ("missing", 8)
    assert _verdict(trail, str(noted)) == ("missing", 8)


def test_swapped_entries_are_named(trail: Record) -> None:
    _tamper(
        trail,
        "UPDATE % SET sequence = -1 WHERE sequence = 4",
        "UPDATE % SET sequence = 4 WHERE sequence = 9",
        "UPDATE % SET sequence = 9 WHERE sequence = -1",
    )
    assert _verdict(trail) == ("reordered", 4)


def test_an_entry_moved_past_the_end_is_named(trail: Record) -> None:
    _tamper(trail, "UPDATE % SET sequence = 100 WHERE sequence = 4")
    assert _verdict(trail) == ("reordered", 4)


def test_an_added_entry_is_named(trail: Record) -> None:
    forged = json.dumps(
        {"sequence": ENTRIES + 1, "previous": trail.audit.head().hash, "patient": None},
        sort_keys=True,
        separators=(",", ":"),
    )
    hashed = hashlib.sha256(forged.encode()).hexdigest()
    adding = "INSERT INTO % (sequence, document, hash) VALUES (:added, :forged, :hashed)"
    _tamper(trail, adding, added=ENTRIES + 1, forged=forged, hashed=hashed)
    assert _verdict(trail) == ("edited", ENTRIES + 1)


def test_a_lost_head_is_told(trail: Record) -> None:
    _tamper(trail, "DELETE FROM audit_head")
    assert _verdict(trail) == ("missing", ENTRIES + 1)


def test_a_noted_head_that_was_passed_is_fine(trail: Record) -> None:
    noted = trail.audit.head()
    trail.audit.append([AuditEvent(NURSE, "one more")])
    assert trail.audit.verify(noted).ok
    assert trail.audit.verify("0:" + "0" * 64).ok
    assert _verdict(trail, AuditHead(3, "f" * 64)) == ("edited", 3)
    with pytest.raises(BadInput, match="SEQUENCE:HASH"):
        trail.audit.verify("yesterday")


def test_of_several_edited_entries_the_first_is_named(trail: Record) -> None:
    _tamper(trail, "UPDATE % SET document = document || ' ' WHERE sequence IN (11, 4, 6)")
    assert _verdict(trail) == ("edited", 4)


def test_the_export_can_be_checked_without_fyr(trail: Record) -> None:
    previous = "0" * 64
    entries = list(trail.audit.export())
    for number, entry in enumerate(entries, start=1):
        hashed = entry.pop("hash")
        assert (entry["sequence"], entry["previous"]) == (number, previous)
        text_ = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text_.encode()).hexdigest() == hashed
        previous = hashed
    assert len(entries) == ENTRIES
    assert f"{ENTRIES}:{previous}" == str(trail.audit.head())


def test_entries_are_listed_newest_first_and_by_patient(trail: Record) -> None:
    trail.audit.append([AuditEvent(NURSE, "elsewhere", PatientId("other", "1"))])
    assert [entry["action"] for entry in trail.audit.entries(limit=2)] == ["elsewhere", "deed 12"]
    assert [entry["detail"]["n"] for entry in trail.audit.entries(limit=3, patient=ANNA)] == [12, 11, 10]


def test_a_bad_event_does_not_take_the_others_with_it(trail: Record) -> None:
    good = [trail.audit.submit(AuditEvent(NURSE, "good")) for _ in range(3)]
    bad = trail.audit.submit(AuditEvent(NURSE, "bad", detail={"value": float("nan")}))
    later = trail.audit.submit(AuditEvent(NURSE, "later"))
    assert [done.result() for done in good] == [ENTRIES + 1, ENTRIES + 2, ENTRIES + 3]
    with pytest.raises(BadInput, match="JSON"):
        bad.result()
    assert later.result() == ENTRIES + 4
    assert trail.audit.verify().ok


def test_many_writers_make_one_chain(opened: Callable[..., Record]) -> None:
    records = [opened(), opened()]

    def work(record: Record, worker: int) -> None:
        for step in range(50):
            record.audit.append([AuditEvent(NURSE, f"{worker}/{step}")])

    threads = [threading.Thread(target=work, args=(records[worker % 2], worker)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    verdict = records[0].audit.verify()
    assert (verdict.ok, verdict.entries) == (True, 200)
    actions = [entry["action"] for entry in records[1].audit.export()]
    assert sorted(actions) == sorted(f"{worker}/{step}" for worker in range(4) for step in range(50))


@settings(deadline=None)
@given(sequence=st.integers(0, 2**62), digest=st.binary(min_size=32, max_size=32))
def test_a_head_is_read_as_it_was_printed(sequence: int, digest: bytes) -> None:
    head = AuditHead(sequence, digest.hex())
    assert AuditHead.parse(str(head)) == head
