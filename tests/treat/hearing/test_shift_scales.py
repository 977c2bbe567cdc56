"""ASHA's and CTCAE's criteria at their limits, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.hearing import ASHA_1994, CTCAE_4_03, CTCAE_5_ADULT, CTCAE_5_CHILD, CTCAE_5_UNMONITORED
from fyr.treat.hearing.shift_scales import CtcaeHearing

HZ = (1000, 2000, 3000, 4000, 6000, 8000)


def shifted(right: tuple[float, ...], left: tuple[float, ...] = (0,) * 6, base: float = 10) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ear, shifts in (("right", right), ("left", left)):
        for hz, shift in zip(HZ, shifts, strict=True):
            found[f"baseline_{ear}_{hz}_hz_db"] = base
            found[f"{ear}_{hz}_hz_db"] = base + shift
    return found


def grade(model: CtcaeHearing, evidence: dict[str, Any]) -> str | None:
    answer = model.predict(evidence)
    assert isinstance(answer, Prediction), answer
    return answer.estimates["grade"].category


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), "no"),
        ((0, 0, 0, 0, 0, 15), "no"),
        ((0, 0, 0, 0, 0, 20), "yes"),
        ((0, 0, 0, 0, 10, 10), "yes"),
        ((0, 10, 0, 10, 0, 10), "no"),
        ((0, 0, 0, 0, 5, 15), "no"),
        ((-20, -20, 0, 0, 0, 0), "no"),
    ],
)
def test_asha_shifts(shifts: tuple[float, ...], expected: str) -> None:
    answer = ASHA_1994.predict(shifted(shifts))
    assert isinstance(answer, Prediction)
    assert answer.estimates["change"].category == answer.estimates["change_right"].category == expected
    assert answer.estimates["change_left"].category == "no"


def test_asha_loss_of_response_at_three_consecutive_frequencies() -> None:
    evidence = shifted((0, 0, 0, 5, 5, 5), base=85)  # at the limits of the audiometer the shift itself is small
    two = {**evidence, "right_6000_hz_no_response": True, "right_8000_hz_no_response": True}
    assert ASHA_1994.predict(two).estimates["change"].category == "no"
    three = {**two, "right_4000_hz_no_response": True}
    answer = ASHA_1994.predict(three)
    assert answer.estimates["change_right"].category == "yes"
    assert answer.explanation["right"]["response lost at three consecutive"] is True
    before = {**three, "baseline_right_8000_hz_no_response": True}
    assert ASHA_1994.predict(before).estimates["change"].category == "no", "a response that was never there is not lost"


def test_asha_says_no_change_only_where_everything_was_tested_again() -> None:
    evidence = shifted((0, 0, 0, 0, 0, 0))
    del evidence["left_8000_hz_db"]
    answer = ASHA_1994.predict(evidence)
    assert isinstance(answer, Refusal)
    assert answer.reason == "left ear, 8000 Hz: tested before and not now, so that no change cannot be said"
    assert answer.inputs == ("left_8000_hz_db",)
    evidence["right_4000_hz_db"] = 30
    assert ASHA_1994.predict(evidence).estimates["change"].category == "yes"
    assert isinstance(ASHA_1994.predict({"right_4000_hz_db": 40}), Refusal)


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), "0"),
        ((0, 0, 0, 0, 10, 19), "0"),
        ((0, 0, 0, 0, 10, 20), "1"),  # their mean is 15
        ((0, 0, 0, 0, 0, 60), "2"),  # mean 30
        ((0, 0, 0, 0, 25, 25), "1"),  # 25 is not above 25
        ((0, 0, 0, 0, 25, 30), "2"),
        ((0, 0, 0, 25, 25, 25), "1"),
        ((0, 0, 0, 25, 25, 30), "3"),  # mean 26.7 of three
    ],
)
def test_ctcae_adult(shifts: tuple[float, ...], expected: str) -> None:
    assert grade(CTCAE_5_ADULT, shifted(shifts)) == expected
    assert grade(CTCAE_5_ADULT, shifted((0,) * 6, shifts)) == expected


def test_ctcae_adult_profound_in_both_ears_only() -> None:
    deaf = (0, 75, 75, 75, 75, 75)  # 85 dB HL from 2 kHz on
    assert grade(CTCAE_5_ADULT, shifted(deaf)) == "3"
    assert grade(CTCAE_5_ADULT, shifted(deaf, deaf)) == "4"
    assert grade(CTCAE_5_ADULT, shifted((0,) * 6, (0,) * 6, base=85)) == "0", "as it was before treatment"
    assert grade(CTCAE_5_ADULT, {**shifted((0,) * 6), "intervention_indicated": True}) == "3"
    assert grade(CTCAE_5_ADULT, {**shifted((0,) * 6), "nonserviceable_hearing": True}) == "4"


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ((0, 0, 0, 0, 0, 20), "0"),
        ((60, 0, 0, 0, 0, 0), "0"),
        ((0, 0, 0, 0, 0, 25), "1"),
        ((0, 0, 0, 0, 25, 0), "1"),
        ((0, 0, 0, 25, 0, 0), "2"),
        ((0, 0, 25, 0, 0, 0), "3"),
        ((0, 25, 0, 0, 0, 0), "3"),
        ((0, 30, 30, 30, 30, 30), "3"),  # 40 dB HL
        ((0, 35, 35, 35, 35, 35), "4"),  # 45 dB HL
    ],
)
def test_ctcae_child(shifts: tuple[float, ...], expected: str) -> None:
    assert grade(CTCAE_5_CHILD, shifted(shifts)) == expected


@pytest.mark.parametrize("name", ["right_4000_hz_db", "baseline_left_2000_hz_db"])
@pytest.mark.parametrize("model", [CTCAE_5_ADULT, CTCAE_5_CHILD])
def test_ctcae_names_the_missing_frequency(model: CtcaeHearing, name: str) -> None:
    evidence = shifted((0, 0, 0, 0, 0, 0))
    del evidence[name]
    answer = model.predict(evidence)
    assert isinstance(answer, Refusal)
    assert answer.inputs == (name,)
    assert f"{name.split('_')[-3]} Hz: not measured, and the grade depends on it" in answer.reason


def test_ctcae_answers_where_the_missing_frequency_cannot_matter() -> None:
    evidence = shifted((0, 30, 0, 0, 0, 0))
    del evidence["left_8000_hz_db"]
    answer = CTCAE_5_CHILD.predict({**evidence, "left_2000_hz_db": 10, "cochlear_implant_indicated": True})
    assert isinstance(answer, Prediction)
    assert answer.estimates["grade"].category == "4"
    assert grade(CTCAE_5_CHILD, evidence) == "3", "8 kHz could only make grade 1"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "0"),
        ({"subjective_change"}, "1"),
        ({"subjective_change", "documented_hearing_loss"}, "2"),
        ({"documented_hearing_loss", "intervention_indicated"}, "3"),
        ({"documented_hearing_loss", "limits_self_care"}, "3"),
        ({"documented_hearing_loss", "nonserviceable_hearing"}, "4"),
    ],
)
def test_ctcae_without_a_baseline(said: set[str], expected: str) -> None:
    evidence = {one.name: one.name in said for one in CTCAE_5_UNMONITORED.card.inputs}
    assert CTCAE_5_UNMONITORED.predict(evidence).estimates["grade"].category == expected
    assert isinstance(CTCAE_5_UNMONITORED.predict({}), Refusal)


def test_ctcae_4_03_is_known_and_not_computed() -> None:
    answer = CTCAE_4_03.predict(shifted((0,) * 6))
    assert isinstance(answer, Refusal)
    assert "could not be read" in answer.reason
