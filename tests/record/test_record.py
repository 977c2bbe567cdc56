"""The record's contract, the same on both databases: what goes in comes out, once, and in the trail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fyr.clock import ManualClock
from fyr.errors import BadInput, NotPermitted
from fyr.record import (
    Access,
    Encounter,
    Estimate,
    Finding,
    ModelReference,
    Observation,
    PatientId,
    Record,
    Refusal,
    Status,
)

ANNA, BO, STRANGER = PatientId("demo", "1"), PatientId("other", "1"), PatientId("demo", "stranger")
NEWS2 = ModelReference("news2", "1.0", "ab" * 32)
HOUR = 3_600_000_000


def _observation(value: float | str | bool | None = 72.0, **changes: object) -> Observation:
    known = Observation(
        patient=ANNA,
        code="heart_rate",
        time_us=HOUR,
        value=value,
        unit="/min",
        status=Status.UNKNOWN if value is None else Status.PRESENT,
        source="monitor",
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def _finding(time_us: int = 0, score: float = 5.0) -> Finding:
    return Finding(
        patient=ANNA,
        model=NEWS2,
        time_us=time_us,
        answer=Estimate("score", score, "{score}", low=None, high=None),
        inputs={"heart_rate": 115.0, "spo2_scale": "1"},
        explanation={"points": {"heart_rate": 2}, "band": "medium"},
    )


def test_what_was_written_is_there_after_reopening(opened: Callable[..., Record]) -> None:
    first = opened()
    stay = Encounter(ANNA, ward="surgery", bed="12", start_us=0)
    first.add_patient(ANNA, attributes={"birth_year": 1950, "sex": "female"})
    first.add_encounter(stay)
    first.add_observations([_observation()])
    first.add_findings([_finding()])
    name = first.put_object(b"\x00pixels", media_type="application/dicom", study="1.2.3", patient=ANNA)
    first.close()

    second = opened()
    assert second.patients() == [ANNA]
    assert second.attributes(ANNA) == {"birth_year": 1950, "sex": "female"}
    assert second.encounters() == [stay]
    assert second.observations(ANNA) == [_observation()]
    assert second.findings(ANNA) == [_finding()]
    assert second.object(name) == b"\x00pixels"
    assert second.audit.verify().ok


def test_what_was_given_with_every_patient_is_read_at_once(record: Record) -> None:
    record.add_patient(BO)
    record.add_patient(ANNA, attributes={"birth_year": 1950})
    assert list(record.patient_attributes().items()) == [(ANNA, {"birth_year": 1950}), (BO, {})]
    assert record.patient_attributes("other") == {BO: {}}


def test_two_hospitals_may_use_the_same_local_id(record: Record) -> None:
    record.add_observations([_observation(), _observation(99.0, patient=BO)])
    assert record.patients() == [ANNA, BO]
    assert record.patients("other") == [BO]
    assert [found.value for found in record.observations(ANNA)] == [72.0]
    assert [found.value for found in record.observations(BO)] == [99.0]


def test_adding_a_patient_again_takes_new_attributes_over(record: Record) -> None:
    record.add_patient(ANNA)
    assert record.attributes(ANNA) == {"birth_year": 1950}
    record.add_patient(ANNA, attributes={"sex": "female"})
    assert record.attributes(ANNA) == {"birth_year": 1950, "sex": "female"}
    assert record.patients() == [ANNA, BO]


def test_a_stranger_is_refused_everywhere(record: Record) -> None:
    for deed in (
        lambda: record.attributes(STRANGER),
        lambda: record.observations(STRANGER),
        lambda: record.series(STRANGER, "spo2"),
        lambda: record.signals(STRANGER),
        lambda: record.findings(STRANGER),
        lambda: record.encounters(STRANGER),
        lambda: record.end_encounter(STRANGER, 0),
        lambda: record.add_observations([_observation(patient=STRANGER)]),
        lambda: record.add_encounter(Encounter(STRANGER, "surgery", "12", 0)),
        lambda: record.put_object(b"", media_type="text/plain", patient=STRANGER),
    ):
        with pytest.raises(BadInput, match="knows no patient demo/stranger"):
            deed()


def test_a_stay_begins_and_ends(record: Record) -> None:
    record.add_encounter(Encounter(ANNA, "surgery", "12", start_us=10))
    record.add_encounter(Encounter(ANNA, "surgery", "12", start_us=10))
    record.add_encounter(Encounter(BO, "oncology", "3", start_us=5, end_us=8))
    assert [stay.patient for stay in record.encounters()] == [BO, ANNA]
    assert record.encounters(ward="surgery") == [Encounter(ANNA, "surgery", "12", 10)]
    assert [stay.patient for stay in record.encounters(at_us=7)] == [BO]
    assert record.encounters(at_us=8) == [], "the end itself is no longer part of a stay"

    record.end_encounter(ANNA, 20)
    assert record.encounters(ANNA) == [Encounter(ANNA, "surgery", "12", 10, 20)]
    with pytest.raises(BadInput, match="no open stay"):
        record.end_encounter(ANNA, 30)


def test_the_same_observation_from_the_same_source_is_one(record: Record) -> None:
    assert record.add_observations([_observation(), _observation()]) == 1
    assert record.add_observations([_observation(), _observation(73.0), _observation(source="nurse")]) == 2
    assert [(found.value, found.source) for found in record.observations(ANNA)] == [
        (72.0, "monitor"),
        (73.0, "monitor"),
        (72.0, "nurse"),
    ]


def test_observations_are_read_by_code_and_time(record: Record) -> None:
    record.add_observations([_observation(float(hour), time_us=hour * HOUR) for hour in (3, 1, 2)])
    record.add_observations([_observation("alert", code="consciousness", unit=None)])
    assert [found.value for found in record.observations(ANNA, "heart_rate")] == [1.0, 2.0, 3.0]
    assert [found.value for found in record.observations(ANNA, "heart_rate", 2 * HOUR, 3 * HOUR)] == [2.0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text("åß⁂a'\"%", max_size=5),
        max_size=5,
    )
)
def test_every_kind_of_value_comes_back_as_it_was(record: Record, values: list[float | str | bool | None]) -> None:
    source = f"run after entry {record.audit.head().sequence}"
    given_ = [_observation(value, time_us=place, source=source) for place, value in enumerate(values)]
    assert record.add_observations(given_) == len(values)
    back = [found for found in record.observations(ANNA) if found.source == source]
    assert back == given_
    assert [type(found.value) for found in back] == [type(value) for value in values]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(record: Record, number: float) -> None:
    with pytest.raises(BadInput, match="status unknown"):
        record.add_observations([_observation(), _observation(number)])
    assert record.observations(ANNA) == [], "all or none"


def test_findings_come_back_and_a_replay_adds_none(record: Record) -> None:
    refused = replace(_finding(7), answer=Refusal("spo2 is missing", ("spo2",)))
    assert record.add_findings([_finding(3), refused, _finding(5)]) == 3
    assert record.add_findings([_finding(3), _finding(5), _finding(9)]) == 1
    assert record.findings(ANNA) == [_finding(3), _finding(5), refused, _finding(9)]
    assert record.findings(ANNA, "predict") == []
    assert record.findings(ANNA, "news2", 4, 9) == [_finding(5), refused]


def test_a_finding_with_nan_is_refused(record: Record) -> None:
    with pytest.raises(BadInput, match="news2"):
        record.add_findings([_finding(score=float("nan"))])


@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(
    ("table", "column"), [("finding", "model_name"), ("journal_entry", "kind"), ("audit_entry", "document")]
)
def test_the_database_itself_forbids_editing(record: Record, deed: str, table: str, column: str) -> None:
    record.add_findings([_finding()])
    record.journal.append("ward", [b"x"])
    with pytest.raises(NotPermitted, match=f"{table} is never edited"), record.storage.writing() as connection:
        connection.execute(text(deed.format(table, column, f"{column} || 'x'")))
    assert record.findings(ANNA) == [_finding()]
    assert record.audit.verify().ok


def test_replacing_a_row_counts_as_editing(record: Record) -> None:
    record.add_findings([_finding()])
    replacing = {
        "sqlite": "INSERT OR REPLACE INTO finding SELECT * FROM finding",
        "postgresql": "TRUNCATE finding",
    }[record.storage.dialect]
    with pytest.raises(NotPermitted, match="finding is never edited"), record.storage.writing() as connection:
        connection.execute(text(replacing))


def test_objects_are_found_by_patient_and_study(record: Record) -> None:
    scan = record.put_object(b"scan", media_type="application/dicom", study="1.2.3", patient=ANNA)
    record.put_object(b"scan", media_type="application/dicom", study="1.2.3", patient=ANNA)
    record.put_object(b"leaflet", media_type="application/pdf")
    assert scan == "59ad1b2fc74287ded1bba7af67765d23ad4a49f1ae51902cc2ed3f8ebee96cfa", "as sha256sum says"
    assert [found.sha256 for found in record.objects(ANNA)] == [scan]
    assert [found.patient for found in record.objects(study="1.2.3")] == [ANNA]
    assert [found.size for found in record.objects()] == [4, 7]
    with pytest.raises(BadInput, match="no object"):
        record.object("0" * 64)


def test_a_changed_object_is_not_handed_out(record: Record, files: Path) -> None:
    name = record.put_object(b"scan", media_type="application/dicom")
    file = files / "objects" / name[:2] / name
    file.write_bytes(b"scam")
    with pytest.raises(BadInput, match="bytes changed"):
        record.object(name)
    file.unlink()
    with pytest.raises(BadInput, match="file is gone"):
        record.object(name)


def test_every_read_and_write_is_in_the_trail(record: Record, clock: ManualClock) -> None:
    surgeon = Access(person="sven", role="physician", purpose="second opinion")
    clock.time_us += HOUR
    before = record.audit.head().sequence
    name = record.on_behalf_of(surgeon).put_object(b"scan", media_type="application/dicom", patient=ANNA)
    theirs = record.on_behalf_of(surgeon)
    theirs.add_observations([_observation()])
    theirs.observations(ANNA, "heart_rate")
    theirs.series(ANNA, "spo2")
    theirs.object(name)
    theirs.findings(ANNA)
    theirs.attributes(ANNA)
    theirs.encounters(ward="surgery")
    theirs.patients()
    list(theirs.journal.read("surgery"))
    entries = record.audit.entries(limit=record.audit.head().sequence - before)[::-1]
    assert [entry["action"] for entry in entries] == [
        "put object",
        "add observations",
        "read observations",
        "read series",
        "read object",
        "read findings",
        "read attributes",
        "read encounters",
        "list patients",
        "read journal",
    ]
    assert {(entry["person"], entry["role"], entry["purpose"]) for entry in entries} == {
        ("sven", "physician", "second opinion")
    }
    assert {entry["time"] for entry in entries} == {"2026-11-22T09:00:00Z"}
    assert [entry["patient"] for entry in entries][:7] == ["demo/1"] * 7


def test_a_read_that_fails_is_in_the_trail_too(record: Record) -> None:
    with pytest.raises(BadInput):
        record.observations(STRANGER)
    (last,) = record.audit.entries(limit=1)
    assert (last["action"], last["patient"], last["person"]) == ("read observations", "demo/stranger", "ingrid")


def test_threads_share_one_record(record: Record) -> None:
    def work(worker: int) -> None:
        for step in range(10):
            record.add_observations([_observation(float(step), source=f"worker {worker}", time_us=step)])
            record.journal.append(f"worker {worker}", [b"step"])
            record.observations(ANNA)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(record.observations(ANNA)) == 40
    assert [record.journal.end(f"worker {worker}") for worker in range(4)] == [10] * 4
    assert record.audit.verify().ok


def test_a_closed_record_says_so(opened: Callable[..., Record]) -> None:
    record = opened()
    record.close()
    with pytest.raises(Exception, match="closed"):
        record.patients()
