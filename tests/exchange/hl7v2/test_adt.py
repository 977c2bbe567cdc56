"""ADT: who comes, moves and leaves, and when."""

from __future__ import annotations

import pytest
from tests.exchange.hl7v2.messages import PV1, message

from fyr.clock import ManualClock, from_iso
from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.hl7v2.reader import Hl7Reader
from fyr.exchange.incoming import Addressee, Incoming, Movement, MovementKind, ProblemKind

PID = "PID|1||P1^^^RH^MR||Sørensen^Åse||19580312|F"
EVN = "EVN||20261126101000+0100||||20261126095500+0100"


def read(event: str, *segments: str, **options: object) -> Incoming:
    raw = message(*segments).replace(b"ORU^R01^ORU_R01", f"ADT^{event}".encode())
    reading = Reading(**options)  # type: ignore[arg-type]
    return Hl7Reader("adt", reading, period_us=1, clock=ManualClock(from_iso("2026-11-26T09:15:00Z"))).read([raw])


def movement(event: str, *segments: str, **options: object) -> Movement:
    incoming = read(event, *segments, **options)
    assert incoming.problems == (None,)
    return incoming.movements[0]


def refusal(event: str, *segments: str) -> tuple[ProblemKind, str]:
    incoming = read(event, *segments)
    (found,) = incoming.problems
    assert found is not None
    assert incoming.movements == ()
    return found.kind, found.where


@pytest.mark.parametrize(
    ("event", "kind", "addressee"),
    [
        ("A01", MovementKind.ADMIT, Addressee("P1", "W1", "B3")),
        ("A02", MovementKind.MOVE, Addressee("P1", "W1", "B3")),
        ("A03", MovementKind.DISCHARGE, Addressee("P1")),
        ("A04", MovementKind.ADMIT, Addressee("P1", "W1", "B3")),
        ("A08", MovementKind.UPDATE, Addressee("P1", "W1", "B3")),
    ],
)
def test_each_event_becomes_a_movement_without_the_name(event, kind, addressee):
    found = movement(event, EVN, PID, PV1)
    assert (found.kind, found.addressee) == (kind, addressee)
    assert found.attributes == {"birth_year": 1958, "sex": "female"}
    assert "rensen" not in repr(found)


def test_the_time_is_when_it_occurred_else_when_it_was_recorded_else_when_the_patient_was_admitted():
    admitted = PV1 + "|" * 41 + "202611260900+0100"
    assert movement("A01", EVN, PID, PV1).time_us == from_iso("2026-11-26T08:55:00Z")
    assert movement("A01", "EVN||202611261010+0100", PID, PV1).time_us == from_iso("2026-11-26T09:10:00Z")
    assert movement("A01", PID, admitted).time_us == from_iso("2026-11-26T08:00:00Z")
    assert movement("A01", "EVN||202607011200", PID, PV1, timezone="Europe/Copenhagen").time_us == from_iso(
        "2026-07-01T10:00:00Z"
    )
    assert refusal("A03", PID, admitted) == (ProblemKind.INCOMPLETE, "EVN[1]-2")
    assert refusal("A01", "EVN||20261126", PID, PV1) == (ProblemKind.UNREADABLE, "EVN[1]-2")


@pytest.mark.parametrize("event", ["A11", "A12", "A13", "A40", "A99", ""])
def test_what_is_not_taken_says_so(event):
    assert refusal(event, EVN, PID, PV1) == (ProblemKind.UNSUPPORTED, "MSH[1]-9")


def test_what_is_missing_is_named():
    assert refusal("A01", EVN, PV1) == (ProblemKind.INCOMPLETE, "PID[1]-3")
    assert refusal("A01", EVN, PID, "PV1|1|I|W1") == (ProblemKind.INCOMPLETE, "PV1[1]-3")
    assert refusal("A02", EVN, PID) == (ProblemKind.INCOMPLETE, "PV1[1]-3")
    assert refusal("A04", EVN, PID, "PV1|1|O") == (ProblemKind.UNSUPPORTED, "PV1[1]-3")
    assert refusal("A08", EVN, PID.replace("|F", "|Q"), PV1) == (ProblemKind.UNREADABLE, "PID[1]-8")
    assert refusal("A08", EVN, PID.replace("19580312", "?"), PV1) == (ProblemKind.UNREADABLE, "PID[1]-7")


def test_the_event_of_an_old_sender_stands_in_evn():
    assert movement("", "EVN|A03" + EVN[4:], PID, PV1).kind is MovementKind.DISCHARGE
