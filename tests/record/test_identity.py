from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.record import PatientId


@given(st.text("~/01aF ", min_size=1).filter(lambda text: text == text.strip()))
def test_every_number_comes_back_and_no_two_are_one_patient(number: str) -> None:
    who = PatientId.of_number("demo", number)
    assert who.number == number
    assert "/" not in who.local
    assert PatientId.parse(str(who)) == who


@pytest.mark.parametrize(
    ("number", "local"), [("008F/g234", "008F~1g234"), ("17", "17"), ("a~b", "a~b"), ("a~1", "a~01")]
)
def test_only_what_must_be_is_written_otherwise(number: str, local: str) -> None:
    assert PatientId.of_number("demo", number).local == local


def test_a_patient_may_be_named_with_the_slash_of_the_number() -> None:
    assert PatientId.parse("demo/008F/g234") == PatientId.of_number("demo", "008F/g234")


@pytest.mark.parametrize("text", ["17", "/17", "demo/", "demo/ 17"])
def test_what_names_no_patient_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        PatientId.parse(text)
