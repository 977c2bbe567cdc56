"""Acknowledgements, read with the hl7 package: the right code, about the right message, in the mode asked for."""

from __future__ import annotations

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.hl7v2.messages import message

from fyr.exchange.hl7v2.acknowledgement import acknowledge, escape
from fyr.exchange.hl7v2.message import Delimiters, read_message, unescape
from fyr.exchange.incoming import Problem, ProblemKind, Verdict

GOOD = Verdict()
BAD = Verdict(Problem(ProblemKind.UNREADABLE, "'12,5' is not a number", "OBX[3]-5", "write digits with a point"))


def answer(raw: bytes, verdict: Verdict = GOOD) -> bytes:
    return acknowledge(raw, verdict, time_us=1_795_684_500_000_000, number=1)


def parsed(raw: bytes, verdict: Verdict = GOOD) -> hl7.Message:
    return hl7.parse(answer(raw, verdict).decode())


def code(raw: bytes, verdict: Verdict = GOOD) -> str:
    return str(parsed(raw, verdict).segment("MSA")[1])


def test_it_names_the_message_and_turns_sender_and_receiver():
    found = parsed(message(control="A-17"))
    assert str(found.segment("MSA")[2]) == "A-17"
    assert [str(found.segment("MSH")[at]) for at in (3, 4, 5, 6)] == ["FYR", "RH", "MON", "ICU"]
    assert str(found.segment("MSH")[9]) == "ACK^R01^ACK"
    assert len(found) == 2


def test_a_refusal_says_what_and_where():
    found = parsed(message(control="9"), BAD)
    assert str(found.segment("MSA")[1]) == "AE"
    error = found.segment("ERR")
    assert str(error[2]) == "OBX^3^5"
    assert str(error[3]) == "102^Data type error^HL70357"
    assert str(error[4]) == "E"
    assert "'12,5' is not a number" in str(error[8])


@pytest.mark.parametrize(
    ("kind", "letter", "condition"),
    [
        (ProblemKind.UNREADABLE, "E", "102"),
        (ProblemKind.INCOMPLETE, "E", "101"),
        (ProblemKind.UNSUPPORTED, "R", "200"),
        (ProblemKind.TOO_LARGE, "R", "102"),
        (ProblemKind.UNKNOWN_PATIENT, "E", "204"),
        (ProblemKind.CONTRADICTION, "E", "204"),
        (ProblemKind.FLOODED, "E", "207"),
    ],
)
def test_each_kind_of_problem_has_its_code(kind, letter, condition):
    found = parsed(message(), Verdict(Problem(kind, "why")))
    assert str(found.segment("MSA")[1]) == f"A{letter}"
    assert str(found.segment("ERR")[3]).startswith(f"{condition}^")


def test_what_could_not_be_kept_is_asked_for_again():
    found = parsed(message(), Verdict(BAD.problem, kept=False))
    assert str(found.segment("MSA")[1]) == "AE"
    assert str(found.segment("ERR")[3]).startswith("207^")
    assert code(message(acks="AL|NE"), Verdict(kept=False)) == "CE"


@pytest.mark.parametrize(
    ("acks", "good", "bad"),
    [
        ("|", "AA", "AE"),
        ("AL|NE", "CA", "CE"),
        ("AL|AL", "CA", "CE"),
        ("NE|AL", "AA", "AE"),
        ("ER|NE", "", "CE"),
        ("SU|NE", "CA", ""),
        ("NE|ER", "", "AE"),
        ("NE|NE", "", ""),
    ],
)
def test_the_mode_is_the_one_that_the_sender_asks_for(acks, good, bad):
    for verdict, wanted in ((GOOD, good), (BAD, bad)):
        assert (code(message(acks=acks), verdict) if wanted else answer(message(acks=acks), verdict).decode()) == wanted


def test_what_has_no_header_is_rejected_all_the_same():
    assert code(b"GET / HTTP/1.1", BAD) == "AR"
    assert code(b"", BAD) == "AR"


def test_the_control_identifier_comes_back_byte_for_byte():
    raw = message(control="é7", codec="latin-1")
    assert b"MSA|AA|\xe97|" in answer(raw)
    other = message(control="7").translate(bytes.maketrans(b"|^~\\&", b"#@*!%"))
    assert str(parsed(other).segment("MSA")[2]) == "7"


@given(st.binary(max_size=60), st.text(max_size=30))
def test_whatever_came_the_answer_is_a_message(raw, what):
    verdict = Verdict(Problem(ProblemKind.UNREADABLE, what))
    for body in (raw, b"MSH|^~\\&|" + raw, b"MSH" + raw):
        found = answer(body, verdict)
        assert found == b"" or found.startswith(b"MSH|^~\\&|")
        assert b"\x0b" not in found
        assert b"\x1c" not in found
        assert found.count(b"\r") in {0, 3}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40))
def test_an_escaped_text_comes_back(text):
    assert unescape(escape(text), Delimiters()) == text
    held = read_message(f"MSH|^~\\&|{escape(text)}x|".encode())
    assert held.text(held.segments[0], 3) == text + "x"
