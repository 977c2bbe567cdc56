"""The one door: what is accepted is in the journal, what is refused is kept with its reason, nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
from tests.serve.house import ANNA, BERT, WARD, House
from tests.serve.test_live import parse

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US
from fyr.errors import ServiceUnavailable
from fyr.exchange.incoming import (
    Addressee,
    Incoming,
    IncomingObservation,
    IncomingSamples,
    Movement,
    MovementKind,
    Problem,
    ProblemKind,
)
from fyr.record import PatientId, Status
from fyr.serve.intake import Intake
from fyr.serve.quarantine import Quarantine
from fyr.serve.register import RecordRegister
from fyr.serve.ward_inputs import Sampled

CLARA = PatientId("demo", "3")


class Door:
    """A house's intake, whose clock is the ward's."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.troubles: list[str | None] = []
        self.intake = Intake(
            "demo",
            house.installation.wards.journal,
            house.installation.wards.stays(),
            RecordRegister(house.record),
            Quarantine(house.record.journal),
            house.ward_clock,
            lateness_us=0,
            on_trouble=self.troubles.append,
        )

    def take(self, *messages: Any) -> list[str]:
        """Take messages, each a movement, an observation, a problem or (addressee, signal, value, ago_us) samples."""
        self.house.ward_clock.time_us += 1000  # what comes in the instant of the last round is late
        rows, observations, movements, problems = [], [], [], []
        for number, message in enumerate(messages):
            problems.append(message if isinstance(message, Problem) else None)
            if isinstance(message, tuple):
                kind, *rest = message
                movements.append(Movement(number, kind, *rest))
            elif isinstance(message, list):
                rows.extend((number, *row) for row in message)
            elif isinstance(message, IncomingObservation):
                observations.append(IncomingObservation(number, *_fields(message)[1:]))
        incoming = Incoming(
            "gateway",
            tuple(b"message %d" % number for number in range(len(messages))),
            tuple(problems),
            _samples(rows, self.house.ward_clock.time_us),
            tuple(observations),
            tuple(movements),
        )
        verdicts = self.intake.take(incoming)
        return ["accepted" if one.problem is None else one.problem.kind.value for one in verdicts]


def _fields(one: IncomingObservation) -> tuple[Any, ...]:
    return (one.message, one.addressee, one.code, one.time_us, one.value, one.unit, one.status)


def _samples(rows: list[tuple[int, Addressee, str, float, int]], now_us: int) -> IncomingSamples:
    addressees = list(dict.fromkeys(row[1] for row in rows))
    signals = list(dict.fromkeys(row[2] for row in rows))
    return IncomingSamples(
        tuple(addressees),
        np.array([addressees.index(row[1]) for row in rows], np.int32),
        tuple(signals),
        np.array([signals.index(row[2]) for row in rows], np.int16),
        np.array([now_us - row[4] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.float64),
        np.zeros(len(rows), np.uint8),
        np.full(len(signals), SECOND_US, np.int64),
        np.array([row[0] for row in rows], np.int32),
    )


@pytest.fixture
def door(house: House) -> Door:
    return Door(house)


def _spo2(value: float, patient: str = "", bed: str = "", ago_us: int = 0) -> list[Any]:
    return [(Addressee(patient, WARD if bed else "", bed), "spo2", value, ago_us)]


def _sampled(house: House) -> list[tuple[str, float]]:
    return [
        (str(entry.batch.patients[who]), value)
        for entry in house.installation.wards.journal.read()
        if isinstance(entry, Sampled)
        for who, value in zip(entry.batch.patient_index.tolist(), entry.batch.value.tolist(), strict=True)
    ]


def test_accepted_samples_are_in_the_journal_and_then_on_the_board(door: Door) -> None:
    assert door.take(_spo2(93.0, "1"), _spo2(91.0, bed="02")) == ["accepted", "accepted"]
    assert _sampled(door.house) == [("demo/1", 93.0), ("demo/2", 91.0)]
    door.house.run_to(door.house.ward_clock.time_us + SECOND_US, SECOND_US)
    assert door.house.installation.wards.tile(ANNA)["signals"]["spo2"]["value"] == 93.0
    assert door.house.installation.wards.tile(BERT)["signals"]["spo2"]["value"] == 91.0


def test_refused_messages_are_kept_with_their_reason_and_the_others_are_taken(door: Door) -> None:
    broken = Problem(ProblemKind.UNREADABLE, "half a message", "byte 12")
    assert door.take(broken, _spo2(93.0, "9"), _spo2(93.0, "1", "02"), _spo2(92.0, "1")) == [
        "unreadable",
        "unknown patient",
        "contradiction",
        "accepted",
    ]
    assert _sampled(door.house) == [("demo/1", 92.0)]
    kept = door.intake.quarantine.newest(10)
    assert [(one.raw, one.problem.kind.value) for one in reversed(kept)] == [
        (b"message 0", "unreadable"),
        (b"message 1", "unknown patient"),
        (b"message 2", "contradiction"),
    ]
    counts = door.intake.counts("gateway")
    assert (counts.messages, counts.accepted, counts.refused, counts.samples) == (4, 1, 3, 1)


def test_a_message_about_two_patients_of_whom_one_is_unknown_gives_nobody_anything(door: Door) -> None:
    assert door.take([*_spo2(93.0, "1"), *_spo2(94.0, "9")]) == ["unknown patient"]
    assert _sampled(door.house) == []


def test_a_patient_comes_moves_and_leaves_and_the_samples_between_go_where_they_belong(door: Door) -> None:
    now_us = door.house.ward_clock.time_us
    answers = door.take(
        _spo2(90.0, bed="03"),
        (MovementKind.ADMIT, Addressee("3", WARD, "03"), now_us - MINUTE_US, {"birth_year": 1950, "sex": "male"}),
        _spo2(91.0, bed="03"),
        (MovementKind.MOVE, Addressee("3", WARD, "04"), now_us),
        _spo2(92.0, bed="04"),
        _spo2(93.0, bed="03"),
        (MovementKind.DISCHARGE, Addressee("3"), now_us),
        _spo2(94.0, "3"),
    )
    assert answers == [
        "unknown patient",
        "accepted",
        "accepted",
        "accepted",
        "accepted",
        "unknown patient",
        "accepted",
        "unknown patient",
    ]
    assert _sampled(door.house) == [("demo/3", 91.0), ("demo/3", 92.0)]
    door.house.run_to(now_us + SECOND_US, SECOND_US)
    assert door.house.installation.wards.occupant(CLARA) is None
    assert [(stay.bed, stay.end_us is None) for stay in door.house.record.encounters(CLARA)] == [
        ("03", False),
        ("04", False),
    ]
    assert door.house.record.attributes(CLARA)["birth_year"] == 1950


def test_a_bed_never_holds_two_patients(door: Door) -> None:
    now_us = door.house.ward_clock.time_us
    assert door.take((MovementKind.ADMIT, Addressee("3", WARD, "01"), now_us)) == ["contradiction"]
    assert door.take((MovementKind.MOVE, Addressee("2", WARD, "01"), now_us)) == ["contradiction"]
    assert door.take(_spo2(93.0, bed="01"), _spo2(92.0, "3")) == ["accepted", "unknown patient"]
    assert _sampled(door.house) == [("demo/1", 93.0)]


def test_a_movement_said_twice_is_one(door: Door) -> None:
    now_us = door.house.ward_clock.time_us
    admission = (MovementKind.ADMIT, Addressee("3", WARD, "03"), now_us)
    leaving = (MovementKind.DISCHARGE, Addressee("3"), now_us)
    assert door.take(admission, admission) == ["accepted", "accepted"]
    assert door.take(leaving, leaving) == ["accepted", "accepted"]
    assert len(door.house.record.encounters(CLARA)) == 1


def test_a_movement_of_tomorrow_is_refused(door: Door) -> None:
    tomorrow = door.house.ward_clock.time_us + 24 * HOUR_US
    assert door.take((MovementKind.DISCHARGE, Addressee("1"), tomorrow)) == ["contradiction"]
    assert door.house.installation.wards.occupant(ANNA) is not None


def test_a_device_whose_clock_is_an_hour_ahead_is_told_apart_from_the_others_of_its_gateway(door: Door) -> None:
    door.take(_spo2(97.0, bed="01", ago_us=-HOUR_US), _spo2(98.0, bed="02"))
    house = door.house
    house.run_to(house.ward_clock.time_us + SECOND_US, SECOND_US)
    _, devices = house.installation.wards.devices()
    assert {one.device: one.clock.value for one in devices} == {"gateway": "in step", f"gateway {WARD}/01": "ahead"}
    subjects = {patient: _technical(house, patient) for patient in (ANNA, BERT)}
    assert any("clock" in title.lower() for title in subjects[ANNA])
    assert not any("clock" in title.lower() for title in subjects[BERT])


def _technical(house: House, patient: PatientId) -> list[str]:
    return [one["title"] for one in house.installation.wards.tile(patient)["technical"]]


def test_observations_are_attributed_like_samples(door: Door) -> None:
    now_us = door.house.ward_clock.time_us
    seen = IncomingObservation(0, Addressee(bed="02"), "temperature", now_us, 38.4, "Cel", Status.PRESENT)
    stranger = IncomingObservation(0, Addressee("9"), "temperature", now_us, 38.4, "Cel", Status.PRESENT)
    assert door.take(seen, stranger) == ["accepted", "unknown patient"]
    door.house.run_to(now_us + SECOND_US, SECOND_US)
    assert door.house.installation.wards.tile(BERT)["signals"]["temperature"]["value"] == 38.4


def test_when_nothing_can_be_kept_the_sender_is_to_send_again_and_nothing_has_happened(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = door.house.installation.wards.journal

    def full(_: object) -> None:
        raise ServiceUnavailable("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", full)
        now_us = door.house.ward_clock.time_us
        incoming = Incoming("gateway", (b"x",), (None,), _samples([(0, *_spo2(93.0, "1")[0])], now_us))
        (verdict,) = door.intake.take(incoming)
        assert not verdict.kept
        assert not verdict.is_accepted
        (verdict,) = door.intake.take(
            Incoming(
                "gateway", (b"x",), (None,), movements=(Movement(0, MovementKind.DISCHARGE, Addressee("1"), now_us),)
            )
        )
        assert not verdict.kept
    assert door.troubles[0] == "no space left on device"
    assert door.take(_spo2(93.0, "1")) == ["accepted"], "Anna has not left"
    assert door.troubles[-1] is None
    assert _sampled(door.house) == [("demo/1", 93.0)]


def test_after_a_restart_everybody_lies_where_they_lay_and_the_events_come_out_the_same(
    open_house: Callable[..., House],
) -> None:
    house = open_house()
    door = Door(house)
    now_us = house.ward_clock.time_us
    door.take((MovementKind.ADMIT, Addressee("3", WARD, "03"), now_us))
    house.run_to(now_us + SECOND_US, SECOND_US)
    door.take((MovementKind.MOVE, Addressee("1", "7B", "11"), house.ward_clock.time_us))
    for _ in range(90):
        door.take(_spo2(78.0, bed="03"))
        house.run_to(house.ward_clock.time_us + SECOND_US, SECOND_US)
    told = [one["rule"] for one in house.installation.wards.tile(CLARA)["notifications"]]
    assert "spo2<80/1min" in told
    digest = house.installation.wards.event_digest()
    house.record.close()
    after = open_house()
    assert after.replay.same
    assert after.installation.wards.event_digest()[0] >= digest[0]
    assert after.replay.digest == digest[1]
    wards = after.installation.wards.wards()
    assert {ward: sorted(one.bed for one in beds) for ward, beds in wards.items()} == {"7A": ["02", "03"], "7B": ["11"]}
    assert [one["rule"] for one in after.installation.wards.tile(CLARA)["notifications"]] == told


def test_a_patient_who_leaves_takes_the_alarms_along(door: Door) -> None:
    house = door.house
    raised = house.low_saturation()
    door.take((MovementKind.DISCHARGE, Addressee("1"), house.ward_clock.time_us))
    house.run_to(house.ward_clock.time_us + SECOND_US, SECOND_US)
    alarm = house.installation.wards.raised(raised["id"])
    assert alarm.notification.state == "cleared"
    assert alarm.history[-1].reason == "the patient has left"


def test_a_bed_that_its_patient_left_is_empty_on_every_board(door: Door) -> None:
    house = door.house
    board = house.installation.hub.channel(WARD)
    stream = board.subscribe(board.cursor)
    door.take((MovementKind.MOVE, Addressee("1", WARD, "09"), house.ward_clock.time_us))
    door.take((MovementKind.DISCHARGE, Addressee("2"), house.ward_clock.time_us))
    house.run_to(house.ward_clock.time_us + SECOND_US, SECOND_US)
    events = [(one["event"], one["data"]["bed"]) for one in parse(stream.take())]
    assert events == [("gone", "01"), ("gone", "02"), ("tile", "09")]
    assert [tile["bed"] for tile in orjson.loads(board.board())["beds"]] == ["09"]


def _late(door: Door) -> list[tuple[str, int]]:
    return [(one.place.bed, one.behind_us) for one in door.intake.late_beds("gateway")]


def test_a_bed_from_which_everything_comes_too_late_is_named_until_something_comes_in_time(door: Door) -> None:
    """A device whose clock is an hour behind, beside one that repeats its last cuff pressure with its own time."""
    cuff = [(Addressee("2"), "systolic_bp", 120.0, HOUR_US)]
    for _ in range(4):
        assert door.take(_spo2(95.0, "1", ago_us=HOUR_US), _spo2(97.0, "2"), cuff) == ["accepted"] * 3
        assert door.take(cuff, _spo2(97.0, "2")) == ["accepted"] * 2
        assert _late(door) == []
        door.house.ward_clock.time_us += 19 * SECOND_US
    door.house.ward_clock.time_us += 5 * SECOND_US
    assert door.take(_spo2(95.0, "1", ago_us=HOUR_US), _spo2(95.0, "99")) == ["accepted", "unknown patient"]
    assert _late(door) == [(door.house.installation.wards.stays().of(ANNA).place.bed, HOUR_US)]
    assert list(door.intake.late_beds("another source")) == []
    door.take(_spo2(95.0, "1"))
    assert _late(door) == []


def test_a_bed_from_which_nothing_more_comes_or_that_is_left_is_not_late(door: Door) -> None:
    for _ in range(3):
        door.take(_spo2(95.0, "1", ago_us=HOUR_US), _spo2(95.0, "2", ago_us=HOUR_US))
        door.house.ward_clock.time_us += 40 * SECOND_US
    assert len(_late(door)) == 2
    door.take((MovementKind.DISCHARGE, Addressee("2"), door.house.ward_clock.time_us))
    assert len(_late(door)) == 1
    door.house.ward_clock.time_us += 16 * MINUTE_US
    assert _late(door) == []
