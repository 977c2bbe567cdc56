"""Audiograms as observations, and back: nothing is lost, and what was not heard is no threshold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fyr.errors import BadInput
from fyr.record import Observation, PatientId, Status
from fyr.record.audiogram import FREQUENCIES_HZ, LOINC_CODES, Audiogram, Threshold
from fyr.record.hearing import audiograms_of, hearing_code, is_hearing_code, observations_of, threshold_of
from fyr.units import convert, is_convertible

WHO = PatientId("demo", "1")
thresholds = some.builds(
    Threshold,
    some.sampled_from(["right", "left"]),
    some.sampled_from(FREQUENCIES_HZ),
    some.integers(-20, 130).map(float),
    some.booleans(),
    some.sampled_from(["air", "bone"]),
    some.booleans(),
)
audiograms = some.lists(
    thresholds, min_size=1, max_size=40, unique_by=lambda one: (one.ear, one.frequency_hz, one.conduction)
).map(lambda found: Audiogram(tuple(found), date(2026, 3, 1)))


@given(audiograms)
def test_an_audiogram_is_read_back_as_it_was(one: Audiogram) -> None:
    (found,), problems = audiograms_of(observations_of(one, WHO, "test"))
    assert set(found.thresholds) == set(one.thresholds)
    assert found.measured_on == one.measured_on
    assert problems == []


@given(thresholds)
def test_a_code_says_all_but_the_level(one: Threshold) -> None:
    code = hearing_code(one)
    assert is_hearing_code(code)
    assert threshold_of(code, one.level_db) == one
    assert code.startswith("loinc:") == (
        (one.ear, one.frequency_hz) in LOINC_CODES and one.response and one.conduction == "air" and not one.masked
    )


def test_a_tone_that_was_not_heard_has_no_code_of_a_threshold() -> None:
    silent = Threshold("right", 4000, 110.0, response=False)
    assert hearing_code(silent) != hearing_code(Threshold("right", 4000, 110.0))
    assert "no-response" in hearing_code(silent)


def test_two_days_are_two_audiograms_and_the_same_from_two_sources_is_one() -> None:
    first = Audiogram((Threshold("right", 4000, 10.0),), date(2026, 1, 1))
    later = Audiogram((Threshold("right", 4000, 55.0),), date(2026, 6, 1))
    every = [
        *observations_of(later, WHO, "a.csv"),
        *observations_of(first, WHO, "a.csv"),
        *observations_of(first, WHO, "b.csv"),
    ]
    found, _ = audiograms_of(every)
    assert [one.thresholds[0].level_db for one in found] == [10.0, 55.0]


def test_what_differs_on_one_day_stays_apart_and_what_cannot_be_is_named() -> None:
    first = Audiogram((Threshold("right", 4000, 10.0),), date(2026, 1, 1))
    other = Audiogram((Threshold("right", 4000, 20.0),), date(2026, 1, 1))
    strange = Observation(WHO, "loinc:89023-6", 0, 900.0, "dB{HL}", Status.PRESENT, "c.csv")
    found, problems = audiograms_of([*observations_of(first, WHO, "a"), *observations_of(other, WHO, "b"), strange])
    assert len(found) == 2
    assert len(problems) == 1
    assert "900 dB HL" in problems[0]


def test_without_a_day_nothing_is_kept() -> None:
    with pytest.raises(BadInput, match="no date"):
        observations_of(Audiogram((Threshold("right", 4000, 10.0),)), WHO, "a.csv")


def test_hearing_level_is_a_decibel_and_no_sound_pressure() -> None:
    assert convert(40.0, "dB{HL}", "dB") == 40.0
    assert not is_convertible("dB{HL}", "dB[SPL]")
    with pytest.raises(BadInput, match=r"not a UCUM unit") as refused:
        convert(40.0, "dB[HL]", "dB")
    assert refused.value.mend == "write dB{HL}"
